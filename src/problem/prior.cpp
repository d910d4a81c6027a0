#include "problem/prior.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <string_view>
#include <utility>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/cauchy.hpp>
#include <boost/math/distributions/exponential.hpp>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/inverse_gamma.hpp>
#include <boost/math/distributions/laplace.hpp>
#include <boost/math/distributions/logistic.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/distributions/uniform.hpp>
#include <boost/math/distributions/weibull.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"

namespace gmmvi::problem {

/// A continuous distribution, not cut.
class Distribution {
 public:
  virtual ~Distribution() = default;
  /// log p(x) and its derivatives, for x within the support.
  virtual Real log_density(Real x) const = 0;
  virtual Real gradient(Real x) const = 0;
  virtual Real second_derivative(Real x) const = 0;
  /// The probabilities of what is below x, and above it: each to full relative precision.
  virtual Real below(Real x) const = 0;
  virtual Real above(Real x) const = 0;
  /// Where so much is below, and above.
  virtual Real with_below(Real probability) const = 0;
  virtual Real with_above(Real probability) const = 0;
};

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr Real log_pi = 1.144729885849400174143427351353058712L;
constexpr Real log_two = std::numbers::ln2_v<Real>;

// --------------------------------------------------------------------------------------------------- distributions

/// Distribution functions and quantiles of Boost. Log densities have formulas of their own, which stay finite where
/// the density itself is 0.
template <class Boost, class LogDensity, class Gradient, class SecondDerivative>
class BoostDistribution final : public Distribution {
 public:
  BoostDistribution(const Boost& boost, LogDensity log_density, Gradient gradient, SecondDerivative second_derivative)
      : boost_(boost),
        log_density_(std::move(log_density)),
        gradient_(std::move(gradient)),
        second_derivative_(std::move(second_derivative)) {}

  Real log_density(Real x) const override { return log_density_(x); }
  Real gradient(Real x) const override { return gradient_(x); }
  Real second_derivative(Real x) const override { return second_derivative_(x); }
  Real below(Real x) const override { return cdf(boost_, x); }
  Real above(Real x) const override { return cdf(complement(boost_, x)); }
  Real with_below(Real probability) const override { return quantile(boost_, probability); }
  Real with_above(Real probability) const override { return quantile(complement(boost_, probability)); }

 private:
  Boost boost_;
  LogDensity log_density_;
  Gradient gradient_;
  SecondDerivative second_derivative_;
};

/// Of a number whose logarithm has the distribution `inner`.
class ExponentialOf final : public Distribution {
 public:
  explicit ExponentialOf(std::shared_ptr<const Distribution> inner) : inner_(std::move(inner)) {}

  Real log_density(Real x) const override { return inner_->log_density(std::log(x)) - std::log(x); }
  Real gradient(Real x) const override { return (inner_->gradient(std::log(x)) - 1.0L) / x; }
  Real second_derivative(Real x) const override {
    return (inner_->second_derivative(std::log(x)) - inner_->gradient(std::log(x)) + 1.0L) / x / x;
  }
  Real below(Real x) const override { return inner_->below(std::log(x)); }
  Real above(Real x) const override { return inner_->above(std::log(x)); }
  Real with_below(Real probability) const override { return std::exp(inner_->with_below(probability)); }
  Real with_above(Real probability) const override { return std::exp(inner_->with_above(probability)); }

 private:
  std::shared_ptr<const Distribution> inner_;
};

/// Of location + scale · z, where z has the distribution `standard`.
class Scaled final : public Distribution {
 public:
  Scaled(std::shared_ptr<const Distribution> standard, Real location, Real scale)
      : standard_(std::move(standard)), location_(location), scale_(scale) {}

