#pragma once

#include <Eigen/Core>

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// An elliptic inverse problem in one dimension, as in groundwater flow: −(κ u′)′ = 1 on (0, 1), u(0) = u(1) = 0, where
/// κ(s) > 0 is to be found from u at 30 sensors, seen with normal noise of 1 % of the largest. log κ is a Gaussian
/// process of mean 0: Matérn with ν = 3/2, length 0.2 and variance 1, but for its constant and under Neumann
/// conditions, by the first D terms of its Karhunen-Loève expansion, log κ = Σ_k x_k √λ_k √2 cos(π k s), λ_k ∝ (π²k² +
/// 3/0.2²)⁻²; parameters x_k ~ N(0, 1). Finite volumes on 496 cells, with κ in the middle of each, and their adjoint.
/// The data are those of a fixed truth, drawn from the prior, the same for every D but for its later terms. Where κ is
/// beyond exp(±300) is outside the support.
class Elliptic : public BlockwiseTarget, private OutputsModel {
 public:
  static constexpr Eigen::Index sensors = 30, cells = 16 * (sensors + 1), most_dimensions = 200;

  /// 1 <= D <= most_dimensions.
  explicit Elliptic(const EllipticOptions& options);

  Eigen::Index dimension() const override { return modes_.cols(); }
  bool has_gradients() const override { return gradients_; }
  /// u at the sensors, from left to right.
  Eigen::Index outputs() const override { return sensors; }
  const OutputsModel* outputs_model() const override { return this; }
  /// From long Markov chains, of 10, 30 and 100 parameters.
  std::optional<ReferenceMoments> reference_moments() const override;

  /// [D] what the data were made with.
  const Eigen::VectorXd& truth() const { return truth_; }
  /// [30] u with noise.
  const Eigen::VectorXd& data() const { return data_; }
  /// Standard deviation of the noise.
  double noise_std() const { return noise_std_; }

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;
  LaneArray log_density_and_outputs(const Block& x, Block* gradient, Block& outputs) override {
    LaneArray density = log_density(x, gradient);
    outputs = solution_;
    return density;
  }

 private:
  // Outputs are the predictors.
  Eigen::Index predictor_count() const override { return sensors; }
  Eigen::MatrixXd predictors(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const override { return outputs; }
  std::optional<OutputsExpansion> expansion(const Eigen::VectorXd& predictors, const Eigen::VectorXd& x) const override;

  /// The flux κ u′ is c − s, with c such that u(1) = 0. Leaves 1/κ, the means and u at the sensors behind.
  void solve(const Block& x);
  /// Of the misfit's derivatives by u at the sensors [lanes x 30] by x [lanes x D].
  void add_adjoint(const Block& by_solution, Block& gradient);

  bool gradients_;
  Eigen::MatrixXd modes_;  // [cells x D] √λ_k √2 cos(π k s) in the middle of each cell
  Eigen::VectorXd truth_, data_;
  double noise_std_ = 0.0;
  double log_constant_ = 0.0;  // of prior and likelihood

  // Workspaces of a block.
  Block field_;     // [lanes x cells] log κ, then 1/κ
  LaneArray sum_;   // of 1/κ
  LaneArray flux_;  // c
  Block solution_;  // [lanes x 30]
  Eigen::Array<bool, lanes, 1> inside_;
};

}  // namespace gmmvi::target
