#include "runner/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/guard.hpp"
#include "evaluation/evaluator.hpp"
#include "math/importance_weights.hpp"
#include "math/pareto.hpp"
#include "model/active_batch.hpp"
#include "runner/draws.hpp"
#include "runner/version.hpp"
#include "samples/gather.hpp"

namespace gmmvi::runner {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Eigen::Index at_once = 256;  // outputs: those of all samples may not fit into one rank's memory

/// Log importance weights; −∞ for failures, too.
Eigen::VectorXd log_weights_of(const Eigen::VectorXd& log_target, const Eigen::VectorXd& log_mixture) {
  return log_target.array().isNaN().select(-infinity, log_target - log_mixture);
}

/// Self-normalised, and none at all where their logarithm is −∞: Eigen's exponential has more than 0 there.
Eigen::VectorXd weights_of(const Eigen::VectorXd& log_weights) {
  return (log_weights.array() == -infinity).select(0.0, math::importance_weights(log_weights, true));
}

void note_weights(const Eigen::VectorXd& log_weights, io::Predictive& predictive) {
  predictive.effective_samples = math::effective_sample_size(log_weights);
  predictive.pareto_k = math::pareto_k(log_weights);
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

io::Predictive of_size(Eigen::Index outputs, bool new_data) {
  constexpr Eigen::Index probabilities = std::ssize(io::predictive_probabilities);
  return {.mean = Eigen::VectorXd(outputs),
          .quantiles = Eigen::MatrixXd(probabilities, outputs),
          .data_quantiles = Eigen::MatrixXd(probabilities, new_data ? outputs : 0)};
}

/// What is predicted of outputs, a few at a time.
class Prediction {
 public:
  /// Of so many outputs, of samples with these weights [N], which sum to one, and parameters [D x N], which new data
  /// may depend on.
  Prediction(Eigen::Index outputs, Eigen::VectorXd weights, Eigen::MatrixXd parameters,
             const problem::Likelihood* likelihood)
      : all_(std::max<Eigen::Index>(1, outputs)),
        weights_(std::move(weights)),
        parameters_(std::move(parameters)),
        likelihood_(likelihood) {}

  /// Of outputs [m x N] from the row `first` on.
  void of(const Eigen::MatrixXd& outputs, Eigen::Index first, io::Predictive& predictive) const {
    for (Eigen::Index m = 0; m < outputs.rows(); ++m) {
      const Eigen::VectorXd values = (weights_.array() > 0.0).select(outputs.row(m).transpose(), 0.0);
      predictive.mean[first + m] = values.dot(weights_);
      predictive.quantiles.col(first + m) = quantiles(values, weights_);
      if (likelihood_ == nullptr) continue;
      const Eigen::VectorXd data = new_data(first + m, values);
      predictive.data_quantiles.col(first + m) =
          quantiles(data, Eigen::VectorXd::Constant(data.size(), 1.0 / static_cast<double>(data.size())));
    }
  }

 private:
  static Eigen::VectorXd quantiles(const Eigen::VectorXd& values, const Eigen::VectorXd& weights) {
    Eigen::VectorXd found(std::ssize(io::predictive_probabilities));
    std::ranges::transform(io::predictive_probabilities, found.begin(),
                           [&](double p) { return weighted_quantile(values, weights, p); });
    return found;
  }

  /// Data that are spread as new ones are: of samples as often as their weights say, with noise at quantiles that a
  /// lattice spreads evenly over the samples.
  Eigen::VectorXd new_data(Eigen::Index row, const Eigen::VectorXd& values) const {
    // Of many outputs fewer each, since a quantile of a count is a search.
    const Eigen::Index count = std::clamp<Eigen::Index>(4'000'000 / all_, 400, 4000);
    constexpr double golden_ratio = 0.6180339887498949;
    Eigen::VectorXd data(count);
    Eigen::Index n = 0;
    double until = weights_[0];  // the weight of the samples up to n
    for (Eigen::Index s = 0; s < count; ++s) {
      while ((static_cast<double>(s) + 0.5) / static_cast<double>(count) > until && n + 1 < weights_.size())
        until += weights_[++n];
      const double turns = (static_cast<double>(s) + 0.5) * golden_ratio;
      data[s] = likelihood_->quantile(row, values[n], parameters_.col(n), turns - std::floor(turns));
    }
    return data;
  }

  Eigen::Index all_;  // outputs
  Eigen::VectorXd weights_;
  Eigen::MatrixXd parameters_;
  const problem::Likelihood* likelihood_;
};

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
      evaluator_of(target, ranks, settings.evaluation)
          .evaluate({.batch = SampleId::metrics_batch, .size = settings.draws, .want_gradients = false, .draw = take});
  warn_of_failures(own);
  const samples::CanonicalGather gather(ranks, own.positions);
  const Eigen::VectorXd log_target = gather(own.log_densities.transpose()).transpose();

  io::Predictive predictive = of_size(own.outputs.rows(), settings.likelihood != nullptr);
  predictive.draws = settings.draws;
  predictive.failures = log_target.array().isNaN().count();
  predictive.outside = (log_target.array() == -infinity).count();
  predictive.seed = settings.seed;
  predictive.gmmvi_version = draws.gmmvi_version;
  const Eigen::VectorXd log_weights = log_weights_of(log_target, draws.log_densities);
  note_weights(log_weights, predictive);
  require_weights(predictive);
  const Prediction prediction(own.outputs.rows(), weights_of(log_weights), target.transforms().to_user(draws.samples),
                              settings.likelihood);
  for (Eigen::Index first = 0; first < own.outputs.rows(); first += at_once) {
    const Eigen::MatrixXd part = gather(own.outputs.middleRows(first, std::min(at_once, own.outputs.rows() - first)));
    if (ranks.is_root()) prediction.of(part, first, predictive);
  }
  return predictive;
}

io::Predictive predict(const io::OutputsReader& evaluations, const problem::Likelihood* likelihood) {
  const Eigen::Index outputs = evaluations.outputs();
  const auto each_part = [&](const auto& take) {
    for (Eigen::Index first = 0; first < outputs; first += at_once)
      take(first, evaluations.outputs(first, std::min(at_once, outputs - first)));
  };
  std::vector<bool> known(static_cast<std::size_t>(evaluations.size()), false);
  each_part([&](Eigen::Index, const Eigen::MatrixXd& part) {
    for (Eigen::Index n = 0; n < part.cols(); ++n)
      if (!part.col(n).array().isNaN().all()) known[static_cast<std::size_t>(n)] = true;
  });

  io::Predictive predictive = of_size(outputs, likelihood != nullptr);
  Eigen::VectorXd log_weights = evaluations.log_weights();
  predictive.simulated = false;
  predictive.draws = evaluations.size();
  predictive.outside = (log_weights.array() == -infinity).count();
  for (Eigen::Index n = 0; n < log_weights.size(); ++n) {
    if (known[static_cast<std::size_t>(n)] || log_weights[n] == -infinity) continue;
    ++predictive.without_outputs;
    log_weights[n] = -infinity;
  }
  predictive.gmmvi_version = version();
  note_weights(log_weights, predictive);
  if (!(predictive.effective_samples > 0.0))
    throw Error(fmt::format("None of the {} evaluations of the run has a posterior density and outputs ({} outside the "
                            "support, {} without outputs), so that nothing can be predicted from them. Simulate draws "
                            "of the mixture (-n).",
                            predictive.draws, predictive.outside, predictive.without_outputs),
                ExitCode::data);
  const Prediction prediction(outputs, weights_of(log_weights), evaluations.parameters(), likelihood);
  each_part([&](Eigen::Index first, const Eigen::MatrixXd& part) { prediction.of(part, first, predictive); });
  return predictive;
}

}  // namespace gmmvi::runner
