#include "target/truncated_gaussian.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "core/contract.hpp"

namespace gmmvi::target {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Eigen::VectorXd per_dimension(const PerDimension& values, Eigen::Index dimension) {
  if (values.size() == 1) return Eigen::VectorXd::Constant(dimension, values.front());
  GMMVI_EXPECT(static_cast<Eigen::Index>(values.size()) == dimension, "a number for every dimension");
  return Eigen::Map<const Eigen::VectorXd>(values.data(), dimension);
}

}  // namespace

double TruncatedGaussian::mass_between(double mean, double standard_deviation, double lower, double upper) {
  const double scale = standard_deviation * std::numbers::sqrt2;
  const double a = (lower - mean) / scale, b = (upper - mean) / scale;
  // Differences of what is small: near the mean of erf, on either side of it of the tail.
  if (a > 0.5) return 0.5 * (std::erfc(a) - std::erfc(b));
  if (b < -0.5) return 0.5 * (std::erfc(-b) - std::erfc(-a));
  return 0.5 * (std::erf(b) - std::erf(a));
}

TruncatedGaussian::TruncatedGaussian(const TruncatedGaussianOptions& options)
    : mean_(per_dimension(options.mean, options.dimension)),
      standard_deviation_(per_dimension(options.standard_deviation, options.dimension)),
      lower_(per_dimension(options.lower.value_or(PerDimension{-infinity}), options.dimension)),
      upper_(per_dimension(options.upper.value_or(PerDimension{infinity}), options.dimension)) {
  for (Eigen::Index d = 0; d < dimension(); ++d)
    log_normalizer_ += 0.5 * std::log(2.0 * std::numbers::pi) + std::log(standard_deviation_[d]) +
                       std::log(mass_between(mean_[d], standard_deviation_[d], lower_[d], upper_[d]));
}

LaneArray TruncatedGaussian::log_density(const Block& x, Block* gradient) {
  LaneArray density = LaneArray::Constant(-log_normalizer_);
  Eigen::Array<bool, lanes, 1> inside = Eigen::Array<bool, lanes, 1>::Constant(true);
  for (Eigen::Index d = 0; d < x.cols(); ++d) {
    const LaneArray standardized = (x.col(d) - mean_[d]) / standard_deviation_[d];
    density -= 0.5 * standardized.square();
    inside = inside && x.col(d) >= lower_[d] && x.col(d) <= upper_[d];
    if (gradient != nullptr) gradient->col(d) = -standardized / standard_deviation_[d];
  }
  if (gradient != nullptr)
    for (Eigen::Index d = 0; d < x.cols(); ++d) gradient->col(d) = inside.select(gradient->col(d), 0.0);
  return inside.select(density, -infinity);
}

LaneArray UniformDisc::log_density(const Block& x, Block* gradient) {
  if (gradient != nullptr) gradient->setZero();
  const LaneArray squared_distance =
      (x.col(0) - options_.center[0]).square() + (x.col(1) - options_.center[1]).square();
  const double area = std::numbers::pi * options_.radius * options_.radius;
  return (squared_distance <= options_.radius * options_.radius)
      .select(LaneArray::Constant(-std::log(area)), -infinity);
}

std::optional<ReferenceMoments> UniformDisc::reference_moments() const {
  return ReferenceMoments{.means = Eigen::Vector2d(options_.center[0], options_.center[1]),
                          .standard_deviations = Eigen::Vector2d::Constant(0.5 * options_.radius)};
}

}  // namespace gmmvi::target
