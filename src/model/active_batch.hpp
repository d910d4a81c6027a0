#pragma once

#include <limits>
#include <vector>

#include <Eigen/Core>

namespace gmmvi::model {

/// The samples that an iteration works with, in canonical order, with what the target said of them. From one iteration
/// to the next they slide: samples that are used again stay where they are, until the memory ends and is left behind.
class ActiveBatch {
 public:
  /// Keeps the newest `kept` samples; behind them come `samples` [D x n] with `log_densities` [n], −∞ outside the
  /// support, and what predicts the log density by way of outputs [m x n], always of the same m.
  void slide(Eigen::Index kept, const Eigen::Ref<const Eigen::MatrixXd>& samples,
             const Eigen::Ref<const Eigen::VectorXd>& log_densities,
             const Eigen::Ref<const Eigen::MatrixXd>& predictors = Eigen::MatrixXd());

  Eigen::Index size() const { return log_densities_.size(); }
  /// [D x N]
  auto samples() const { return memory_.middleCols(first_, size()); }
  /// [m x N]; m = 0 where there are none.
  auto predictors() const {
    const bool any = predictors_.cols() > 0;
    return predictors_.middleCols(any ? first_ : 0, any ? size() : 0);
  }
  /// [N] log p̃(x)
  const Eigen::VectorXd& log_densities() const { return log_densities_; }

 private:
  Eigen::MatrixXd memory_;      // of which the samples fill the columns from first_ on
  Eigen::MatrixXd predictors_;  // in the same columns, or empty
  Eigen::Index first_ = 0;
  Eigen::VectorXd log_densities_;
};

/// About −2⁵³: of log densities below it the next double is more than a nat away.
constexpr double says_nothing = -9e15;

/// The positions n of the samples inside the support. Outside are log densities of −∞, and what stands for it: values
/// of `nothing` or less, and a floor: the lowest value, if several samples have it and it is far below the greatest, or
/// all have it and it is −1e5 or less.
std::vector<Eigen::Index> inside_support(const Eigen::VectorXd& log_densities,
                                         double nothing = -std::numeric_limits<double>::infinity());

/// R_n = log p̃(x_n) − β log q(x_n) [N]; outside the support the lowest log density inside, of which there is at least
/// one, stands for log p̃.
Eigen::VectorXd log_ratios(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                           double temperature, const std::vector<Eigen::Index>& inside);

/// The same, but outside the support `jump` less than the lowest R inside: bounded, so that it is no gain for a mixture
/// to become wide there.
Eigen::VectorXd bounded_log_ratios(const Eigen::VectorXd& target_log_densities,
                                   const Eigen::VectorXd& model_log_densities, double temperature,
                                   const std::vector<Eigen::Index>& inside, double jump);

}  // namespace gmmvi::model
