#include "problem/priors.hpp"

#include <utility>

namespace gmmvi::problem {

Priors::Priors(std::vector<Prior> independent) : own_(independent.begin(), independent.end()) {}

Priors::Priors(const ParametersOptions& parameters, std::optional<JointPrior> joint) : joint_(std::move(joint)) {
  for (const ParameterOptions& parameter : parameters) {
    const bool is_shared = joint_ && joint_->covers(std::ssize(own_));
    own_.push_back(is_shared ? std::nullopt : std::optional(prior_of(parameter)));
  }
}

double Priors::log_density(const Eigen::VectorXd& x) const {
  double sum = joint_ ? joint_->log_density(x) : 0.0;
  for (std::size_t d = 0; d < own_.size(); ++d)
    if (own_[d]) sum += own_[d]->log_density(x[static_cast<Eigen::Index>(d)]);
  return sum;
}

// `of_own(prior, d)` of those that have a prior of their own, `of_joint` of the others.
Eigen::VectorXd Priors::by_parameter(const auto& of_own, const Eigen::VectorXd& of_joint) const {
  Eigen::VectorXd values(dimension());
  for (std::size_t d = 0; d < own_.size(); ++d)
    if (own_[d]) values[static_cast<Eigen::Index>(d)] = of_own(*own_[d], static_cast<Eigen::Index>(d));
  if (joint_) values(joint_->parameters()) = of_joint;
  return values;
}

Eigen::VectorXd Priors::gradient(const Eigen::VectorXd& x) const {
  return by_parameter([&](const Prior& prior, Eigen::Index d) { return prior.gradient(x[d]); },
                      joint_ ? joint_->gradient(x) : Eigen::VectorXd());
}

Eigen::MatrixXd Priors::hessian(const Eigen::VectorXd& x) const {
  Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(dimension(), dimension());
  for (std::size_t d = 0; d < own_.size(); ++d)
    if (const auto at = static_cast<Eigen::Index>(d); own_[d]) hessian(at, at) = own_[d]->second_derivative(x[at]);
  if (joint_) hessian(joint_->parameters(), joint_->parameters()) = joint_->hessian(x);
  return hessian;
}

double Priors::marginal_log_density(Eigen::Index parameter, double x) const {
  const std::optional<Prior>& own = own_[static_cast<std::size_t>(parameter)];
  return own ? own->log_density(x) : joint_->marginal_log_density(parameter, x);
}

std::vector<Eigen::Index> Priors::improper() const {
  std::vector<Eigen::Index> flat;
  for (std::size_t d = 0; d < own_.size(); ++d)
    if (own_[d] && own_[d]->is_flat()) flat.push_back(static_cast<Eigen::Index>(d));
  return flat;
}

Eigen::VectorXd Priors::median() const {
  return by_parameter([](const Prior& prior, Eigen::Index) { return prior.quantile(0.5); },
                      joint_ ? joint_->median() : Eigen::VectorXd());
}

Eigen::VectorXd Priors::draw(core::Stream& stream) const {
  const Eigen::VectorXd of_joint = joint_ ? joint_->draw(stream()) : Eigen::VectorXd();
  return by_parameter([&](const Prior& prior, Eigen::Index) { return prior.quantile(stream.uniform()); }, of_joint);
}

}  // namespace gmmvi::problem
