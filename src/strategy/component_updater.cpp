#include "gmmvi/strategy/component_updater.hpp"

#include <algorithm>

#include "core/overloaded.hpp"
#include "math/smallest_within.hpp"
#include "math/whitened_spectrum.hpp"

namespace gmmvi::strategy {
namespace {

template <class Covariance>
bool is_finite(const NaturalGradient<Covariance>& natural_gradient) {
  return natural_gradient.whitened_gradient.allFinite() && natural_gradient.whitened_hessian.allFinite();
}

// The Gaussian with the given covariance, if there is one and the mean is finite.
template <class Covariance>
std::optional<Gaussian<Covariance>> gaussian_at(Eigen::VectorXd mean, std::optional<Covariance> covariance) {
  if (!covariance || !mean.allFinite()) return std::nullopt;
  return Gaussian<Covariance>(std::move(mean), *std::move(covariance));
}

// P' = P + aĤ and P'μ' = Pμ + a(Ĥμ − ĝ), so μ' = μ − aΣ'ĝ.
template <class Covariance>
std::optional<Gaussian<Covariance>> linear_step(const Gaussian<Covariance>& gaussian,
                                                const NaturalGradient<Covariance>& natural_gradient, double a) {
  const Covariance& old = gaussian.covariance();
  auto covariance = old.with_whitened_precision(Covariance::identity_plus(a, natural_gradient.whitened_hessian));
  if (!covariance) return std::nullopt;
  Eigen::VectorXd mean =
      gaussian.mean() - a * covariance->times(old.unwhiten_gradient(natural_gradient.whitened_gradient));
  return gaussian_at(std::move(mean), std::move(covariance));
}

template <class Covariance>
class DirectUpdater final : public ComponentUpdater<Covariance> {
 public:
  ComponentStep<Covariance> update(const Gaussian<Covariance>& gaussian,
                                   const NaturalGradient<Covariance>& natural_gradient,
                                   const StepContext& context) const override {
    if (!is_finite(natural_gradient)) return {};
    return {linear_step(gaussian, natural_gradient, context.stepsize)};
  }
};

template <class Covariance>
class IblrUpdater final : public ComponentUpdater<Covariance> {
 public:
  ComponentStep<Covariance> update(const Gaussian<Covariance>& gaussian,
                                   const NaturalGradient<Covariance>& natural_gradient,
                                   const StepContext& context) const override {
    if (!is_finite(natural_gradient)) return {};
    const auto& covariance = gaussian.covariance();
    const double stepsize = context.stepsize;
    const double mean_stepsize = context.first_update ? 0.0 : stepsize;
    return {
        gaussian_at<Covariance>(gaussian.mean() - mean_stepsize * covariance.color(natural_gradient.whitened_gradient),
                                covariance.with_whitened_precision(Covariance::identity_plus(
                                    stepsize, natural_gradient.whitened_hessian, 0.5 * stepsize * stepsize)))};
  }
};

template <class Covariance>
class TrustRegionUpdater final : public ComponentUpdater<Covariance> {
 public:
  explicit TrustRegionUpdater(const TrustRegionUpdateOptions& options) : options_(options) {}
  bool stepsize_bounds_divergence() const override { return true; }
  ComponentStep<Covariance> update(const Gaussian<Covariance>& gaussian,
                                   const NaturalGradient<Covariance>& natural_gradient,
                                   const StepContext& context) const override {
    if (context.stepsize == 0.0) return {gaussian};
    if (!is_finite(natural_gradient)) return {};
    const math::WhitenedSpectrum spectrum(natural_gradient.whitened_hessian, natural_gradient.whitened_gradient);
    const auto eta =
        math::smallest_within([&](double trial) { return spectrum.kl(trial); },
                              std::max(std::max(options_.damping, natural_gradient.damping) * context.temperature,
                                       -spectrum.smallest_eigenvalue()),
                              context.stepsize);
    if (!eta) return {};
    return {linear_step(gaussian, natural_gradient, 1.0 / *eta), *eta};
  }

 private:
  TrustRegionUpdateOptions options_;
};

}  // namespace

template <class Covariance>
std::unique_ptr<ComponentUpdater<Covariance>> ComponentUpdater<Covariance>::make(
    const ComponentUpdaterOptions& options) {
  using Made = std::unique_ptr<ComponentUpdater<Covariance>>;
  return std::visit(
      core::Overloaded{
          [](const TrustRegionUpdateOptions& o) -> Made { return std::make_unique<TrustRegionUpdater<Covariance>>(o); },
          [](const IblrUpdateOptions&) -> Made { return std::make_unique<IblrUpdater<Covariance>>(); },
          [](const DirectUpdateOptions&) -> Made { return std::make_unique<DirectUpdater<Covariance>>(); },
      },
      options);
}

template class ComponentUpdater<FullCovariance>;
template class ComponentUpdater<DiagonalCovariance>;

}  // namespace gmmvi::strategy
