#pragma once

#include "config/reader.hpp"
#include "problem/options.hpp"
#include "target/options.hpp"

namespace gmmvi::config {

/// The sections `parameters`, `prior` and `likelihood` of `root`, and whether they fit the target.
problem::ProblemOptions read_problem(Section& root, const target::TargetOptions& target);

/// As the priors of configs are written: "normal(0, 1)".
std::string to_text(const problem::PriorOptions& prior);
/// As noise is written: "gaussian(sigma)", or with the path of a covariance "gaussian(/data/covariance.csv)".
std::string noise_text(const problem::LikelihoodOptions& likelihood);

}  // namespace gmmvi::config
