#pragma once

#include <Eigen/Core>

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// Effects that were measured in several groups, each with its standard error, and a normal distribution that the
/// groups' true effects come from (Rubin 1981, Estimation in parallel randomized experiments; priors as in Stan's
/// example): y_j ~ N(θ_j, s_j²), θ_j ~ N(μ, τ²), μ ~ N(0, 5²), and τ half-Cauchy of scale 5 by default. Parameters: μ,
/// log τ, and of every group θ_j, or η_j = (θ_j − μ) / τ where it is not centred. τ beyond exp(±300) is outside the
/// support.
class Hierarchical : public BlockwiseTarget {
 public:
  /// Measured `effects` [J] and their `standard_errors` [J] > 0, J >= 1.
  Hierarchical(Eigen::VectorXd effects, Eigen::VectorXd standard_errors, const HierarchicalOptions& options);

  Eigen::Index dimension() const override { return 2 + effects_.size(); }
  std::vector<std::string> parameter_names() const override;
  /// By quadrature over log τ: given τ everything is normal.
  std::optional<ReferenceMoments> reference_moments() const override;

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;

 private:
  /// Given τ, and μ integrated out.
  struct Conditional {
    double log_density;       // of log τ and the data, up to a constant
    Eigen::ArrayXd mean;      // [D] of the parameters
    Eigen::ArrayXd variance;  // [D]
  };
  Conditional given(double log_spread) const;

  Eigen::VectorXd effects_, standard_errors_;
  bool centred_;
  double mean_std_, spread_scale_;
  double log_constant_;  // of priors and likelihood
};

/// Eight schools: the effects of coaching on test scores (Rubin 1981, table 1), in the first column, and their standard
/// errors.
Eigen::MatrixX2d eight_schools();

}  // namespace gmmvi::target
