#include "problem/prior.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "support/golden.hpp"

namespace gmmvi::problem {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Case {
  PriorOptions options;
  double lower = -infinity, upper = infinity;

  Prior prior() const { return {options, lower, upper}; }
};

double bound(const nlohmann::json& value, double absent) {
  return value.is_null() ? absent : value.get<double>();
}

Case case_of(const nlohmann::json& golden) {
  return {{golden.at("prior"), golden.at("arguments")},
          bound(golden.at("lower"), -infinity),
          bound(golden.at("upper"), infinity)};
}

std::vector<Case> cases() {
  std::vector<Case> all;
  const nlohmann::json file = test::golden("priors");
  for (const auto& each : file.at("cases")) all.push_back(case_of(each));
  return all;
}

/// By how much a probability may be off: nearly nothing, but for what is lost where a cut leaves little of a
/// distribution.
double tolerance(const Case& each, double probability) {
  const bool cut = std::isfinite(each.lower) || std::isfinite(each.upper);
  return 1e-12 * probability + (cut ? 1e-15 : 1e-19);
}

std::string message_of(const Case& wrong) {
  try {
    static_cast<void>(wrong.prior());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::configuration);
    return error.what();
  }
  ADD_FAILURE() << wrong.options.family << " is no error";
  return {};
}

TEST(Prior, IsWhatMpmathSays) {
  const nlohmann::json file = test::golden("priors");
  for (const auto& golden : file.at("cases")) {
    const Case each = case_of(golden);
    const Prior prior = each.prior();
    for (const auto& point : golden.at("points")) {
      const double x = point.at("x"), gradient = point.at("gradient"), probability = point.at("distribution");
      SCOPED_TRACE(fmt::format("{} at {:.17g}", prior.describe(), x));
      test::expect_near_relative(prior.log_density(x), point.at("log_density"), 1e-13);
      EXPECT_NEAR(prior.gradient(x), gradient, 1e-13 * std::abs(gradient) + 1e-16);
      EXPECT_NEAR(prior.distribution(x), probability, tolerance(each, probability));
    }
    for (const auto& quantile : golden.at("quantiles")) {
      const double p = quantile.at("p"), x = quantile.at("x");
      SCOPED_TRACE(fmt::format("{}, quantile of {}", prior.describe(), p));
      EXPECT_NEAR(prior.quantile(p), x, 1e-14 * std::abs(x) + tolerance(each, p) * std::exp(-prior.log_density(x)));
    }
  }
}

TEST(Prior, IsPreciseFarOut) {
  const Prior normal = Case{{"normal", {0, 1}}}.prior();
  const double p = 0.5 * std::erfc(37.0 / std::sqrt(2.0));  // 10⁻³⁰⁰
  EXPECT_NEAR(normal.distribution(-37.0) / p, 1.0, 1e-12);
  EXPECT_NEAR(normal.quantile(p), -37.0, 1e-13);
  const Prior cauchy = Case{{"cauchy", {0, 1}}}.prior();
  EXPECT_NEAR(cauchy.distribution(-1e200) * M_PI * 1e200, 1.0, 1e-14);
  EXPECT_NEAR(cauchy.quantile(1e-200) * M_PI / 1e200, -1.0, 1e-14);
  const Prior exponential = Case{{"exponential", {2}}}.prior();
  EXPECT_NEAR(exponential.quantile(1e-200) / 0.5e-200, 1.0, 1e-14);
}

TEST(Prior, HasAllFamiliesAmongThoseCases) {
  for (const Family& family : prior_families) {
    const auto all = cases();
    const bool is_there =
        std::ranges::any_of(all, [&](const Case& each) { return each.options.family == family.name; });
    EXPECT_EQ(is_there, family.name != "flat") << family.name;
  }
}

