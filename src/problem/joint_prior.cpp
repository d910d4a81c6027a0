#include "problem/joint_prior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "math/mixture_density.hpp"
#include "problem/central_width.hpp"

namespace gmmvi::problem {
namespace {

FullCovariance marginal(const FullCovariance& covariance, const std::vector<Eigen::Index>& rows) {
  const auto part = FullCovariance::from_matrix(covariance.matrix()(rows, rows));
  GMMVI_ENSURE(part.has_value(), "a part of a positive definite matrix is one");
  return *part;
}

DiagonalCovariance marginal(const DiagonalCovariance& covariance, const std::vector<Eigen::Index>& rows) {
  return DiagonalCovariance::from_variances(covariance.variances()(rows));
}

/// Of the coordinates `rows`, the others integrated out; where these are all, the bits stay as they are.
template <class Covariance>
AnyMixture marginal(const Mixture<Covariance>& mixture, const std::vector<Eigen::Index>& rows) {
  if (std::ssize(rows) == mixture.dimension()) return mixture;
  auto components = mixture.components();
  for (auto& [id, gaussian] : components)
    gaussian =
        std::make_shared<const Gaussian<Covariance>>(gaussian->mean()(rows), marginal(gaussian->covariance(), rows));
  return Mixture<Covariance>(std::move(components), mixture.log_weights(), mixture.next_id());
}

/// ∇²log q = Σ_k r_k (−P_k + g_k g_kᵀ) − g gᵀ at z [D], where g_k = −P_k (z − μ_k) and g = ∇log q.
template <class Covariance>
Eigen::MatrixXd hessian_of(const Mixture<Covariance>& mixture, const Eigen::VectorXd& z) {
  const auto density =
      math::mixture_density<Covariance>(mixture.gaussians(), mixture.log_weights(), z, math::Gradient::compute);
  const Eigen::Index d = z.size();
  const Eigen::VectorXd gradient = density.gradient.col(0);
  Eigen::MatrixXd hessian = -gradient * gradient.transpose();
  for (Eigen::Index k = 0; k < mixture.size(); ++k) {
    const double responsibility =
        std::exp(mixture.log_weights()[k] + density.components(0, k) - density.log_density[0]);
    if (!(responsibility > 0.0)) continue;
    const Gaussian<Covariance>& gaussian = mixture.gaussian(k);
    const auto& covariance = gaussian.covariance();
    Eigen::MatrixXd inverse(d, d);  // L⁻ᵀ
    for (Eigen::Index i = 0; i < d; ++i) inverse.col(i) = covariance.unwhiten_gradient(Eigen::VectorXd::Unit(d, i));
    const Eigen::VectorXd of_component = -inverse * gaussian.whiten(z).col(0);
    hessian += responsibility * (of_component * of_component.transpose() - inverse * inverse.transpose());
  }
  return hessian;
}

}  // namespace

JointPrior::JointPrior(const FittedModel& model, std::span<const std::string> names) : mixture_(model.mixture) {
  std::vector<Eigen::Index> rows;
  std::vector<Transform> transforms;
  for (std::size_t d = 0; d < model.parameter_names.size(); ++d) {
    const auto found = std::ranges::find(names, model.parameter_names[d]);
    if (found == names.end()) {
      left_out_.push_back(model.parameter_names[d]);
      continue;
    }
    rows.push_back(static_cast<Eigen::Index>(d));
    parameters_.push_back(found - names.begin());
    transforms.push_back(model.transforms.of(rows.back()));
  }
  if (rows.empty())
    throw Error(fmt::format("none of its parameters ({}) is one of this problem ({}); they are matched by their names",
                            fmt::join(model.parameter_names, ", "), fmt::join(names, ", ")),
                ExitCode::data);
  transforms_ = Transforms(std::move(transforms));
  mixture_ = std::visit([&](const auto& m) { return marginal(m, rows); }, model.mixture);
}

bool JointPrior::covers(Eigen::Index parameter) const {
  return std::ranges::find(parameters_, parameter) != parameters_.end();
}

Eigen::Index JointPrior::position_of(Eigen::Index parameter) const {
  GMMVI_EXPECT(covers(parameter), "a parameter of its own");
  return std::ranges::find(parameters_, parameter) - parameters_.begin();
}

double JointPrior::log_density(const Eigen::VectorXd& x) const {
  const Eigen::VectorXd z = transforms_.to_solver(x(parameters_));
  if (!z.allFinite()) return -std::numeric_limits<double>::infinity();
  const double of_z = std::visit([&](const auto& m) { return m.log_density(z)[0]; }, mixture_);
  return of_z - transforms_.log_volumes(z)[0];
}

Eigen::VectorXd JointPrior::gradient(const Eigen::VectorXd& x) const {
  const Eigen::VectorXd z = transforms_.to_solver(x(parameters_));
  GMMVI_EXPECT(z.allFinite(), "within the bounds");
  const Eigen::MatrixXd of_z =
      std::visit([&](const auto& m) { return m.log_density_and_gradient(z).gradient; }, mixture_);
  return transforms_.gradients_to_user(z, of_z);
}

Eigen::MatrixXd JointPrior::hessian(const Eigen::VectorXd& x) const {
  const Eigen::VectorXd z = transforms_.to_solver(x(parameters_));
  GMMVI_EXPECT(z.allFinite(), "within the bounds");
  return std::visit(
      [&](const auto& m) {
        const Eigen::VectorXd gradient = m.log_density_and_gradient(z).gradient;
        return transforms_.hessian_to_user(z, gradient, hessian_of(m, z));
      },
      mixture_);
}

double JointPrior::marginal_log_density(Eigen::Index parameter, double x) const {
  const Eigen::Index position = position_of(parameter);
  const Transform transform = transforms_.of(position);
  const double z = transform.to_solver(x);
  if (!std::isfinite(z)) return -std::numeric_limits<double>::infinity();
  const Eigen::VectorXd at = Eigen::VectorXd::Constant(1, z);
  return std::visit([&](const auto& m) { return m.marginal_log_density(position, at)[0]; }, mixture_) -
         transform.log_derivative(z);
}

double JointPrior::quantile(Eigen::Index position, double p) const {
  return std::visit([&](const auto& m) { return m.marginal_quantile(position, p); }, mixture_);
}

Transform JointPrior::transform(Eigen::Index parameter) const {
  const Eigen::Index position = position_of(parameter);
  Transform transform = transforms_.of(position);
  const double median = quantile(position, 0.5);
  const double width = quantile(position, end_of_central_width) - quantile(position, begin_of_central_width);
  transform.location += transform.scale * median;
  transform.scale *= 0.5 * width;
  return transform;
}

Eigen::VectorXd JointPrior::median() const {
  Eigen::VectorXd median(std::ssize(parameters_));
  for (Eigen::Index p = 0; p < median.size(); ++p) median[p] = transforms_.of(p).to_user(quantile(p, 0.5));
  return median;
}

Eigen::VectorXd JointPrior::draw(std::uint64_t seed) const {
  return std::visit([&](const auto& m) { return transforms_.to_user(m.sample(1, seed).samples); }, mixture_);
}

}  // namespace gmmvi::problem
