#pragma once

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// Neal's funnel (Neal 2003, Slice sampling): x₁ ~ N(0, 3²), and x₂ … x_D ~ N(0, exp(x₁)). Normalised, so the best ELBO
/// is 0.
class Funnel : public BlockwiseTarget {
 public:
  /// At least two parameters.
  explicit Funnel(const FunnelOptions& options) : dimension_(options.dimension) {}
  Eigen::Index dimension() const override { return dimension_; }
  std::optional<ReferenceMoments> reference_moments() const override;

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;

 private:
  Eigen::Index dimension_;
};

}  // namespace gmmvi::target
