#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/gmmvi.hpp"
#include "gmmvi/mixture.hpp"
#include "gmmvi/transforms.hpp"

#include "core/flush.hpp"

namespace gmmvi::io {

/// What a model file says about where its mixture comes from.
struct ModelAttributes {
  std::string gmmvi_version = {};
  std::string target;  ///< what was fitted, in a few words
  std::string codename;
  std::string preset = {};  ///< that was put over the config, or empty
  std::uint64_t seed = 0;
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;           ///< of the target, by the algorithm
  std::optional<ElboEstimate> elbo = {};  ///< where it was measured
  std::optional<double> elbo_estimate =
      {};                          ///< from the samples that the last iteration fitted the mixture to: too good
  std::string verdict = {};        ///< for people, at the end of the run
  std::string combined_from = {};  ///< JSON: the runs that it was made of; empty for a run's own mixture
};

struct Model {
  AnyMixture mixture;
  std::vector<std::string> parameter_names;  ///< [D]
  ModelAttributes attributes;
  Transforms transforms = {};  ///< from the mixture's parameters to those that have the names
};

/// Writes a netCDF-4 file, atomically: dimensions `component` and `dim`, with the parameter names as coordinates;
/// variables weights, log_weights, component_id [K], means [K, D]; for full covariances covariances and
/// cholesky_factors [K, D, D] over `dim` and `dim_column`, for diagonal ones variances and standard_deviations [K, D];
/// attributes as above and the model's hash. Where there are transforms: transform_lower, transform_upper,
/// transform_location, transform_scale [D], and in the attribute parameter_space how x follows from z by them.
/// Throws Error (cannot_create).
void write_model(const std::string& path, const Model& model, core::Flush flush = core::Flush::now);

/// The mixture of a file as write_model() makes it, with its bits. Throws Error (data) that says what is wrong with it.
Model read_model(const std::string& path);
/// The same of the contents of the file at `path`, which somebody has read already.
Model parse_model(const std::string& path, std::string contents);

}  // namespace gmmvi::io
