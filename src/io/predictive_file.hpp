#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <Eigen/Core>

#include "io/model_file.hpp"

namespace gmmvi::io {

inline constexpr std::array<double, 3> predictive_probabilities = {0.05, 0.5, 0.95};

/// The posterior predictive distribution of the M outputs of a simulator.
struct Predictive {
  Eigen::VectorXd data = {};            ///< [M] what they are compared with; NaN where there is no datum
  Eigen::VectorXd mean = {};            ///< [M] of the outputs, without noise
  Eigen::MatrixXd quantiles = {};       ///< [3 x M] of predictive_probabilities, without noise
  Eigen::MatrixXd data_quantiles = {};  ///< [3 x M] of new data, with noise; NaN where that is not known; may be empty
  bool simulated = true;                ///< from draws of the mixture; else from the run's own evaluations
  std::int64_t draws = 0;               ///< samples: of the mixture, that were simulated, or of the run
  std::int64_t outside = 0;             ///< of them, outside of the support
  std::int64_t failures = 0;            ///< of them, without a value
  std::int64_t without_outputs = 0;     ///< of them, with a value, but left out as the run did not keep their outputs
  double effective_samples = 0.0;       ///< what the draws, weighted by importance, are worth
  double pareto_k = 0.0;                ///< of the weights
  std::uint64_t seed = 0;               ///< of the draws
  std::string gmmvi_version = {};
  std::string model_hash = {};  ///< of the model that it belongs to; empty: that in whose folder it is written
};

/// Writes a netCDF-4 file, atomically: dimensions `output` and `probability`; variables data, mean [output], quantiles
/// and, if there are some, data_quantiles [output, probability], probability; attributes as above (`source_of_samples`:
/// draws or run), and the target and hash of the model. Throws Error (cannot_create).
void write_predictive(const std::string& path, const Model& model, const Predictive& predictive);
/// Throws Error (data) where the file at `path` is none of these.
Predictive read_predictive(const std::string& path);

}  // namespace gmmvi::io
