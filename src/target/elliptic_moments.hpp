#pragma once

#include <optional>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

namespace gmmvi::target {

/// Of the posterior of Elliptic, where they were computed: for 10, 30 and 100 parameters.
std::optional<ReferenceMoments> elliptic_moments(Eigen::Index dimension);

}  // namespace gmmvi::target
