#pragma once

#include <cstdint>

#include "gmmvi/communicator.hpp"
#include "gmmvi/mixture.hpp"
#include "gmmvi/target.hpp"

#include "io/outputs_file.hpp"
#include "io/predictive_file.hpp"
#include "problem/noise.hpp"
#include "runner/draws.hpp"

namespace gmmvi::runner {

struct PredictionSettings {
  std::int64_t draws = 0;                           ///< of the mixture, each of which is simulated
  std::uint64_t seed = 0;                           ///< of the draws
  const problem::Likelihood* likelihood = nullptr;  ///< of new data, if they are wanted
  DrawsEvaluation evaluation = {};
};

/// The posterior predictive distribution of a simulator's outputs, from fresh draws of the mixture that was fitted to
/// the target, which gives them, weighted by importance (target by mixture, self-normalised). On rank 0 but for the
/// data; the same bits on any number of ranks. Throws Error on every rank where no draw has a weight. Collective.
io::Predictive predict(Target& target, const AnyMixture& mixture, const PredictionSettings& settings,
                       const Communicator& ranks);

/// The same from evaluations that a run has made, and of new data with this likelihood, if there is one. Those whose
/// outputs it did not keep are left out. Throws Error (data) where none has a weight.
io::Predictive predict(const io::OutputsReader& evaluations, const problem::Likelihood* likelihood = nullptr);

/// Where the distribution of `values` [N] with `weights` [N], which sum to 1, has its quantile of `p`: the least value
/// that has at least `p` at it or below. NaN where a value that has a weight is NaN.
double weighted_quantile(const Eigen::VectorXd& values, const Eigen::VectorXd& weights, double p);

}  // namespace gmmvi::runner
