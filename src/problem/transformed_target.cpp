#include "problem/transformed_target.hpp"

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
  Evaluation evaluation = inner_->evaluate(transforms_.to_user(samples), ids, want_gradients);
  // What has another shape than was asked for is said where all evaluations are checked.
  if (evaluation.log_densities.size() == samples.cols()) evaluation.log_densities += transforms_.log_volumes(samples);
  if (evaluation.gradients.rows() == samples.rows() && evaluation.gradients.cols() == samples.cols())
    evaluation.gradients = transforms_.gradients_to_solver(samples, evaluation.gradients);
  return evaluation;
}

std::optional<Drawing> TransformedTarget::draw(const Eigen::VectorXd& sample) const {
  return inner_->draw(transforms_.to_user(sample));
}

std::vector<TargetMetric> TransformedTarget::metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples) {
  return inner_->metrics(transforms_.to_user(means), transforms_.to_user(samples));
}

}  // namespace gmmvi::problem
