#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "io/model_file.hpp"

namespace gmmvi::io {

/// Numbers of every draw that have names of their own.
struct Quantities {
  std::vector<std::string> names;  ///< [Q]
  Eigen::MatrixXd values;          ///< [Q x N]
};

/// N independent samples of a mixture, in its own parameters.
struct Draws {
  Eigen::MatrixXd samples;                     ///< [D x N]
  std::vector<std::int64_t> components;        ///< [N] id of the component that each came from
  Eigen::VectorXd log_densities;               ///< [N] log q, of the mixture
  std::optional<Eigen::VectorXd> target = {};  ///< [N] log p̃, of the target; −∞ outside its support, NaN: no value
  std::optional<Quantities> quantities = {};   ///< what has variables of its own in place of the parameters
  std::uint64_t seed = 0;                      ///< that they were drawn with
  std::string gmmvi_version = {};              ///< that drew them
};

/// Writes draws of `model` as a netCDF-4 file, atomically, in the groups that ArviZ knows: `posterior` with x over
/// chain (one), draw and dim, with the parameter names as coordinates, and, where the parameters have names of their
/// own, a variable over chain and draw for each, or for each of `quantities`; `sample_stats` with component, log_q and,
/// where the target was evaluated, lp = log p̃ and log_weight = lp − log_q, over chain and draw. Attributes say which
/// model. Everything is in the user's space. Throws Error (cannot_create).
void write_draws(const std::string& path, const Model& model, const Draws& draws);
/// How many of the numbers rounding would have put on a bound; they are the next ones inside.
std::int64_t moved_inside(const Model& model, const Draws& draws);

/// The samples [D x N] of such a file, or of one with several chains, one after the other. Throws Error (data).
Eigen::MatrixXd read_draws(const std::string& path);

}  // namespace gmmvi::io
