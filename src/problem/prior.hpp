#pragma once

#include <memory>
#include <string>

#include "problem/options.hpp"
#include "problem/quiet_boost.hpp"

namespace gmmvi::problem {

class Distribution;

/// The prior of one parameter: a density that is continuous and normalised within its bounds.
class Prior {
 public:
  /// The bounds may be infinite. Throws Error (configuration) where an argument is out of range, and where the bounds
  /// leave nothing of the distribution.
  Prior(const PriorOptions& options, double lower, double upper);

  /// The open interval that the prior is supported on: where the distribution is, cut by the bounds.
  double lower() const { return lower_; }
  double upper() const { return upper_; }
  /// Whether it is improper: `flat` without bounds on both sides. Its density is 1, so that the evidence is known up to
  /// a constant only, and it has no distribution function.
  bool is_flat() const { return !distribution_; }

  /// log p(x); −∞ outside of the support.
  double log_density(double x) const;
  /// d log p(x) / dx, within the support.
  double gradient(double x) const;
  /// d² log p(x) / dx², within the support; 0 at a kink.
  double second_derivative(double x) const;
  /// The probability of what is below x. Not of an improper one.
  double distribution(double x) const;
  /// Where distribution() is p, for p in (0, 1); within the support, however close to an end. Not of an improper one.
  double quantile(double p) const;

  /// "normal(0, 1) within (0.1, 10)".
  const std::string& describe() const { return text_; }

 private:
  bool contains(double x) const { return x > lower_ && x < upper_; }
  void normalise();

  std::string text_;
  std::shared_ptr<const Distribution> distribution_;  // none where it is improper
  double lower_, upper_;
  Real below_ = 0.0L, mass_ = 1.0L, above_ = 0.0L;  // of the distribution, below the bounds, within, and above
  Real log_mass_ = 0.0L;
};

/// What a parameter says of itself: without a prior it is uniform within finite bounds, else flat. Errors name the
/// parameter.
Prior prior_of(const ParameterOptions& parameter);

}  // namespace gmmvi::problem
