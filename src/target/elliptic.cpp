#include "target/elliptic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <span>

#include "core/contract.hpp"
#include "core/random.hpp"
#include "target/elliptic_moments.hpp"

namespace gmmvi::target {
namespace {

constexpr double relative_noise = 0.01, length = 0.2, farthest = 300.0;
constexpr double width = 1.0 / static_cast<double>(Elliptic::cells);  // of a cell
constexpr Eigen::Index cells_between_sensors = Elliptic::cells / (Elliptic::sensors + 1);
constexpr std::uint64_t seed_of_truth = 21;

double middle(Eigen::Index cell) {
  return (static_cast<double>(cell) + 0.5) * width;
}

/// √λ_k for k = 1 …, so that all λ_k add up to 1: Σ_{k>=1} 1 / (π²k² + τ²)² in closed form.
Eigen::VectorXd standard_deviations(Eigen::Index count) {
  const double tau = std::sqrt(3.0) / length;
  const double all = (1.0 / std::pow(std::sinh(tau), 2) + 1.0 / (std::tanh(tau) * tau)) / (4.0 * tau * tau) -
                     1.0 / (2.0 * std::pow(tau, 4));
  Eigen::VectorXd values(count);
  for (Eigen::Index k = 1; k <= count; ++k)
    values[k - 1] = 1.0 / (std::pow(std::numbers::pi * static_cast<double>(k), 2) + tau * tau) / std::sqrt(all);
  return values;
}

Eigen::MatrixXd modes(Eigen::Index count) {
  const Eigen::VectorXd deviations = standard_deviations(count);
  Eigen::MatrixXd values(Elliptic::cells, count);
  for (Eigen::Index k = 0; k < count; ++k)
    for (Eigen::Index i = 0; i < Elliptic::cells; ++i)
      values(i, k) =
          deviations[k] * std::numbers::sqrt2 * std::cos(std::numbers::pi * static_cast<double>(k + 1) * middle(i));
  return values;
}

Eigen::VectorXd normal(Eigen::Index count, std::uint64_t component) {
  Eigen::VectorXd values(count);
  core::Stream(seed_of_truth, core::Purpose::target_instance, {.component = component})
      .normal({values.data(), static_cast<std::size_t>(count)});
  return values;
}

}  // namespace

Elliptic::Elliptic(const EllipticOptions& options)
    : gradients_(options.gradients),
      modes_(modes(options.dimension)),
      truth_(normal(options.dimension, 0)),
      field_(lanes, cells),
      solution_(lanes, sensors) {
  GMMVI_EXPECT(options.dimension >= 1 && options.dimension <= most_dimensions, "terms that the cells resolve");
  Block x = Block::Zero(lanes, modes_.cols());
  x.row(0) = truth_.transpose().array();
  solve(x);
  data_ = solution_.row(0).matrix().transpose();
  noise_std_ = relative_noise * data_.cwiseAbs().maxCoeff();
  data_ += noise_std_ * normal(sensors, 1);
  log_constant_ = -0.5 * static_cast<double>(modes_.cols() + sensors) * std::log(2.0 * std::numbers::pi) -
                  static_cast<double>(sensors) * std::log(noise_std_);
}

// Products sum in the order of k, for every lane alike.
void Elliptic::solve(const Block& x) {
  field_.setZero();
  for (Eigen::Index k = 0; k < modes_.cols(); ++k)
    for (Eigen::Index i = 0; i < cells; ++i) field_.col(i) += modes_(i, k) * x.col(k);
  inside_.setConstant(true);
  for (Eigen::Index i = 0; i < cells; ++i) inside_ = inside_ && field_.col(i).abs() <= farthest;

  LaneArray moment = LaneArray::Zero();  // Σ s/κ
  sum_.setZero();
  for (Eigen::Index i = 0; i < cells; ++i) {
    field_.col(i) = inside_.select(-field_.col(i), 0.0).exp();
    sum_ += field_.col(i);
    moment += middle(i) * field_.col(i);
  }
  flux_ = moment / sum_;
  LaneArray u = LaneArray::Zero();
  for (Eigen::Index j = 0; j < sensors; ++j) {
    for (Eigen::Index i = j * cells_between_sensors; i < (j + 1) * cells_between_sensors; ++i)
      u += width * (flux_ - middle(i)) * field_.col(i);
    solution_.col(j) = u;
  }
}

// u_j = h Σ_{i before j} (c − s_i) / κ_i, c = Σ s_i/κ_i / Σ 1/κ_i. With r_j the derivative by u_j, R_i = Σ_{j after i}
// r_j and R̄ = Σ R_i/κ_i / Σ 1/κ_i, that by log κ_i is h (c − s_i) (R̄ − R_i) / κ_i.
void Elliptic::add_adjoint(const Block& by_solution, Block& gradient) {
  LaneArray after = LaneArray::Zero(), average = LaneArray::Zero();
  for (Eigen::Index j = sensors - 1; j >= 0; --j) {
    after += by_solution.col(j);
    for (Eigen::Index i = j * cells_between_sensors; i < (j + 1) * cells_between_sensors; ++i)
      average += after * field_.col(i);
  }
  average /= sum_;
  after.setZero();
  for (Eigen::Index i = cells - 1; i >= 0; --i) {
    const Eigen::Index j = i / cells_between_sensors;
    if (j < sensors && i == (j + 1) * cells_between_sensors - 1) after += by_solution.col(j);
    field_.col(i) *= width * (flux_ - middle(i)) * (average - after);
  }
  for (Eigen::Index k = 0; k < dimension(); ++k)
    for (Eigen::Index i = 0; i < cells; ++i) gradient.col(k) += modes_(i, k) * field_.col(i);
}

LaneArray Elliptic::log_density(const Block& x, Block* gradient) {
  solve(x);
  LaneArray squares = LaneArray::Zero();
  Block by_solution(lanes, sensors);
  for (Eigen::Index j = 0; j < sensors; ++j) {
    const LaneArray residual = (data_[j] - solution_.col(j)) / noise_std_;
    squares += residual.square();
    by_solution.col(j) = residual / noise_std_;
  }
  for (Eigen::Index k = 0; k < dimension(); ++k) squares += x.col(k).square();
  if (gradient != nullptr) {
    *gradient = -x;
    add_adjoint(by_solution, *gradient);
    for (Eigen::Index k = 0; k < dimension(); ++k) gradient->col(k) = inside_.select(gradient->col(k), 0.0);
  }
  for (Eigen::Index j = 0; j < sensors; ++j)
    solution_.col(j) = inside_.select(solution_.col(j), std::numeric_limits<double>::quiet_NaN());
  return inside_.select(log_constant_ - 0.5 * squares, -std::numeric_limits<double>::infinity());
}

std::optional<OutputsExpansion> Elliptic::expansion(const Eigen::VectorXd& predictors, const Eigen::VectorXd& x) const {
  const double information = 1.0 / (noise_std_ * noise_std_);
  return OutputsExpansion{.by_predictors = information * (data_ - predictors),
                          .information = Eigen::VectorXd::Constant(sensors, information),
                          .prior_gradient = -x,
                          .prior_hessian = -Eigen::MatrixXd::Identity(x.size(), x.size())};
}

std::optional<ReferenceMoments> Elliptic::reference_moments() const {
  return elliptic_moments(dimension());
}

}  // namespace gmmvi::target
