#pragma once

#include <cstdint>
#include <vector>

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// A Brownian motion that was observed with noise, both of unknown scale, and not at all in the middle third of its
/// time (after the Inference Gym's BrownianUnknownScalesMissingMiddleObservations). Parameters: log scale of the
/// innovations and of the observations, each N(0, 2²), and the positions, x_t ~ N(x_{t−1}, innovation²), x₀ = 0.
class BrownianMotion : public BlockwiseTarget {
 public:
  /// An observation of the position at a time step (from 1).
  struct Observation {
    Eigen::Index step;
    double value;
  };
  BrownianMotion(Eigen::Index steps, std::vector<Observation> observations);

  Eigen::Index dimension() const override { return 2 + steps_; }
  std::vector<std::string> parameter_names() const override;

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;

 private:
  Eigen::Index steps_;
  std::vector<Observation> observations_;
};

/// Observations drawn from the model, with innovations of scale 0.1 and noise of scale 0.15.
BrownianMotion simulated_brownian_motion(const BrownianMotionOptions& options, std::uint64_t seed);

}  // namespace gmmvi::target
