#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gmmvi/evaluations.hpp"

namespace gmmvi::io {

/// What a file of evaluations holds.
struct EvaluationsFile {
  Evaluations usable;                 ///< in the order of the file; [D x 0] gradients where it has none
  std::int64_t without_density = 0;   ///< evaluations left out: the log density is NaN, +∞, or an empty field
  std::int64_t without_point = 0;     ///< others left out: a parameter is NaN, infinite, or an empty field
  std::int64_t without_gradient = 0;  ///< of those that are usable, where gradients are given, but not there
  std::vector<std::string> ignored;   ///< columns of a table that mean nothing here
  bool of_stan = false;               ///< log densities are Stan's lp__
  std::vector<std::string> notes;     ///< how the file was understood where that is no matter of course
  std::vector<std::int64_t> lines;    ///< of a table, where in it each usable evaluation stands
};

/// Reads evaluations of a target with these parameters [D] from
/// - a table (.csv) whose first line names the columns, in any order: the parameters (or x1 … xD) and log_density, and
///   for gradients gradient_<parameter> (or gradient_x1 … gradient_xD); CmdStan's names are known, too (theta.1.2 for
///   theta[1,2], lp__ for log_density);
/// - a netCDF file (.nc) with x over (sample, dim), log_density over (sample) and, for gradients, gradient over
///   (sample, dim), whatever the dimensions are called; dim has the names of the parameters if it has strings;
/// - draws (.nc) as `gmmvi sample --log-target` writes them.
/// What netCDF says is missing, is. A gradient that is not finite is taken as not known. Throws Error (data) that names
/// file, line and column, and says what was expected.
EvaluationsFile read_evaluations(const std::string& path, const std::vector<std::string>& parameter_names);

}  // namespace gmmvi::io
