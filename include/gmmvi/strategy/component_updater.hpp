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

/// Family 2: turns a natural gradient into a new Gaussian. All members move in the whitened coordinates L⁻¹(x − μ): the
/// new precision is L⁻ᵀ A L⁻¹ with A = I + aM + bM², M = LᵀĤL (design section 3, component update).
template <class Covariance>
class ComponentUpdater {
 public:
  virtual ~ComponentUpdater() = default;
  virtual ComponentStep<Covariance> update(const Gaussian<Covariance>& gaussian,
                                           const NaturalGradient<Covariance>& natural_gradient,
                                           const StepContext& context) const = 0;

  static std::unique_ptr<ComponentUpdater> make(const ComponentUpdaterOptions& options);
};

}  // namespace gmmvi::strategy
