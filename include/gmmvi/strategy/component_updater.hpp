#pragma once

#include <limits>
#include <memory>
#include <optional>

#include "gmmvi/gaussian.hpp"
#include "gmmvi/options.hpp"
#include "gmmvi/strategy/natural_gradient.hpp"

namespace gmmvi::strategy {

/// What became of a component's step.
template <class Covariance>
struct ComponentStep {
  std::optional<Gaussian<Covariance>> gaussian;           ///< none: refused (not positive definite, or not finite)
  double eta = std::numeric_limits<double>::quiet_NaN();  ///< the trust region's multiplier, where there is one
};

struct StepContext {
  double stepsize;
  double temperature;  ///< β
  bool first_update;   ///< the component's first
};

/// The family of component updaters: turns a natural gradient ĝ, Ĥ into a new Gaussian. All of them move in the
/// whitened coordinates L⁻¹(x − μ), where the Hessian is M = LᵀĤL and the new precision is L⁻ᵀ A L⁻¹ with A = I + aM +
/// bM². With the stepsize ε: a = ε, b = 0 (direct); a = ε, b = ε²/2 (iBLR); a = 1/η, b = 0 (trust region), with the
/// smallest η for which the KL divergence from the old Gaussian is at most ε, but no smaller than β times the damping.
template <class Covariance>
class ComponentUpdater {
 public:
  virtual ~ComponentUpdater() = default;
  virtual ComponentStep<Covariance> update(const Gaussian<Covariance>& gaussian,
                                           const NaturalGradient<Covariance>& natural_gradient,
                                           const StepContext& context) const = 0;
  /// Whether the stepsize bounds the KL divergence of a step, so that it may be as large as the samples allow.
  virtual bool stepsize_bounds_divergence() const { return false; }

  static std::unique_ptr<ComponentUpdater> make(const ComponentUpdaterOptions& options);
};

}  // namespace gmmvi::strategy
