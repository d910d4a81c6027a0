#include "target/linear_regression.hpp"

#include <cmath>
#include <numbers>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <Eigen/Cholesky>
#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/random.hpp"

namespace gmmvi::target {
namespace {

/// Of independent normal numbers with these squares and standard deviation.
double log_normal(double squares, double standard_deviation, Eigen::Index count) {
  const auto n = static_cast<double>(count);
  return -0.5 * (n * std::log(2.0 * std::numbers::pi) + squares / (standard_deviation * standard_deviation)) -
         n * std::log(standard_deviation);
}

}  // namespace

LinearRegression::Posterior LinearRegression::posterior_of(const Eigen::MatrixXd& features,
                                                           const Eigen::VectorXd& responses, double noise_std,
                                                           double prior_std) {
  GMMVI_GUARD(features.rows() == responses.size(), "a row a response");
  const Eigen::Index dimension = features.cols() + 1;
  Eigen::MatrixXd design(features.rows(), dimension);
  design << Eigen::VectorXd::Ones(features.rows()), features;
  // Precision and its product with the mean, both times the variance of the noise.
  const double ridge = (noise_std / prior_std) * (noise_std / prior_std);
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(dimension, dimension);
  const Eigen::LLT<Eigen::MatrixXd> scaled_precision(design.transpose() * design + ridge * identity);
  const Eigen::MatrixXd covariance = noise_std * noise_std * scaled_precision.solve(identity);
  const auto factored = FullCovariance::from_matrix(0.5 * (covariance + covariance.transpose()));
  if (!factored)
    throw Error(
        "the features of the linear regression are so much alike that its posterior cannot be computed; let their "
        "correlation be smaller, or the observations more",
        ExitCode::data);
  Eigen::VectorXd mean = scaled_precision.solve(design.transpose() * responses);
  const double log_density = log_normal((responses - design * mean).squaredNorm(), noise_std, responses.size()) +
                             log_normal(mean.squaredNorm(), prior_std, dimension);
  return {.mean = std::move(mean), .covariance = *factored, .log_density_at_mean = log_density};
}

LinearRegression::LinearRegression(const Eigen::MatrixXd& features, const Eigen::VectorXd& responses, double noise_std,
                                   double prior_std)
    : LinearRegression(posterior_of(features, responses, noise_std, prior_std)) {}

LinearRegression::LinearRegression(Posterior posterior)
    : mean_(std::move(posterior.mean)),
      covariance_(std::move(posterior.covariance)),
      log_density_at_mean_(posterior.log_density_at_mean),
      centred_(lanes, mean_.size()),
      residuals_(lanes, mean_.size()) {}

std::vector<std::string> LinearRegression::parameter_names() const {
  std::vector<std::string> names = {"intercept"};
  for (Eigen::Index f = 1; f < dimension(); ++f) names.push_back(fmt::format("coefficient{}", f));
  return names;
}

std::optional<ReferenceMoments> LinearRegression::reference_moments() const {
  return ReferenceMoments{.means = mean_, .standard_deviations = covariance_.variances().cwiseSqrt()};
}

LaneArray LinearRegression::log_density(const Block& x, Block* gradient) {
  for (Eigen::Index d = 0; d < dimension(); ++d) centred_.col(d) = x.col(d) - mean_[d];
  covariance_.whiten(centred_, residuals_);
  if (gradient != nullptr) {
    gradient->setZero();
    covariance_.subtract_transposed_whitened(residuals_, *gradient);
  }
  LaneArray squares = LaneArray::Zero();
  for (Eigen::Index d = 0; d < dimension(); ++d) squares += residuals_.col(d).square();
  return log_density_at_mean_ - 0.5 * squares;
}

LinearObservations simulated_observations(const LinearRegressionOptions& options, std::uint64_t seed) {
  const auto normal = [seed](Eigen::Index count, const core::StreamPosition& position) {
    Eigen::VectorXd values(count);
    core::Stream(seed, core::Purpose::target_instance, position)
        .normal({values.data(), static_cast<std::size_t>(count)});
    return values;
  };
  LinearObservations made{Eigen::MatrixXd(options.observations, options.features),
                          options.prior_std * normal(options.features + 1, {}),
                          options.noise_std * normal(options.observations, {.component = 1})};
  const double innovation = std::sqrt(1.0 - options.correlation * options.correlation);
  for (Eigen::Index n = 0; n < options.observations; ++n) {
    const auto index = static_cast<std::uint64_t>(n);
    Eigen::VectorXd row = normal(options.features, {.component = 2, .index = index});
    for (Eigen::Index f = 1; f < options.features; ++f) row[f] = options.correlation * row[f - 1] + innovation * row[f];
    made.features.row(n) = row.transpose();
    made.responses[n] += made.coefficients[0] + row.dot(made.coefficients.tail(options.features));
  }
  return made;
}

LinearRegression simulated_linear_regression(const LinearRegressionOptions& options, std::uint64_t seed) {
  const LinearObservations made = simulated_observations(options, seed);
  return {made.features, made.responses, options.noise_std, options.prior_std};
}

}  // namespace gmmvi::target
