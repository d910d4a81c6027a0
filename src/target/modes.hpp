#pragma once

#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

namespace gmmvi::target {

/// How many of the `modes` [D x M] have a component's mean (`means` [D x K]) within 6√D, and how many there are: the
/// reference's measure for mixtures of Gaussians and Student-t distributions.
std::vector<TargetMetric> modes_found(const Eigen::MatrixXd& modes, const Eigen::MatrixXd& means);

}  // namespace gmmvi::target
