#include "target/memory.hpp"

#include <algorithm>
#include <variant>

namespace gmmvi::target {
namespace {

constexpr double bytes = 8.0;  // of a number

/// Components with a Cholesky factor and its inverse each.
MemoryOfTarget of_mixture(double components, Eigen::Index dimension, bool diagonal) {
  const auto d = static_cast<double>(dimension);
  return {bytes * components * 2.0 * (diagonal ? d : d * d), "num_dimensions"};
}

/// A row and a column for each cell of the grid, in the prior's covariance and its Cholesky factor.
MemoryOfTarget of_grid(Eigen::Index cells_along_side) {
  const auto cells = static_cast<double>(cells_along_side) * static_cast<double>(cells_along_side);
  return {bytes * 2.0 * cells * cells, "cells"};
}

struct Of {
  MemoryOfTarget operator()(const RandomGaussianMixtureOptions& o) const {
    return of_mixture(10.0, o.dimension, o.diagonal);
  }
  MemoryOfTarget operator()(const RandomStudentTMixtureOptions& o) const {
    return of_mixture(o.harder_setting ? 20.0 : 10.0, o.dimension, false);
  }
  MemoryOfTarget operator()(const LogGaussianCoxOptions& o) const {
    return o.data.empty() ? of_grid(o.cells) : MemoryOfTarget();
  }
  MemoryOfTarget operator()(const LinearRegressionOptions& o) const {
    const auto features = static_cast<double>(o.features), observations = static_cast<double>(o.observations);
    return {bytes * std::max(2.0 * features * observations, 6.0 * features * features),
            observations > features ? "observations" : "features"};
  }
  MemoryOfTarget operator()(const SleepingOptions& o) const {
    MemoryOfTarget inner = std::visit(*this, o.around);
    if (!inner.key.empty()) inner.key = "around." + inner.key;
    return inner;
  }
  template <class Other>
  MemoryOfTarget operator()(const Other&) const {
    return {};
  }
};

}  // namespace

MemoryOfTarget memory_of(const TargetOptions& options) {
  return std::visit(Of(), options);
}

}  // namespace gmmvi::target
