#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/communicator.hpp"
#include "gmmvi/evaluation_options.hpp"
#include "gmmvi/mixture.hpp"
#include "gmmvi/target.hpp"
#include "gmmvi/teams.hpp"

#include "evaluation/evaluator.hpp"
#include "io/draws_file.hpp"

namespace gmmvi::runner {

/// `count` independent samples of the mixture with their log densities, in random order; the same for the same `seed`.
io::Draws draw(const AnyMixture& mixture, Eigen::Index count, std::uint64_t seed);

/// Memory, in bytes, that drawing, evaluating and writing so many takes on rank 0 at its peak.
double bytes_for_draws(std::int64_t count, std::size_t dimension);

/// log p̃ at samples.
struct TargetValues {
  Eigen::VectorXd log_densities;     ///< [N] −∞ outside the support, NaN for failures
  std::vector<Eigen::Index> inside;  ///< the positions of those inside the support
  std::int64_t outside = 0;
  std::int64_t failures = 0;
};

/// Says how many of a rank's evaluations gave no value, if any.
void warn_of_failures(const evaluation::BatchEvaluation& own);

/// How draws are evaluated.
struct DrawsEvaluation {
  EvaluationOptions options = {};                             ///< failures never abort: they are counted
  std::function<std::unique_ptr<Target>()> make_target = {};  ///< for slots
  const Teams* teams = nullptr;                               ///< that evaluate, if there are some
};

/// The same for batches of anybody's. Collective.
evaluation::Evaluator evaluator_of(Target& target, const Communicator& ranks, const DrawsEvaluation& how);

/// Evaluates the target at rank 0's `samples` [D x N] (others may give anything): every rank its groups. The result is
/// the same on every rank, whatever their number. Every rank with failures warns of them. Collective.
TargetValues evaluate(Target& target, Eigen::MatrixXd samples, const Communicator& ranks,
                      const DrawsEvaluation& how = {});

struct DrawsInside {
  io::Draws draws;  ///< rank 0's, with the target's log densities
  std::int64_t evaluations = 0;
  std::int64_t outside = 0;
  std::int64_t failures = 0;
};

/// `count` draws of rank 0's mixture that lie inside the support of the target: it draws and evaluates until there are
/// so many. The same for the same `seed`, on any number of ranks. Throws Error where hardly any lies inside.
/// Collective.
DrawsInside draw_inside(const AnyMixture* mixture, Eigen::Index count, std::uint64_t seed, Target& target,
                        const Communicator& ranks, const DrawsEvaluation& how = {});

}  // namespace gmmvi::runner
