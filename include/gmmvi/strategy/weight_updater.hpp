#pragma once

#include <limits>
#include <memory>

#include "gmmvi/eigen.hpp"
#include "gmmvi/options.hpp"

namespace gmmvi::strategy {

struct WeightStep {
  Eigen::VectorXd log_weights;                            ///< [K], normalised
  double eta = std::numeric_limits<double>::quiet_NaN();  ///< the trust region's multiplier, where there is one
};

/// The family of weight updaters: moves the weights along the components' expected log ratios.
class WeightUpdater {
 public:
  virtual ~WeightUpdater() = default;
  virtual bool use_self_normalized_importance_weights() const = 0;
  /// `log_weights` [K] normalised, `expected_log_ratios` [K] E. The weights stay as they are where E is not finite, or
  /// the stepsize is 0.
  virtual WeightStep update(const Eigen::VectorXd& log_weights, const Eigen::VectorXd& expected_log_ratios,
                            double stepsize, double temperature) const = 0;

  static std::unique_ptr<WeightUpdater> make(const WeightUpdaterOptions& options);
};

}  // namespace gmmvi::strategy
