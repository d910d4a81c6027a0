#include "runner/draws.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <variant>

#include "core/log.hpp"
#include "core/random.hpp"
#include "runner/version.hpp"
#include "samples/gather.hpp"

namespace gmmvi::runner {
namespace {

/// Samples of a mixture come component by component.
void shuffle(Eigen::MatrixXd& samples, std::vector<std::int64_t>& components, std::uint64_t seed) {
  core::Stream lots(seed, core::Purpose::mixture_samples_order);
  for (std::size_t n = components.size(); n > 1; --n) {
    const std::size_t other = lots.below(n);
    if (other == n - 1) continue;
    samples.col(static_cast<Eigen::Index>(n - 1)).swap(samples.col(static_cast<Eigen::Index>(other)));
    std::swap(components[n - 1], components[other]);
  }
}

/// In pieces, because the densities of all components at a piece are in memory at once.
template <class Covariance>
Eigen::VectorXd log_densities(const Mixture<Covariance>& mixture, const Eigen::MatrixXd& samples) {
  constexpr Eigen::Index piece = 4096;
  Eigen::VectorXd densities(samples.cols());
  for (Eigen::Index first = 0; first < samples.cols(); first += piece) {
    const Eigen::Index count = std::min(piece, samples.cols() - first);
    densities.segment(first, count) = mixture.log_density(samples.middleCols(first, count));
  }
  return densities;
}

template <class Covariance>
io::Draws draws_of(const Mixture<Covariance>& mixture, Eigen::Index count, std::uint64_t seed) {
  auto drawn = mixture.sample(count, seed);
  std::vector<std::int64_t> ids;
  ids.reserve(drawn.components.size());
  for (const std::int32_t k : drawn.components)
    ids.push_back(static_cast<std::int64_t>(mixture.components()[static_cast<std::size_t>(k)].id));
  shuffle(drawn.samples, ids, seed);
  Eigen::VectorXd densities = log_densities(mixture, drawn.samples);
  return {.samples = std::move(drawn.samples),
          .components = std::move(ids),
          .log_densities = std::move(densities),
          .seed = seed,
          .gmmvi_version = version()};
}

void share(Eigen::MatrixXd& samples, Eigen::Index dimension, const Communicator& ranks) {
  Eigen::Index count = samples.cols();
  ranks.broadcast(count);
  samples.resize(dimension, count);
  ranks.broadcast(std::span<double>(samples.data(), static_cast<std::size_t>(samples.size())));
}

}  // namespace

io::Draws draw(const AnyMixture& mixture, Eigen::Index count, std::uint64_t seed) {
  return std::visit([&](const auto& m) { return draws_of(m, count, seed); }, mixture);
}

double bytes_for_draws(std::int64_t count, std::size_t dimension) {
  // The samples, those that the target gets, and the file, twice while it is put together.
  return 4.0 * sizeof(double) * static_cast<double>(count) * static_cast<double>(dimension + 4);
}

void warn_of_failures(const evaluation::BatchEvaluation& own) {
  const auto failures = std::ranges::count(own.status, EvaluationStatus::failure);
  if (failures == 0) return;
  core::log().warn("{} of {} evaluations that this rank made gave no value; the first failure said: {}", failures,
                   own.status.size(), own.first_failure());
}

TargetValues evaluate(Target& target, Eigen::MatrixXd samples, const Communicator& ranks) {
  share(samples, target.dimension(), ranks);
  const auto take = [&](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) {
    out = samples.middleCols(first, out.cols());
  };
  const auto own =
      evaluation::Evaluator(target, {}, ranks)
          .evaluate({.batch = SampleId::metrics_batch, .size = samples.cols(), .want_gradients = false, .draw = take});
  warn_of_failures(own);
  const samples::CanonicalGather gather(ranks, own.positions);
  TargetValues values{.log_densities = gather(own.log_densities.transpose()).transpose()};
  values.outside = (values.log_densities.array() == -std::numeric_limits<double>::infinity()).count();
  values.failures = values.log_densities.array().isNaN().count();
  return values;
}

}  // namespace gmmvi::runner
