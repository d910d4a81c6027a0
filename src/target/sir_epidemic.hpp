#pragma once

#include <optional>

#include <Eigen/Core>

#include "problem/noise.hpp"
#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// An SIR epidemic in a closed population, fitted to how many were ill on each day: dS = −β S I / N, dI = β S I / N − γ
/// I (per day, by the fourth-order Runge-Kutta method with sensitivities), and counts that are negative binomial with
/// mean I and overdispersion φ (variance I + I²/φ). Parameters: the logarithms of β, γ, φ and of I one day before the
/// first count, normal with means 0, −1, 1.5 and 0 and standard deviation 1. Rates above 16 per day, and more ill than
/// there are people, are outside the support.
class SirEpidemic : public BlockwiseTarget, private OutputsModel {
 public:
  /// `counts` [T >= 1] >= 0, one a day; `population` at least as large as each of them. Outputs are the numbers of ill
  /// people [T], if they are wanted.
  SirEpidemic(Eigen::VectorXd counts, double population, bool with_outputs = false);

  Eigen::Index dimension() const override { return 4; }
  std::vector<std::string> parameter_names() const override;
  Eigen::Index outputs() const override { return with_outputs_ ? counts_.size() : 0; }
  const OutputsModel* outputs_model() const override { return with_outputs_ ? this : nullptr; }

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override { return simulate(x, gradient, nullptr); }
  LaneArray log_density_and_outputs(const Block& x, Block* gradient, Block& outputs) override {
    return simulate(x, gradient, &outputs);
  }

 private:
  LaneArray simulate(const Block& x, Block* gradient, Block* outputs) const;
  Eigen::Index predictor_count() const override { return counts_.size(); }
  Eigen::MatrixXd predictors(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const override;
  std::optional<OutputsExpansion> expansion(const Eigen::VectorXd& predictors, const Eigen::VectorXd& x) const override;

  Eigen::VectorXd counts_;
  double population_;
  bool with_outputs_;
  problem::Likelihood likelihood_;
  double log_constant_;  // of prior and counts
};

}  // namespace gmmvi::target
