#include "evaluation/differences.hpp"

#include <cmath>

#include "core/contract.hpp"

namespace gmmvi::evaluation {

Differences::Differences(const FiniteDifferencesOptions& options, Eigen::Index dimension)
    : dimension_(dimension), points_(options.evaluations(dimension)), step_(options.step) {
  GMMVI_EXPECT(points_ > 1 && step_ > 0.0, "a scheme and a step");
}

EvaluationRequest Differences::points_of(const EvaluationRequest& samples) const {
  EvaluationRequest points = samples;
  points.size = samples.size * points_;
  points.points_per_sample = points_;
  points.want_gradients = false;
  points.draw = [*this, draw = samples.draw](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) {
    Eigen::MatrixXd sample(dimension_, 1);
    for (Eigen::Index n = 0; n < out.cols(); ++n) {
      const Eigen::Index place = (first + n) % points_;
      if (n == 0 || place == 0) draw((first + n) / points_, sample);
      out.col(n) = sample;
      if (place > dimension_)
        out(place - dimension_ - 1, n) -= step_;
      else if (place > 0)
        out(place - 1, n) += step_;
    }
  };
  return points;
}

// The points that a slope in parameter d is of. A side that is of no use is the sample itself.
Differences::Sides Differences::sides(const Eigen::Ref<const Eigen::VectorXd>& log_densities, Eigen::Index d) const {
  const auto usable = [&](Eigen::Index place) {
    return place < points_ && std::isfinite(log_densities[place]) ? place : 0;
  };
  return {.above = usable(1 + d), .below = usable(1 + dimension_ + d)};
}

std::optional<Eigen::Index> Differences::unknown(const Eigen::Ref<const Eigen::VectorXd>& log_densities) const {
  if (!std::isfinite(log_densities[0])) return std::nullopt;
  for (Eigen::Index d = 0; d < dimension_; ++d) {
    const Sides of = sides(log_densities, d);
    const double slope = (log_densities[of.above] - log_densities[of.below]) / step_;  // or a steeper one
    if (of.above == of.below || !std::isfinite(slope)) return d;
  }
  return std::nullopt;
}

Eigen::VectorXd Differences::gradient(const Eigen::Ref<const Eigen::VectorXd>& sample,
                                      const Eigen::Ref<const Eigen::VectorXd>& log_densities) const {
  Eigen::VectorXd gradient(dimension_);
  for (Eigen::Index d = 0; d < dimension_; ++d) {
    const Sides of = sides(log_densities, d);
    // As far apart as they were after rounding.
    const double above = of.above == 0 ? sample[d] : sample[d] + step_;
    const double below = of.below == 0 ? sample[d] : sample[d] - step_;
    gradient[d] = (log_densities[of.above] - log_densities[of.below]) / (above - below);
  }
  return gradient;
}

}  // namespace gmmvi::evaluation
