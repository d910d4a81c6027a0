#include "evaluation/differences.hpp"

#include <cmath>

#include <fmt/format.h>

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

Eigen::VectorXd Differences::gradient(const Eigen::Ref<const Eigen::VectorXd>& sample,
                                      const Eigen::Ref<const Eigen::VectorXd>& log_densities) const {
  // A side that is of no use is the sample itself.
  const auto usable = [&](Eigen::Index place) {
    return place < points_ && std::isfinite(log_densities[place]) ? place : 0;
  };
  Eigen::VectorXd gradient(dimension_);
  for (Eigen::Index d = 0; d < dimension_; ++d) {
    const Eigen::Index above = usable(1 + d), below = usable(1 + dimension_ + d);
    // As far apart as they were after rounding: where that is not at all, there is no slope.
    const double distance = (above == 0 ? sample[d] : sample[d] + step_) - (below == 0 ? sample[d] : sample[d] - step_);
    gradient[d] = (log_densities[above] - log_densities[below]) / distance;
  }
  return gradient;
}

std::string Differences::complaint(const Eigen::Ref<const Eigen::VectorXd>& sample,
                                   const Eigen::Ref<const Eigen::VectorXd>& log_densities,
                                   const std::vector<std::string>& names) const {
  const Eigen::VectorXd slopes = gradient(sample, log_densities);
  for (Eigen::Index d = 0; d < dimension_; ++d) {
    if (std::isfinite(slopes[d])) continue;
    const std::string& name = names[static_cast<std::size_t>(d)];
    if (sample[d] + step_ == sample[d])
      return fmt::format(
          "there is no gradient: finite_differences.step, {}, is lost in rounding beside {} = {:.6g} (in the solver's "
          "space)",
          step_, name, sample[d]);
    return fmt::format("there is no gradient: no log density beside it in {} can be used (finite_differences.step {})",
                       name, step_);
  }
  return {};
}

}  // namespace gmmvi::evaluation
