#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/target.hpp"

namespace gmmvi::problem {

/// A target of the user's parameters x as one of the solver's parameters z: log p̃(z) = log p̃(x(z)) + log |dx/dz|.
/// Where x would be larger than any double it is outside the support.
class TransformedTarget : public Target, private OutputsModel {
 public:
  /// `transforms` [D], `names` [D].
  TransformedTarget(std::unique_ptr<Target> inner, Transforms transforms, std::vector<std::string> names);

  Eigen::Index dimension() const override { return inner_->dimension(); }
  bool has_gradients() const override { return inner_->has_gradients(); }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;
  Eigen::Index outputs() const override { return inner_->outputs(); }
  const OutputsModel* outputs_model() const override { return inner_->outputs_model() ? this : nullptr; }
  Eigen::Index group_size() const override { return inner_->group_size(); }
  bool cheap() const override { return inner_->cheap(); }
  bool works_in_teams() const override { return inner_->works_in_teams(); }
  void join(const Team& team) override { inner_->join(team); }
  bool runs_outside() const override { return inner_->runs_outside(); }
  bool interruptible() const override { return inner_->interruptible(); }
  void interrupt() override { inner_->interrupt(); }
  std::vector<std::string> parameter_names() const override { return names_; }
  Transforms transforms() const override { return transforms_; }
  std::string fingerprint() const override { return inner_->fingerprint(); }
  std::optional<Drawing> draw(const Eigen::VectorXd& sample) const override;
  std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples) override;
  std::optional<ReferenceMoments> reference_moments() const override { return inner_->reference_moments(); }

 private:
  Eigen::Index predictor_count() const override { return inner_->outputs_model()->predictor_count(); }
  Eigen::MatrixXd predictors(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const override {
    return inner_->outputs_model()->predictors(outputs);
  }
  bool has_slopes() const override { return inner_->outputs_model() && inner_->outputs_model()->has_slopes(); }
  Eigen::MatrixXd slopes(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const override {
    return inner_->outputs_model()->slopes(outputs);
  }
  void jacobians_to_solver(const Eigen::Ref<const Eigen::MatrixXd>& samples, Eigen::MatrixXd& outputs) const;
  std::optional<OutputsExpansion> expansion(const Eigen::VectorXd& predictors, const Eigen::VectorXd& z) const override;
  bool has_doubles(const Eigen::VectorXd& sample) const;
  Evaluation evaluate_inside(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                             bool want_gradients);

  std::unique_ptr<Target> inner_;
  Transforms transforms_;
  std::vector<std::string> names_;
};

}  // namespace gmmvi::problem
