#pragma once

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// A Rosenbrock density whose normaliser is known (Pagani, Wiegand, Nadarajah 2022, An n-dimensional Rosenbrock
/// distribution for MCMC testing; one chain): x₁ ~ N(1, 1/(2a)), and x_d ~ N(x_{d−1}², 1/(2b)). Two parameters make the
/// banana. Normalised, so the best ELBO is 0.
class Rosenbrock : public BlockwiseTarget {
 public:
  explicit Rosenbrock(const RosenbrockOptions& options) : options_(options) {}
  Eigen::Index dimension() const override { return options_.dimension; }

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;

 private:
  RosenbrockOptions options_;
};

}  // namespace gmmvi::target
