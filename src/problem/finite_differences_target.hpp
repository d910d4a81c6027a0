#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gmmvi/target.hpp"

#include "problem/options.hpp"

namespace gmmvi::problem {

/// A target with gradients from differences of its log density, in its own space. An evaluation with a gradient is
/// 1 + D of the target within, or 1 + 2 D, one after another; where one of them fails, it fails. At the rim of the
/// support differences are one-sided; where neither side is supported, there is no gradient, and the sample fails.
class FiniteDifferencesTarget final : public Target {
 public:
  FiniteDifferencesTarget(std::unique_ptr<Target> inner, const FiniteDifferencesOptions& options);

  Eigen::Index dimension() const override { return inner_->dimension(); }
  bool has_gradients() const override { return true; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;
  Eigen::Index group_size() const override { return inner_->group_size(); }
  bool cheap() const override { return inner_->cheap(); }
  /// Forward differences go the other way where the first one has left the support: ranks of a team, of which the first
  /// alone knows that, could not follow.
  bool works_in_teams() const override { return is_central() && inner_->works_in_teams(); }
  void join(const Team& team) override;
  bool runs_outside() const override { return inner_->runs_outside(); }
  bool interruptible() const override { return inner_->interruptible(); }
  void interrupt() override { inner_->interrupt(); }
  std::vector<std::string> parameter_names() const override { return inner_->parameter_names(); }
  Transforms transforms() const override { return inner_->transforms(); }
  std::string fingerprint() const override { return inner_->fingerprint(); }
  std::optional<Drawing> draw(const Eigen::VectorXd& sample) const override { return inner_->draw(sample); }
  std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples) override {
    return inner_->metrics(means, samples);
  }

 private:
  bool is_central() const { return options_.scheme == FiniteDifferencesOptions::Scheme::central; }
  /// Samples that differ from given ones in one parameter each.
  struct Side {
    Eigen::MatrixXd samples;        // [D x n] that parameter
    Eigen::MatrixXd log_densities;  // [D x n] NaN: failed, −∞: outside of the support, or nobody asked
  };
  using Wanted = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;  // [D x n]

  Side beside(const Eigen::MatrixXd& samples, std::span<const SampleId> ids, double step, const Wanted& wanted);
  Eigen::VectorXd numbers(const Eigen::MatrixXd& points, std::span<const SampleId> ids);

  std::unique_ptr<Target> inner_;
  FiniteDifferencesOptions options_;
  bool in_team_ = false;
};

}  // namespace gmmvi::problem
