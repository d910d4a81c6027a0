#include "target/funnel.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace gmmvi::target {

namespace {

constexpr double neck_std = 3.0;

}  // namespace

LaneArray Funnel::log_density(const Block& x, Block* gradient) {
  const auto others = static_cast<double>(dimension_ - 1);
  const double log_normalizer = -0.5 * (others + 1.0) * std::log(2.0 * std::numbers::pi) - std::log(neck_std);
  const LaneArray neck = x.col(0);
  const LaneArray precision = (-neck).exp();
  LaneArray squares = LaneArray::Zero();
  for (Eigen::Index d = 1; d < dimension_; ++d) squares += x.col(d).square();
  if (gradient != nullptr) {
    gradient->col(0) = -neck / (neck_std * neck_std) - 0.5 * others + 0.5 * precision * squares;
    for (Eigen::Index d = 1; d < dimension_; ++d) gradient->col(d) = -precision * x.col(d);
  }
  return log_normalizer - 0.5 * ((neck / neck_std).square() + others * neck + precision * squares);
}

// The variance of the others is the mean of exp(x₁), that of a log-normal distribution.
std::optional<ReferenceMoments> Funnel::reference_moments() const {
  Eigen::VectorXd deviations = Eigen::VectorXd::Constant(dimension_, std::exp(0.25 * neck_std * neck_std));
  deviations[0] = neck_std;
  return ReferenceMoments{.means = Eigen::VectorXd::Zero(dimension_), .standard_deviations = std::move(deviations)};
}

}  // namespace gmmvi::target
