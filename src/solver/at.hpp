#pragma once

#include <cstddef>

#include <Eigen/Core>

namespace gmmvi::solver {

/// An index of Eigen's as one of the standard library's.
inline std::size_t at(Eigen::Index index) {
  return static_cast<std::size_t>(index);
}

}  // namespace gmmvi::solver
