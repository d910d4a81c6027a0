#include "target/log_gaussian_cox.hpp"

#include <cmath>
#include <numbers>
#include <optional>
#include <random>

#include <fmt/format.h>

#include "core/contract.hpp"
#include "core/random.hpp"

namespace gmmvi::target {
namespace {

constexpr double prior_variance = 1.91;
constexpr double expected_points = 126.0;
const double prior_mean = std::log(expected_points) - 0.5 * prior_variance;

Eigen::Vector2d cell(Eigen::Index index, Eigen::Index cells) {
  const Eigen::Index row = index % cells, column = index / cells;
  return {static_cast<double>(row), static_cast<double>(column)};
}

FullCovariance prior_of(Eigen::Index cells) {
  const double length = static_cast<double>(cells) / 33.0;
  Eigen::MatrixXd covariance(cells * cells, cells * cells);
  for (Eigen::Index i = 0; i < covariance.rows(); ++i)
    for (Eigen::Index j = 0; j < covariance.cols(); ++j)
      covariance(i, j) = prior_variance * std::exp(-(cell(i, cells) - cell(j, cells)).norm() / length);
  const std::optional<FullCovariance> prior = FullCovariance::from_matrix(covariance);
  GMMVI_ENSURE(prior.has_value(), "an exponential covariance is positive definite");
  return *prior;
}

}  // namespace

LogGaussianCox::LogGaussianCox(const Eigen::MatrixXd& counts)
    : cells_(counts.rows()),
      counts_(counts.reshaped()),
      prior_(prior_of(cells_)),
      centred_(lanes, counts.size()),
      residuals_(lanes, counts.size()) {
  GMMVI_GUARD(counts.rows() == counts.cols(), "as many rows as columns");
  const auto d = static_cast<double>(counts_.size());
  log_constant_ = -0.5 * (d * std::log(2.0 * std::numbers::pi) + prior_.log_determinant());
  for (const double count : counts_) log_constant_ -= std::lgamma(count + 1.0) + count * std::log(d);
}

std::vector<std::string> LogGaussianCox::parameter_names() const {
  std::vector<std::string> names;
  for (Eigen::Index j = 1; j <= cells_; ++j)
    for (Eigen::Index i = 1; i <= cells_; ++i) names.push_back(fmt::format("log_intensity[{},{}]", i, j));
  return names;
}

LaneArray LogGaussianCox::log_density(const Block& x, Block* gradient) {
  centred_ = x - prior_mean;
  prior_.whiten(centred_, residuals_);
  LaneArray density = log_constant_ - 0.5 * residuals_.square().rowwise().sum();
  if (gradient != nullptr) {
    gradient->setZero();
    prior_.subtract_transposed_whitened(residuals_, *gradient);
  }
  const double area = 1.0 / static_cast<double>(dimension());
  for (Eigen::Index i = 0; i < dimension(); ++i) {
    const LaneArray expected = area * x.col(i).exp();
    density += counts_[i] * x.col(i) - expected;
    if (gradient != nullptr) gradient->col(i) += counts_[i] - expected;
  }
  return density;
}

LogGaussianCox simulated_log_gaussian_cox(const LogGaussianCoxOptions& options, std::uint64_t seed) {
  const Eigen::Index cells = options.cells;
  const FullCovariance prior = prior_of(cells);
  core::Stream stream(seed, core::Purpose::target_instance);
  Eigen::VectorXd z(cells * cells);
  stream.normal({z.data(), static_cast<std::size_t>(z.size())});
  const Eigen::VectorXd log_intensities = prior_mean + (prior.cholesky() * z).array();
  const double area = 1.0 / static_cast<double>(z.size());
  Eigen::MatrixXd counts(cells, cells);
  for (Eigen::Index i = 0; i < z.size(); ++i)
    counts.reshaped()[i] = std::poisson_distribution<int>(area * std::exp(log_intensities[i]))(stream);
  return LogGaussianCox(counts);
}

}  // namespace gmmvi::target
