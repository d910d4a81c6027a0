#pragma once

#include <Eigen/Core>

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// An SIR epidemic in a closed population, fitted to how many were ill on each day: dS = −β S I / N, dI = β S I / N − γ
/// I (per day, by the fourth-order Runge-Kutta method with sensitivities), and counts that are negative binomial with
/// mean I and overdispersion φ (variance I + I²/φ). Parameters: the logarithms of β, γ, φ and of I one day before the
/// first count, normal with means 0, −1, 1.5 and 0 and standard deviation 1. Rates above 16 per day, and more ill than
/// there are people, are outside the support.
class SirEpidemic : public BlockwiseTarget {
 public:
  /// `counts` [T >= 1] >= 0, one a day; `population` at least as large as each of them.
  SirEpidemic(Eigen::VectorXd counts, double population);

  Eigen::Index dimension() const override { return 4; }
  std::vector<std::string> parameter_names() const override;

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;

 private:
  Eigen::VectorXd counts_;
  double population_;
  double log_constant_;  // of prior and counts
};

}  // namespace gmmvi::target
