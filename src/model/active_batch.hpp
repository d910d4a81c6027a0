#pragma once

#include <vector>

#include <Eigen/Core>

namespace gmmvi::model {

/// The samples that an iteration works with, in canonical order, with what the target said of them. From one iteration
/// to the next they slide: samples that are used again stay where they are, until the memory ends and is left behind.
class ActiveBatch {
 public:
  /// Keeps the newest `kept` samples; behind them come `samples` [D x n] with `log_densities` [n], −∞ outside the
  /// support.
  void slide(Eigen::Index kept, const Eigen::Ref<const Eigen::MatrixXd>& samples,
             const Eigen::Ref<const Eigen::VectorXd>& log_densities);

  Eigen::Index size() const { return log_densities_.size(); }
  /// [D x N]
  auto samples() const { return memory_.middleCols(first_, size()); }
  /// [N] log p̃(x)
  const Eigen::VectorXd& log_densities() const { return log_densities_; }

 private:
  Eigen::MatrixXd memory_;  // of which the samples fill the columns from first_ on
  Eigen::Index first_ = 0;
  Eigen::VectorXd log_densities_;
};

/// The positions n with a finite log density.
std::vector<Eigen::Index> inside_support(const Eigen::VectorXd& log_densities);

/// R_n = log p̃(x_n) − β log q(x_n) [N]; −∞ stands for the lowest finite log density, of which there is at least one.
Eigen::VectorXd log_ratios(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                           double temperature);

}  // namespace gmmvi::model