/// Of the density from a to b, over log |x| where that spans decades.
double integral(const Prior& prior, double a, double b) {
  using Quadrature = boost::math::quadrature::gauss_kronrod<double, 61>;
  const auto density = [&](double x) { return std::exp(prior.log_density(x)); };
  const double sign = a < 0.0 ? -1.0 : 1.0, near = std::min(sign * a, sign * b), far = std::max(sign * a, sign * b);
  if (near <= 0.0 || far < 2.0 * near) return Quadrature::integrate(density, a, b, 10, 1e-10);
  return Quadrature::integrate([&](double log_x) { return density(sign * std::exp(log_x)) * std::exp(log_x); },
                               std::log(near), std::log(far), 10, 1e-10);
}

TEST(Prior, HasTheIntegralOne) {
  for (const Case& each : cases()) {
    const Prior prior = each.prior();
    double sum = 0.0, previous = prior.quantile(1e-9);
    for (const double p : {1e-6, 1e-3, 0.05, 0.2, 0.5, 0.8, 0.95, 0.999, 1.0 - 1e-6, 1.0 - 1e-9}) {
      const double next = prior.quantile(p);
      sum += integral(prior, previous, next);
      previous = next;
    }
    EXPECT_NEAR(sum, 1.0, 1e-7) << prior.describe();
  }
}

TEST(Prior, HasQuantilesThatUndoItsDistributionFunction) {
  for (const Case& each : cases()) {
    const Prior prior = each.prior();
    for (const double p : {1e-9, 0.01, 0.4, 0.6, 0.99}) {
      const double x = prior.quantile(p);
      EXPECT_LT(x, prior.quantile(p + 1e-3));
      // x has been rounded: that changes p by as much as the density says.
      const double rounding = std::exp(prior.log_density(x)) * std::abs(x) * 4e-16;
      EXPECT_NEAR(prior.distribution(x), p, tolerance(each, p) + rounding) << prior.describe();
    }
  }
}

TEST(Prior, HasGradientsOfItsLogDensity) {
  for (const Case& each : cases()) {
    const Prior prior = each.prior();
    for (const double p : {0.1, 0.3, 0.8}) {
      const double x = prior.quantile(p), spread = prior.quantile(p + 0.05) - prior.quantile(p - 0.05);
      const double h = 1e-4 * std::min({spread, x - prior.lower(), prior.upper() - x});
      const double difference = (prior.log_density(x + h) - prior.log_density(x - h)) / (2.0 * h);
      EXPECT_NEAR(prior.gradient(x) * h, difference * h, 1e-7 * std::abs(difference * h) + 1e-12) << prior.describe();
    }
  }
}

TEST(Prior, IsNothingOutsideOfItsBounds) {
  for (const Case& each : cases()) {
    const Prior prior = each.prior();
    for (const double x : {prior.lower(), prior.upper(), std::nextafter(prior.lower(), -infinity),
                           std::nextafter(prior.upper(), infinity), std::numeric_limits<double>::quiet_NaN()}) {
      EXPECT_EQ(prior.log_density(x), -infinity) << prior.describe() << " at " << x;
    }
    EXPECT_EQ(prior.distribution(prior.lower()), 0.0);
    EXPECT_EQ(prior.distribution(prior.upper()), 1.0);
    for (const double p : {std::numeric_limits<double>::min(), std::nextafter(1.0, 0.0)}) {
      EXPECT_GT(prior.quantile(p), prior.lower()) << prior.describe();
      EXPECT_LT(prior.quantile(p), prior.upper()) << prior.describe();
    }
  }
}

TEST(Prior, IsSupportedWhereItsFamilyAndItsBoundsAre) {
  const auto expect = [](const Case& each, double lower, double upper) {
    EXPECT_EQ(each.prior().lower(), lower) << each.options.family;
    EXPECT_EQ(each.prior().upper(), upper) << each.options.family;
  };
  expect({{"normal", {0, 1}}}, -infinity, infinity);
  expect({{"gamma", {2, 1}}}, 0.0, infinity);
  expect({{"half_normal", {2}}, -1.0, 5.0}, 0.0, 5.0);
  expect({{"beta", {2, 2}}, 0.5}, 0.5, 1.0);
  expect({{"loguniform", {0.5, 4}}, 1.0, 9.0}, 1.0, 4.0);
  expect({{"flat"}, 3.0}, 3.0, infinity);
}

