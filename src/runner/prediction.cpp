#include "runner/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/guard.hpp"
#include "evaluation/evaluator.hpp"
#include "math/importance_weights.hpp"
#include "model/active_batch.hpp"
#include "runner/draws.hpp"
#include "samples/gather.hpp"

namespace gmmvi::runner {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Log importance weights; −∞ for failures, too.
Eigen::VectorXd log_weights_of(const Eigen::VectorXd& log_target, const Eigen::VectorXd& log_mixture) {
  return log_target.array().isNaN().select(-infinity, log_target - log_mixture);
}

void require_weights(const io::Predictive& predictive) {
  if (predictive.effective_samples > 0.0) return;
  throw comm::CollectiveError(
      fmt::format(
          "None of {} draws of the mixture has a posterior density ({} outside the support, {} failed), so that "
          "nothing can be predicted from them. See why (gmmvi check), or draw more (-n).",
          predictive.draws, predictive.outside, predictive.failures),
      ExitCode::data);
}

/// Of outputs [m x N] from the row `first` on.
void summarise(const Eigen::MatrixXd& outputs, const Eigen::VectorXd& weights, Eigen::Index first,
               io::Predictive& predictive) {
  for (Eigen::Index m = 0; m < outputs.rows(); ++m) {
    const Eigen::VectorXd values = (weights.array() > 0.0).select(outputs.row(m).transpose(), 0.0);
    predictive.mean[first + m] = values.dot(weights);
    for (std::size_t i = 0; i < io::predictive_probabilities.size(); ++i)
      predictive.quantiles(static_cast<Eigen::Index>(i), first + m) =
          weighted_quantile(values, weights, io::predictive_probabilities[i]);
  }
}

}  // namespace

double weighted_quantile(const Eigen::VectorXd& values, const Eigen::VectorXd& weights, double p) {
  std::vector<Eigen::Index> order;
  for (Eigen::Index n = 0; n < values.size(); ++n) {
    if (!(weights[n] > 0.0)) continue;
    if (std::isnan(values[n])) return values[n];
    order.push_back(n);
  }
  std::ranges::stable_sort(order, {}, [&](Eigen::Index n) { return values[n]; });
  double below = 0.0;
  for (const Eigen::Index n : order)
    if ((below += weights[n]) >= p) return values[n];
  return order.empty() ? std::numeric_limits<double>::quiet_NaN() : values[order.back()];
}

io::Predictive predict(Target& target, const AnyMixture& mixture, const PredictionSettings& settings,
                       const Communicator& ranks) {
  const io::Draws draws = draw(mixture, settings.draws, settings.seed);
  const auto take = [&](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) {
    out = draws.samples.middleCols(first, out.cols());
  };
  const auto own =
      evaluation::Evaluator(target, settings.options, ranks,
                            {.make_target = settings.make_target, .teams = settings.teams})
          .evaluate({.batch = SampleId::metrics_batch, .size = settings.draws, .want_gradients = false, .draw = take});
  warn_of_failures(own);
  const samples::CanonicalGather gather(ranks, own.positions);
  const Eigen::VectorXd log_target = gather(own.log_densities.transpose()).transpose();

  io::Predictive predictive{.mean = Eigen::VectorXd(settings.outputs),
                            .quantiles = Eigen::MatrixXd(std::ssize(io::predictive_probabilities), settings.outputs)};
  predictive.draws = settings.draws;
  predictive.failures = log_target.array().isNaN().count();
  predictive.outside = (log_target.array() == -infinity).count();
  predictive.seed = settings.seed;
  predictive.gmmvi_version = draws.gmmvi_version;
  const Eigen::VectorXd log_weights = log_weights_of(log_target, draws.log_densities);
  predictive.effective_samples = math::effective_sample_size(log_weights);
  require_weights(predictive);
  const Eigen::VectorXd weights = math::importance_weights(log_weights, true);

  // A few outputs at a time, since those of all draws may not fit into one rank's memory.
  constexpr Eigen::Index piece = 256;
  const Eigen::MatrixXd outputs = settings.record->of(SampleId::metrics_batch, own.positions, settings.outputs);
  for (Eigen::Index first = 0; first < settings.outputs; first += piece) {
    const Eigen::MatrixXd part = gather(outputs.middleRows(first, std::min(piece, settings.outputs - first)));
    if (ranks.is_root()) summarise(part, weights, first, predictive);
  }
  return predictive;
}

}  // namespace gmmvi::runner
