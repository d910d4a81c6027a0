#include "target/student_t_mixture.hpp"

#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

#include <Eigen/Cholesky>

#include "core/contract.hpp"
#include "core/random.hpp"
#include "math/mixture_density.hpp"
#include "target/modes.hpp"
#include "target/reference_moments.hpp"

namespace gmmvi::target {
namespace {

double log_normalizer(const FullCovariance& scale, double degrees_of_freedom) {
  const auto d = static_cast<double>(scale.dimension());
  return std::lgamma(0.5 * (degrees_of_freedom + d)) - std::lgamma(0.5 * degrees_of_freedom) -
         0.5 * d * std::log(degrees_of_freedom * std::numbers::pi) - 0.5 * scale.log_determinant();
}

/// (AᵀA + I)⁻¹ with A's entries 0.1·D·N(0, 1).
FullCovariance random_scale(core::Stream& stream, Eigen::Index dimension) {
  const auto identity = Eigen::MatrixXd::Identity(dimension, dimension);
  Eigen::MatrixXd a(dimension, dimension);
  stream.normal({a.data(), static_cast<std::size_t>(a.size())});
  a *= 0.1 * static_cast<double>(dimension);
  const Eigen::MatrixXd scale = Eigen::LLT<Eigen::MatrixXd>(a.transpose() * a + identity).solve(identity);
  const std::optional<FullCovariance> covariance = FullCovariance::from_matrix(0.5 * (scale + scale.transpose()));
  GMMVI_ENSURE(covariance.has_value(), "the inverse of a matrix whose eigenvalues are at least 1");
  return *covariance;
}

}  // namespace

StudentTMixture::StudentTMixture(const Eigen::VectorXd& weights, Eigen::MatrixXd means,
                                 std::vector<FullCovariance> scales, double degrees_of_freedom)
    : means_(std::move(means)),
      scales_(std::move(scales)),
      degrees_of_freedom_(degrees_of_freedom),
      log_weights_((weights / weights.sum()).array().log()),
      log_normalizers_(weights.size()),
      components_(lanes, size()),
      squared_distances_(lanes, size()),
      scratch_(lanes, means_.rows()),
      residuals_(scales_.size(), Block(lanes, means_.rows())) {
  GMMVI_EXPECT(weights.size() > 0 && weights.minCoeff() > 0.0, "weights are positive");
  GMMVI_EXPECT(degrees_of_freedom > 0.0, "degrees of freedom are positive");
  GMMVI_GUARD(size() == weights.size() && static_cast<Eigen::Index>(scales_.size()) == weights.size(),
              "one mean and one scale for every weight");
  for (Eigen::Index k = 0; k < size(); ++k) log_normalizers_[k] = log_normalizer(scale(k), degrees_of_freedom_);
}

LaneArray StudentTMixture::log_density(const Block& x, Block* gradient) {
  const double tail = 0.5 * (degrees_of_freedom_ + static_cast<double>(dimension()));
  for (Eigen::Index k = 0; k < size(); ++k) {
    Block& residuals = residuals_[static_cast<std::size_t>(k)];
    for (Eigen::Index d = 0; d < dimension(); ++d) scratch_.col(d) = x.col(d) - means_(d, k);
    scale(k).whiten(scratch_, residuals);
    squared_distances_.col(k).setZero();
    for (Eigen::Index d = 0; d < dimension(); ++d) squared_distances_.col(k) += residuals.col(d).square();
    components_.col(k) = log_normalizers_[k] - tail * (1.0 + squared_distances_.col(k) / degrees_of_freedom_).log();
  }
  LaneArray density = math::mix_block(components_, log_weights_);
  if (gradient == nullptr) return density;
  gradient->setZero();
  for (Eigen::Index k = 0; k < size(); ++k) {
    const LaneArray responsibility = math::without_negligible((components_.col(k) + (log_weights_[k] - density)).exp());
    if ((responsibility == 0.0).all()) continue;
    const LaneArray pull = responsibility * (2.0 * tail) / (degrees_of_freedom_ + squared_distances_.col(k));
    for (Eigen::Index d = 0; d < dimension(); ++d)
      scratch_.col(d) = residuals_[static_cast<std::size_t>(k)].col(d) * pull;
    scale(k).subtract_transposed_whitened(scratch_, *gradient);
  }
  return density;
}

std::vector<TargetMetric> StudentTMixture::metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd&) {
  return modes_found(means_, means);
}

std::optional<ReferenceMoments> StudentTMixture::reference_moments() const {
  if (degrees_of_freedom_ <= 2.0) return std::nullopt;
  std::vector<Eigen::VectorXd> variances;
  for (const FullCovariance& scale : scales_)
    variances.emplace_back(degrees_of_freedom_ / (degrees_of_freedom_ - 2.0) * scale.variances());
  return moments_of_mixture(log_weights_.array().exp(), means_, variances);
}

StudentTMixture random_student_t_mixture(const RandomStudentTMixtureOptions& options, std::uint64_t seed) {
  const Eigen::Index components = options.harder_setting ? 20 : 10;
  const double extent = options.harder_setting ? 25.0 : 20.0;
  Eigen::MatrixXd means(options.dimension, components);
  std::vector<FullCovariance> scales;
  for (Eigen::Index k = 0; k < components; ++k) {
    core::Stream stream(seed, core::Purpose::target_instance, {.component = static_cast<std::uint64_t>(k)});
    for (Eigen::Index d = 0; d < options.dimension; ++d) means(d, k) = extent * (2.0 * stream.uniform() - 1.0);
    scales.push_back(random_scale(stream, options.dimension));
  }
  const auto weights = Eigen::VectorXd::Constant(components, 1.0 / static_cast<double>(components));
  return {weights, std::move(means), std::move(scales), 2.0};
}

}  // namespace gmmvi::target