TEST(Prior, IsFiniteFarOut) {
  EXPECT_DOUBLE_EQ((Case{{"normal", {0, 1}}}.prior().log_density(1e6)), -0.5e12 - 0.5 * std::log(2.0 * M_PI));
  EXPECT_DOUBLE_EQ((Case{{"gamma", {2, 1}}}.prior().log_density(1e12)), std::log(1e12) - 1e12);
  EXPECT_TRUE(std::isfinite((Case{{"cauchy", {0, 1}}}.prior().log_density(1e300))));
  EXPECT_TRUE(std::isfinite((Case{{"student_t", {3, 0, 1}}}.prior().gradient(-1e300))));
  EXPECT_DOUBLE_EQ((Case{{"logistic", {0, 1}}}.prior().log_density(-1e5)), -1e5);
  const Prior tail = Case{{"normal", {0, 1}}, 100.0}.prior();
  EXPECT_NEAR(tail.quantile(0.5) - 100.0, std::log(2.0) / 100.0, 1e-5);  // as an exponential one of rate 100
}

TEST(Prior, TakesAnyArgumentsThatAreLegal) {
  for (const Family& family : prior_families) {
    if (family.count == 0) continue;
    for (const double size : {1e-300, 1e-30, 1e-4, 1.0, 1e8, 1e30, 1e300}) {
      std::vector<double> arguments(family.count, size);
      if (family.name == "beta" && size > 1e15) continue;
      if (family.name == "uniform" || family.name == "loguniform") arguments[1] = 2.0 * size;
      const Prior prior = Case{{std::string(family.name), arguments}}.prior();
      for (const double p : {1e-300, 1e-9, 0.2, 0.5, 0.9, 1.0 - 1e-16}) {
        const double x = prior.quantile(p);
        EXPECT_TRUE(x > prior.lower() && x < prior.upper()) << prior.describe() << " has the quantile " << x;
        EXPECT_FALSE(std::isnan(prior.log_density(x))) << prior.describe() << " at " << x;
        EXPECT_FALSE(std::isnan(prior.gradient(x))) << prior.describe() << " at " << x;
        EXPECT_TRUE(prior.distribution(x) >= 0.0 && prior.distribution(x) <= 1.0) << prior.describe() << " at " << x;
      }
    }
  }
}

TEST(Prior, MayBeImproper) {
  for (const Case& each : {Case{{"flat"}}, Case{{"flat"}, 0.0}, Case{{"flat"}, -infinity, 2.0}}) {
    const Prior prior = each.prior();
    EXPECT_TRUE(prior.is_flat());
    EXPECT_EQ(prior.log_density(1.0), 0.0);
    EXPECT_EQ(prior.gradient(1.0), 0.0);
    EXPECT_EQ(prior.log_density(each.lower), -infinity);
  }
  const Prior bounded = Case{{"flat"}, -1.0, 3.0}.prior();
  EXPECT_FALSE(bounded.is_flat());
  EXPECT_DOUBLE_EQ(bounded.log_density(0.0), -std::log(4.0));
  EXPECT_DOUBLE_EQ(bounded.quantile(0.25), 0.0);
}

TEST(Prior, IsUniformOrFlatWhereAParameterHasNone) {
  EXPECT_EQ(prior_of({.name = "a", .lower = -1.0, .upper = 3.0}).describe(), "uniform(-1, 3)");
  EXPECT_EQ(prior_of({.name = "a"}).describe(), "flat");
  EXPECT_EQ(prior_of({.name = "a", .lower = 0.0}).describe(), "flat within (0, ∞)");
  const PriorOptions normal{"normal", {0.0, 1.0}};
  EXPECT_EQ(prior_of({.name = "a", .prior = normal}).describe(), "normal(0, 1)");
  EXPECT_EQ(prior_of({.name = "a", .prior = normal, .lower = 0.1, .upper = 10.0}).describe(),
            "normal(0, 1) within (0.1, 10)");
  EXPECT_EQ(prior_of({.name = "a", .prior = PriorOptions{"half_normal", {0.2}}, .lower = -1.0}).describe(),
            "half_normal(0.2)");
  try {
    static_cast<void>(prior_of({.name = "sigma", .lower = 3.0, .upper = 1.0}));
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "The prior of sigma: flat: the lower bound 3 has to be less than the upper bound 1.");
  }
}