  Real log_density(Real x) const override { return standard_->log_density(z(x)) - std::log(scale_); }
  Real gradient(Real x) const override { return standard_->gradient(z(x)) / scale_; }
  Real second_derivative(Real x) const override { return standard_->second_derivative(z(x)) / scale_ / scale_; }
  Real below(Real x) const override { return standard_->below(z(x)); }
  Real above(Real x) const override { return standard_->above(z(x)); }
  Real with_below(Real probability) const override { return location_ + scale_ * standard_->with_below(probability); }
  Real with_above(Real probability) const override { return location_ + scale_ * standard_->with_above(probability); }

 private:
  Real z(Real x) const { return (x - location_) / scale_; }
  std::shared_ptr<const Distribution> standard_;
  Real location_, scale_;
};

/// A distribution and where it is supported.
struct Shape {
  std::shared_ptr<const Distribution> distribution;
  double lower = -infinite, upper = infinite;
};

template <class Boost, class LogDensity, class Gradient, class SecondDerivative>
std::shared_ptr<const Distribution> made(const Boost& boost, LogDensity log_density, Gradient gradient,
                                         SecondDerivative second_derivative) {
  return std::make_shared<BoostDistribution<Boost, LogDensity, Gradient, SecondDerivative>>(
      boost, std::move(log_density), std::move(gradient), std::move(second_derivative));
}

Real log_gamma(Real x) {
  return boost::math::lgamma(x, Quiet());
}

// ------------------------------------------------------------------------------------------------------- families

using Arguments = std::span<const double>;

std::shared_ptr<const Distribution> normal_distribution(Real mean, Real sd) {
  const Real constant = -std::log(sd) - 0.5L * (log_two + log_pi);
  return made(
      boost::math::normal_distribution<Real, Quiet>(mean, sd),
      [=](Real x) { return constant - 0.5L * ((x - mean) / sd) * ((x - mean) / sd); },
      [=](Real x) { return -(x - mean) / sd / sd; }, [=](Real) { return -1.0L / sd / sd; });
}

std::shared_ptr<const Distribution> uniform_distribution(Real a, Real b) {
  return made(
      boost::math::uniform_distribution<Real, Quiet>(a, b), [constant = -std::log(b - a)](Real) { return constant; },
      [](Real) { return 0.0L; }, [](Real) { return 0.0L; });
}

std::shared_ptr<const Distribution> cauchy_distribution(Real location, Real scale) {
  const Real constant = -std::log(scale) - log_pi;
  return made(
      boost::math::cauchy_distribution<Real, Quiet>(location, scale),
      [=](Real x) {
        const Real z = (x - location) / scale;
        return constant - std::log1p(z * z);
      },
      [=](Real x) {
        const Real z = (x - location) / scale;
        return -2.0L * z / (1.0L + z * z) / scale;
      },
      [=](Real x) {
        const Real z = (x - location) / scale, inverse = 1.0L / (1.0L + z * z);
        return -2.0L * (2.0L * inverse - 1.0L) * inverse / scale / scale;
      });
}

Shape normal(Arguments a) {
  return {normal_distribution(a[0], a[1])};
}

Shape lognormal(Arguments a) {
  return {std::make_shared<ExponentialOf>(normal_distribution(a[0], a[1])), 0.0};
}

Shape uniform(Arguments a) {
  return {uniform_distribution(a[0], a[1]), a[0], a[1]};
}

Shape loguniform(Arguments a) {
  return {std::make_shared<ExponentialOf>(uniform_distribution(std::log(Real(a[0])), std::log(Real(a[1])))), a[0],
          a[1]};
}

// Half of a distribution that is symmetric about 0 is that distribution, cut there.
Shape half_normal(Arguments a) {
  return {normal_distribution(0.0L, a[0]), 0.0};
}

Shape half_cauchy(Arguments a) {
  return {cauchy_distribution(0.0L, a[0]), 0.0};
}

Shape cauchy(Arguments a) {
  return {cauchy_distribution(a[0], a[1])};
}

Shape student_t(Arguments a) {
  const Real df = a[0];
  // Γ((ν+1)/2)/Γ(ν/2) as one function: the two alone are far apart from their ratio where ν is large.
  const Real constant =
      -std::log(boost::math::tgamma_delta_ratio(0.5L * df, 0.5L, Quiet())) - 0.5L * (std::log(df) + log_pi);
  const auto standard = made(
      boost::math::students_t_distribution<Real, Quiet>(df),
      [=](Real z) { return constant - 0.5L * (df + 1.0L) * std::log1p(z * z / df); },
      [=](Real z) { return -(df + 1.0L) * z / (df + z * z); },
      [=](Real z) { return -(df + 1.0L) * (2.0L * df / (df + z * z) - 1.0L) / (df + z * z); });
  return {std::make_shared<Scaled>(standard, a[1], a[2])};
}

Shape laplace(Arguments a) {
  const Real location = a[0], scale = a[1];
  return {made(
      boost::math::laplace_distribution<Real, Quiet>(location, scale),
      [=](Real x) { return -log_two - std::log(scale) - std::abs(x - location) / scale; },
      [=](Real x) { return x == location ? 0.0L : (x < location ? 1.0L : -1.0L) / scale; }, [](Real) { return 0.0L; })};
}

Shape logistic(Arguments a) {
  const Real location = a[0], scale = a[1];
  return {made(
      boost::math::logistic_distribution<Real, Quiet>(location, scale),
      [=](Real x) {
        const Real z = std::abs(x - location) / scale;
        return -z - 2.0L * std::log1p(std::exp(-z)) - std::log(scale);
      },
      [=](Real x) { return -std::tanh(0.5L * (x - location) / scale) / scale; },
      [=](Real x) {
        const Real cosh = std::cosh(0.5L * (x - location) / scale);
        return -0.5L / cosh / cosh / scale / scale;
      })};
}

Shape exponential(Arguments a) {
  const Real rate = a[0];
  return {
      made(
          boost::math::exponential_distribution<Real, Quiet>(rate), [=](Real x) { return std::log(rate) - rate * x; },
          [=](Real) { return -rate; }, [](Real) { return 0.0L; }),
      0.0};
}

Shape gamma(Arguments a) {
  const Real shape = a[0], rate = a[1], constant = -log_gamma(shape);
  return {made(
              boost::math::gamma_distribution<Real, Quiet>(shape, 1.0L / rate),
              [=](Real x) { return constant + shape * std::log(rate * x) - std::log(x) - rate * x; },
              [=](Real x) { return (shape - 1.0L) / x - rate; }, [=](Real x) { return -(shape - 1.0L) / x / x; }),
          0.0};
}

Shape inverse_gamma(Arguments a) {
  const Real shape = a[0], scale = a[1], constant = -log_gamma(shape);
  return {made(
              boost::math::inverse_gamma_distribution<Real, Quiet>(shape, scale),
              [=](Real x) { return constant + shape * std::log(scale / x) - std::log(x) - scale / x; },
              [=](Real x) { return (scale / x - shape - 1.0L) / x; },
              [=](Real x) { return (shape + 1.0L - 2.0L * scale / x) / x / x; }),
          0.0};
}

Shape beta(Arguments arguments) {
  const Real a = arguments[0], b = arguments[1], constant = log_gamma(a + b) - log_gamma(a) - log_gamma(b);
  return {made(
              boost::math::beta_distribution<Real, Quiet>(a, b),
              [=](Real x) { return constant + (a - 1.0L) * std::log(x) + (b - 1.0L) * std::log1p(-x); },
              [=](Real x) { return (a - 1.0L) / x - (b - 1.0L) / (1.0L - x); },
              [=](Real x) { return -(a - 1.0L) / x / x - (b - 1.0L) / (1.0L - x) / (1.0L - x); }),
          0.0, 1.0};
}

Shape weibull(Arguments a) {
  const Real shape = a[0], scale = a[1];
  return {made(
              boost::math::weibull_distribution<Real, Quiet>(shape, scale),
              [=](Real x) {
                return std::log(shape) + shape * std::log(x / scale) - std::log(x) - std::pow(x / scale, shape);
              },
              [=](Real x) { return (shape * (1.0L - std::pow(x / scale, shape)) - 1.0L) / x; },
              [=](Real x) { return -((shape - 1.0L) + shape * (shape - 1.0L) * std::pow(x / scale, shape)) / x / x; }),
          0.0};
}

constexpr std::array<std::pair<std::string_view, Shape (*)(Arguments)>, 15> makers = {{{"normal", normal},
                                                                                       {"lognormal", lognormal},
                                                                                       {"uniform", uniform},
                                                                                       {"loguniform", loguniform},
                                                                                       {"half_normal", half_normal},
                                                                                       {"half_cauchy", half_cauchy},
                                                                                       {"cauchy", cauchy},
                                                                                       {"student_t", student_t},
                                                                                       {"laplace", laplace},
                                                                                       {"logistic", logistic},
                                                                                       {"exponential", exponential},
                                                                                       {"gamma", gamma},
                                                                                       {"inverse_gamma", inverse_gamma},
                                                                                       {"beta", beta},
                                                                                       {"weibull", weibull}}};
static_assert(makers.size() + 1 == prior_families.size(), "all but flat");

// -------------------------------------------------------------------------------------------------------- options

[[noreturn]] void fail(const std::string& prior, const std::string& complaint) {
  throw Error(fmt::format("{}: {}", prior, complaint), ExitCode::configuration);
}

std::string text_of(const PriorOptions& options) {
  if (options.arguments.empty()) return options.family;
  return fmt::format("{}({})", options.family, fmt::join(options.arguments, ", "));
}

std::string text_of(double bound) {
  if (std::isinf(bound)) return bound < 0.0 ? "-∞" : "∞";
  return fmt::format("{}", bound);
}

const Family& family_of(const PriorOptions& options) {
  const auto family = std::ranges::find(prior_families, options.family, &Family::name);
  if (family == prior_families.end()) fail(text_of(options), "there is no prior of that name.");
  return *family;
}

// What single families ask for.
void check_family(const PriorOptions& options) {
  const std::vector<double>& arguments = options.arguments;
  const bool interval = options.family == "uniform" || options.family == "loguniform";
  if (interval && !(arguments[0] < arguments[1]))
    fail(text_of(options), "the first argument has to be less than the second.");
  constexpr double largest = 1e15;  // from there on its quantiles take seconds, then for ever
  if (options.family == "beta" && std::max(arguments[0], arguments[1]) > largest)
    fail(text_of(options), fmt::format("a and b have to be at most {:g}; beyond, it is a point to numbers.", largest));
}

void check_arguments(const PriorOptions& options) {
  const Family& family = family_of(options);
  if (options.arguments.size() != family.count)
    fail(text_of(options),
         fmt::format("this prior takes {} arguments, not {}.", family.count, options.arguments.size()));
  for (std::size_t i = 0; i < family.count; ++i) {
    const auto& [name, kind] = family.arguments[i];
    if (!std::isfinite(options.arguments[i]))
      fail(text_of(options), fmt::format("{} has to be a finite number.", name));
    if (kind == positive && options.arguments[i] <= 0.0)
      fail(text_of(options), fmt::format("{} has to be positive.", name));
  }
  check_family(options);
}

Shape shape_of(const PriorOptions& options, double lower, double upper) {
  check_arguments(options);
  if (const auto maker = std::ranges::find(makers, options.family, [](const auto& each) { return each.first; });
      maker != makers.end())
    return maker->second(options.arguments);
  const bool proper = std::isfinite(lower) && std::isfinite(upper);
  return {proper ? uniform_distribution(lower, upper) : nullptr, lower, upper};
}

Real below(const Distribution& distribution, double x) {
  return std::isinf(x) ? Real(x > 0.0) : distribution.below(x);
}

Real above(const Distribution& distribution, double x) {
  return std::isinf(x) ? Real(x < 0.0) : distribution.above(x);
}

/// Probability of (a, b), from the tails, so that it is not the difference of two numbers close to 1.
Real between(const Distribution& distribution, double a, double b) {
  const Real below_a = below(distribution, a), above_b = above(distribution, b);
  if (below_a > 0.5L) return above(distribution, a) - above_b;
  if (above_b > 0.5L) return below(distribution, b) - below_a;
  return 1.0L - below_a - above_b;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------- Prior

Prior::Prior(const PriorOptions& options, double lower, double upper)
    : text_(text_of(options)), lower_(lower), upper_(upper) {
  if (!(lower < upper))
    fail(text_, fmt::format("the lower bound {} has to be less than the upper bound {}.", lower, upper));
  const Shape shape = shape_of(options, lower, upper);
  const bool cut = lower > shape.lower || upper < shape.upper;
  if (cut || (options.family == "flat" && (std::isfinite(lower) || std::isfinite(upper))))
    text_ += fmt::format(" within ({}, {})", text_of(lower), text_of(upper));
  distribution_ = shape.distribution;
  lower_ = std::max(lower, shape.lower);
  upper_ = std::min(upper, shape.upper);
  if (distribution_) normalise();
}

void Prior::normalise() {
  const bool has_numbers = std::nextafter(lower_, upper_) < upper_;
  mass_ = has_numbers ? between(*distribution_, lower_, upper_) : 0.0L;
  if (!(mass_ >= std::numeric_limits<Real>::min()))
    fail(text_, "nothing of this prior lies between the bounds. Choose another prior, or other bounds.");
  below_ = below(*distribution_, lower_);
  above_ = above(*distribution_, upper_);
  log_mass_ = std::log(mass_);
}

double Prior::log_density(double x) const {
  if (!contains(x)) return -infinite;
  return is_flat() ? 0.0 : static_cast<double>(distribution_->log_density(x) - log_mass_);
}

double Prior::gradient(double x) const {
  GMMVI_EXPECT(contains(x), "within the support");
  return is_flat() ? 0.0 : static_cast<double>(distribution_->gradient(x));
}

double Prior::second_derivative(double x) const {
  GMMVI_EXPECT(contains(x), "within the support");
  return is_flat() ? 0.0 : static_cast<double>(distribution_->second_derivative(x));
}

double Prior::distribution(double x) const {
  GMMVI_EXPECT(!is_flat(), "proper");
  if (x <= lower_) return 0.0;
  if (x >= upper_) return 1.0;
  return static_cast<double>(std::min(1.0L, between(*distribution_, lower_, x) / mass_));
}

double Prior::quantile(double p) const {
  GMMVI_EXPECT(!is_flat() && p > 0.0 && p < 1.0, "a probability of a proper prior");
  const Real below = below_ + p * mass_;
  const Real x =
      below < 0.5L ? distribution_->with_below(below) : distribution_->with_above(above_ + (1.0L - p) * mass_);
  // What lies closer to an end than numbers do, and what no double can hold.
  return std::clamp(static_cast<double>(x), std::nextafter(lower_, upper_), std::nextafter(upper_, lower_));
}

Prior prior_of(const ParameterOptions& parameter) {
  const bool bounded = std::isfinite(parameter.lower) && std::isfinite(parameter.upper);
  try {
    if (parameter.prior) return {*parameter.prior, parameter.lower, parameter.upper};
    // `flat` refuses bounds in the wrong order in words of its own.
    const bool uniform = bounded && parameter.lower < parameter.upper;
    return {uniform ? PriorOptions{"uniform", {parameter.lower, parameter.upper}} : PriorOptions{"flat"},
            parameter.lower, parameter.upper};
  } catch (const Error& error) {
    throw Error(fmt::format("The prior of {}: {}", parameter.name, error.what()), error.code());
  }
}

}  // namespace gmmvi::problem
