#include "target/brownian_motion.hpp"

#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/format.h>

#include "core/contract.hpp"
#include "core/random.hpp"

namespace gmmvi::target {
namespace {

constexpr double log_scale_std = 2.0;  // of the prior

}  // namespace

BrownianMotion::BrownianMotion(Eigen::Index steps, std::vector<Observation> observations)
    : steps_(steps), observations_(std::move(observations)) {
  for (const Observation& o : observations_) GMMVI_GUARD(o.step >= 1 && o.step <= steps, "observed in its time");
}

std::vector<std::string> BrownianMotion::parameter_names() const {
  std::vector<std::string> names = {"log_innovation_scale", "log_observation_scale"};
  for (Eigen::Index t = 1; t <= steps_; ++t) names.push_back(fmt::format("position{}", t));
  return names;
}

LaneArray BrownianMotion::log_density(const Block& x, Block* gradient) {
  const LaneArray innovation_precision = (-2.0 * x.col(0)).exp();
  const LaneArray observation_precision = (-2.0 * x.col(1)).exp();
  const auto steps = static_cast<double>(steps_), observed = static_cast<double>(observations_.size());
  if (gradient != nullptr) gradient->rightCols(steps_).setZero();

  LaneArray innovations = LaneArray::Zero();  // sums of squares
  for (Eigen::Index t = 0; t < steps_; ++t) {
    const LaneArray innovation = t == 0 ? LaneArray(x.col(2)) : LaneArray(x.col(2 + t) - x.col(1 + t));
    innovations += innovation.square();
    if (gradient == nullptr) continue;
    gradient->col(2 + t) -= innovation * innovation_precision;
    if (t > 0) gradient->col(1 + t) += innovation * innovation_precision;
  }
  LaneArray errors = LaneArray::Zero();
  for (const Observation& o : observations_) {
    const LaneArray error = o.value - x.col(1 + o.step);
    errors += error.square();
    if (gradient != nullptr) gradient->col(1 + o.step) += error * observation_precision;
  }
  constexpr double prior_precision = 1.0 / (log_scale_std * log_scale_std);
  if (gradient != nullptr) {
    gradient->col(0) = -prior_precision * x.col(0) - steps + innovations * innovation_precision;
    gradient->col(1) = -prior_precision * x.col(1) - observed + errors * observation_precision;
  }
  const double log_normalizer =
      -0.5 * (2.0 + steps + observed) * std::log(2.0 * std::numbers::pi) - 2.0 * std::log(log_scale_std);
  return log_normalizer - steps * x.col(0) - observed * x.col(1) -
         0.5 * (innovations * innovation_precision + errors * observation_precision +
                prior_precision * (x.col(0).square() + x.col(1).square()));
}

BrownianMotion simulated_brownian_motion(const BrownianMotionOptions& options, std::uint64_t seed) {
  constexpr double innovation_scale = 0.1, observation_scale = 0.15;
  core::Stream stream(seed, core::Purpose::target_instance);
  std::vector<BrownianMotion::Observation> observations;
  const Eigen::Index third = options.steps / 3;
  double position = 0.0;
  for (Eigen::Index t = 1; t <= options.steps; ++t) {
    double normal[2];
    stream.normal(normal);
    position += innovation_scale * normal[0];
    if (t > third && t <= options.steps - third) continue;
    observations.push_back({t, position + observation_scale * normal[1]});
  }
  return {options.steps, std::move(observations)};
}

}  // namespace gmmvi::target
