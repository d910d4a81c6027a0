#pragma once

#include "gmmvi/lanes.hpp"
#include "gmmvi/target.hpp"

namespace gmmvi::target {

/// A cheap target with gradients that works on blocks of samples, one a lane. What a derived class computes for a lane
/// must depend on that lane alone; samples with an infinite or NaN coordinate never reach it.
class BlockwiseTarget : public Target {
 public:
  bool has_gradients() const override { return true; }
  /// A sample with a NaN gets log density NaN; one that is infinite or too far away for a double, −∞.
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) final;
  Eigen::Index group_size() const override { return 64; }
  bool cheap() const override { return true; }

 protected:
  /// log p̃ of the block `x` [lanes x D]; its gradient into `gradient` [lanes x D] unless that is null.
  virtual LaneArray log_density(const Block& x, Block* gradient) = 0;
  /// The same with outputs(), of targets that have some, into `outputs` [lanes x M].
  virtual LaneArray log_density_and_outputs(const Block& x, Block* gradient, Block& /*outputs*/) {
    return log_density(x, gradient);
  }
};

}  // namespace gmmvi::target