TEST(Prior, RefusesArgumentsThatMakeNoDensity) {
  for (const Family& family : prior_families) {
    for (std::size_t i = 0; i < family.count; ++i) {
      std::vector<double> arguments(family.count, 1.0);
      if (family.count == 2) arguments[1] = 2.0;
      for (const double wrong : {infinity, std::numeric_limits<double>::quiet_NaN(), -1.0, 0.0}) {
        arguments[i] = wrong;
        if (std::isfinite(wrong) && family.arguments[i].kind != positive) continue;
        EXPECT_NE(message_of({{std::string(family.name), arguments}}).find(family.arguments[i].name),
                  std::string::npos);
      }
    }
  }
  EXPECT_EQ(message_of({{"uniform", {2, 2}}}), "uniform(2, 2): the first argument has to be less than the second.");
  EXPECT_EQ(message_of({{"loguniform", {2, 1}}}),
            "loguniform(2, 1): the first argument has to be less than the second.");
  EXPECT_EQ(message_of({{"beta", {1, 2e15}}}),
            "beta(1, 2000000000000000): a and b have to be at most 1e+15; beyond, it is a point to numbers.");
  EXPECT_EQ(message_of({{"normal", {2}}}), "normal(2): this prior takes 2 arguments, not 1.");
  EXPECT_EQ(message_of({{"norm", {2, 1}}}), "norm(2, 1): there is no prior of that name.");
}

TEST(Prior, RefusesBoundsThatLeaveNothing) {
  const std::string nothing = ": nothing of this prior lies between the bounds. Choose another prior, or other bounds.";
  EXPECT_EQ(message_of({{"beta", {2, 2}}, 1.5, 3.0}), "beta(2, 2) within (1.5, 3)" + nothing);
  EXPECT_EQ(message_of({{"gamma", {2, 2}}, -3.0, 0.0}), "gamma(2, 2) within (-3, 0)" + nothing);
  EXPECT_EQ(message_of({{"normal", {0, 1}}, 1e4}), "normal(0, 1) within (10000, ∞)" + nothing);
  EXPECT_EQ(message_of({{"uniform", {0, 1}}, 0.5, std::nextafter(0.5, 1.0)}),
            fmt::format("uniform(0, 1) within (0.5, {}){}", std::nextafter(0.5, 1.0), nothing));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(message_of({{"flat"}, nan, 1.0}).find("has to be less"), std::string::npos);
}

TEST(Prior, HasTheSecondDerivativeOfItsGradient) {
  for (const Case& each : cases()) {
    const Prior prior = each.prior();
    for (const double p : {0.03, 0.2, 0.5, 0.9, 0.99}) {
      const double x = prior.quantile(p), step = 1e-5 * (prior.quantile(p + 1e-3) - prior.quantile(p - 1e-3)) * 1e2;
      if (each.options.family == "laplace" && std::abs(x - each.options.arguments[0]) <= step) continue;  // its kink
      const double difference = (prior.gradient(x + step) - prior.gradient(x - step)) / (2.0 * step);
      const double size = std::abs(prior.gradient(x)) / step;  // of what rounding is a part of
      EXPECT_NEAR(prior.second_derivative(x), difference, 1e-4 * std::abs(difference) + 1e-15 * size)
          << prior.describe() << " at " << x;
    }
  }
}

}  // namespace
}  // namespace gmmvi::problem
