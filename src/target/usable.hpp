#pragma once

#include <Eigen/Core>

namespace gmmvi::target {

/// What a sample's log density is for its coordinates alone: NaN where one is, −∞ where one is infinite, and 0, to be
/// added to the true one, where all are finite.
double verdict_on(const Eigen::Ref<const Eigen::VectorXd>& sample);

}  // namespace gmmvi::target
