#include "problem/transformed_target.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "core/contract.hpp"

namespace gmmvi::problem {

TransformedTarget::TransformedTarget(std::unique_ptr<Target> inner, Transforms transforms,
                                     std::vector<std::string> names)
    : inner_(std::move(inner)), transforms_(std::move(transforms)), names_(std::move(names)) {
  GMMVI_GUARD(std::ssize(names_) == inner_->dimension() && transforms_.by_parameter().size() == names_.size(),
              "a name and a transform for each parameter");
}

Evaluation TransformedTarget::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                                       bool want_gradients) {
  std::vector<Eigen::Index> inside;
  for (Eigen::Index n = 0; n < samples.cols(); ++n)
    if (has_doubles(samples.col(n))) inside.push_back(n);
  if (std::ssize(inside) == samples.cols()) return evaluate_inside(samples, ids, want_gradients);

  Evaluation all = Evaluation::of_size(samples.rows(), samples.cols(), want_gradients, output_numbers());
  all.log_densities.setConstant(-std::numeric_limits<double>::infinity());
  all.gradients.setZero();
  all.status.assign(ids.size(), EvaluationStatus::outside_support);
  if (inside.empty()) return all;
  std::vector<SampleId> ids_inside;
  ids_inside.reserve(inside.size());
  for (const Eigen::Index n : inside) ids_inside.push_back(ids[static_cast<std::size_t>(n)]);
  Evaluation part = evaluate_inside(samples(Eigen::all, inside), ids_inside, want_gradients);
  const bool fits =
      part.log_densities.size() == std::ssize(inside) &&
      (!want_gradients || (part.gradients.rows() == samples.rows() && part.gradients.cols() == std::ssize(inside))) &&
      (part.outputs.size() == 0 ||
       (part.outputs.rows() == output_numbers() && part.outputs.cols() == std::ssize(inside)));
  if (!fits) return part;  // which is said where shapes are checked
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    all.log_densities[inside[i]] = part.log_densities[column];
    if (want_gradients) all.gradients.col(inside[i]) = part.gradients.col(column);
    if (part.outputs.size() > 0) all.outputs.col(inside[i]) = part.outputs.col(column);
    all.status[static_cast<std::size_t>(inside[i])] = part.status.empty() ? EvaluationStatus::value : part.status[i];
  }
  return all;
}

bool TransformedTarget::has_doubles(const Eigen::VectorXd& sample) const {
  for (Eigen::Index d = 0; d < sample.size(); ++d)
    if (transforms_.of(d).overflows(sample[d])) return false;
  return true;
}

Evaluation TransformedTarget::evaluate_inside(const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                              std::span<const SampleId> ids, bool want_gradients) {
  Evaluation evaluation = inner_->evaluate(transforms_.to_user(samples), ids, want_gradients);
  // What has another shape than was asked for is said where all evaluations are checked.
  if (evaluation.log_densities.size() == samples.cols()) evaluation.log_densities += transforms_.log_volumes(samples);
  if (evaluation.gradients.rows() == samples.rows() && evaluation.gradients.cols() == samples.cols())
    evaluation.gradients = transforms_.gradients_to_solver(samples, evaluation.gradients);
  if (has_slopes() && evaluation.outputs.rows() == output_numbers() && evaluation.outputs.cols() == samples.cols())
    jacobians_to_solver(samples, evaluation.outputs);
  return evaluation;
}

// dy/dz = dy/dx · dx/dz, column after column of the Jacobians below the outputs.
void TransformedTarget::jacobians_to_solver(const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                            Eigen::MatrixXd& outputs) const {
  for (Eigen::Index n = 0; n < samples.cols(); ++n)
    for (Eigen::Index d = 0; d < samples.rows(); ++d)
      outputs.col(n).segment((1 + d) * this->outputs(), this->outputs()) *=
          std::exp(transforms_.of(d).log_derivative(samples(d, n)));
}

// Predictors are known at z as they are at x.
std::optional<OutputsExpansion> TransformedTarget::expansion(const Eigen::VectorXd& predictors,
                                                             const Eigen::VectorXd& z) const {
  if (!has_doubles(z)) return std::nullopt;
  auto expansion = inner_->outputs_model()->expansion(predictors, transforms_.to_user(z));
  if (!expansion) return std::nullopt;
  expansion->prior_hessian = transforms_.hessian_to_solver(z, expansion->prior_gradient, expansion->prior_hessian);
  expansion->prior_gradient = transforms_.gradients_to_solver(z, expansion->prior_gradient);
  for (Eigen::Index d = 0; d < expansion->by_noise.size(); ++d) {
    const double derivative = std::exp(transforms_.of(d).log_derivative(z[d]));
    expansion->by_noise[d] *= derivative;
    expansion->noise_information.col(d) *= derivative;
    expansion->noise_information.row(d) *= derivative;
    expansion->mixed_information.col(d) *= derivative;
  }
  return expansion;
}

std::optional<Drawing> TransformedTarget::draw(const Eigen::VectorXd& sample) const {
  return inner_->draw(transforms_.to_user(sample));
}

std::vector<TargetMetric> TransformedTarget::metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples) {
  return inner_->metrics(transforms_.to_user(means), transforms_.to_user(samples));
}

}  // namespace gmmvi::problem
