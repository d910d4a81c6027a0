#include "runner/draws.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "model/active_batch.hpp"
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

/// Each its own, and those of another seed.
std::uint64_t seed_of_round(std::uint64_t seed, std::uint64_t round) {
  return seed ^ (round * 0x9E3779B97F4A7C15U);
}

/// So many draws that those inside will be enough, or nearly; of few it could not be told whether hardly any are
/// inside.
Eigen::Index next_round(Eigen::Index count, Eigen::Index found, const DrawsInside& before) {
  constexpr Eigen::Index fewest = 100;
  if (before.evaluations == 0) return std::max(count, fewest);
  const double share = static_cast<double>(found) / static_cast<double>(before.evaluations);
  return static_cast<Eigen::Index>(std::ceil(static_cast<double>(count - found) / share)) + 1;
}

/// The same on every rank.
void require_some_inside(const DrawsInside& so_far) {
  constexpr std::int64_t most_per_one = 20;
  const std::int64_t valued = so_far.evaluations - so_far.failures, inside = valued - so_far.outside;
  if (2 * so_far.failures > so_far.evaluations)
    throw comm::CollectiveError(
        fmt::format(
            "{} of {} evaluations of the target gave no value, so there are no draws to choose from: see why they "
            "fail (above, or gmmvi evaluate).",
            so_far.failures, so_far.evaluations),
        ExitCode::data);
  if (valued > most_per_one * inside)
    throw comm::CollectiveError(
        fmt::format(
            "{} of {} draws of the mixture lie inside the support of the target: with so few of them the mixture "
            "says nothing of the posterior. Fit in parameters that have no bounds, or start with a mixture "
            "(model_initialization) that has more inside.",
            inside == 0 ? "none" : fmt::format("only {}", inside), valued),
        ExitCode::data);
}

void append(io::Draws& all, const io::Draws& drawn, const TargetValues& values) {
  const auto add = [&](Eigen::VectorXd& to, const Eigen::VectorXd& from) {
    Eigen::VectorXd both(to.size() + static_cast<Eigen::Index>(values.inside.size()));
    both << to, from(values.inside);
    to = std::move(both);
  };
  Eigen::MatrixXd samples(drawn.samples.rows(), all.samples.cols() + static_cast<Eigen::Index>(values.inside.size()));
  samples.leftCols(all.samples.cols()) = all.samples;
  samples.rightCols(static_cast<Eigen::Index>(values.inside.size())) = drawn.samples(Eigen::all, values.inside);
  all.samples = std::move(samples);
  for (const Eigen::Index n : values.inside) all.components.push_back(drawn.components[static_cast<std::size_t>(n)]);
  add(all.log_densities, drawn.log_densities);
  if (!all.target) all.target.emplace();
  add(*all.target, values.log_densities);
  all.gmmvi_version = drawn.gmmvi_version;
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
  const auto failures = static_cast<std::int64_t>(own.reasons.size());
  if (failures == 0) return;
  core::log().warn("{} of {} evaluations that this rank made gave no value; the first failure said: {}", failures,
                   own.size(), own.first_failure());
}

evaluation::Evaluator evaluator_of(Target& target, const Communicator& ranks, const DrawsEvaluation& how) {
  EvaluationOptions options = how.options;
  options.on_failure = EvaluationOptions::FailurePolicy::reject;
  return {target, options, ranks, {.make_target = how.make_target, .teams = how.teams}};
}

namespace {

TargetValues values_at(Eigen::MatrixXd samples, Eigen::Index dimension, evaluation::Evaluator& evaluator,
                       const Communicator& ranks) {
  share(samples, dimension, ranks);
  const auto take = [&](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) {
    out = samples.middleCols(first, out.cols());
  };
  const auto own = evaluator.evaluate(
      {.batch = SampleId::metrics_batch, .size = samples.cols(), .want_gradients = false, .draw = take});
  warn_of_failures(own);
  const samples::CanonicalGather gather(ranks, own.positions);
  TargetValues values{.log_densities = gather(own.log_densities.transpose()).transpose(), .inside = {}};
  values.failures = values.log_densities.array().isNaN().count();
  values.inside = model::inside_support(values.log_densities, model::says_nothing);
  values.outside = values.log_densities.size() - static_cast<Eigen::Index>(values.inside.size()) - values.failures;
  return values;
}

}  // namespace

TargetValues evaluate(Target& target, Eigen::MatrixXd samples, const Communicator& ranks, const DrawsEvaluation& how) {
  evaluation::Evaluator evaluator = evaluator_of(target, ranks, how);
  return values_at(std::move(samples), target.dimension(), evaluator, ranks);
}

DrawsInside draw_inside(const AnyMixture* mixture, Eigen::Index count, std::uint64_t seed, Target& target,
                        const Communicator& ranks, const DrawsEvaluation& how) {
  evaluation::Evaluator evaluator = evaluator_of(target, ranks, how);
  DrawsInside result;
  Eigen::Index found = 0;
  for (std::uint64_t round = 0; found < count; ++round) {
    const Eigen::Index wanted = next_round(count, found, result);
    io::Draws drawn = comm::on_root(ranks, [&] { return draw(*mixture, wanted, seed_of_round(seed, round)); });
    TargetValues values = values_at(drawn.samples, target.dimension(), evaluator, ranks);
    result.evaluations += wanted;
    result.outside += values.outside;
    result.failures += values.failures;
    require_some_inside(result);
    if (static_cast<Eigen::Index>(values.inside.size()) > count - found)
      values.inside.resize(static_cast<std::size_t>(count - found));
    found += static_cast<Eigen::Index>(values.inside.size());
    if (ranks.is_root()) append(result.draws, drawn, values);
  }
  result.draws.seed = seed;
  return result;
}

}  // namespace gmmvi::runner
