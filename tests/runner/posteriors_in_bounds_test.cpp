// Fits in the solver's space against quadrature, of parameters with and without bounds: the evidence is that of either
// space, a posterior at a bound is found, and no draw is on one.

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/math/quadrature/tanh_sinh.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gmmvi/gmmvi.hpp"

#include "io/draws_file.hpp"
#include "problem/parameters.hpp"
#include "runner/draws.hpp"
#include "runner/summary.hpp"

namespace gmmvi::runner {
namespace {

using problem::ParameterOptions;
using problem::ParametersOptions;
using problem::PriorOptions;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A log likelihood −½ uᵀ P u + bᵀ u of the scaled u = (x − centre) / size.
struct Likelihood {
  Eigen::VectorXd centre, size;
  Eigen::MatrixXd precision;  // P
  Eigen::VectorXd slope;      // b

  Eigen::VectorXd scaled(const Eigen::VectorXd& x) const { return (x - centre).cwiseQuotient(size); }
  double log(const Eigen::VectorXd& x) const {
    const Eigen::VectorXd u = scaled(x);
    return -0.5 * u.dot(precision * u) + slope.dot(u);
  }
  Eigen::VectorXd gradient(const Eigen::VectorXd& x) const {
    return (slope - precision * scaled(x)).cwiseQuotient(size);
  }
};

/// Priors times such a likelihood, of x.
class Posterior final : public Target {
 public:
  Posterior(const ParametersOptions& parameters, Likelihood likelihood)
      : priors_(parameters), likelihood_(std::move(likelihood)) {}
  Eigen::Index dimension() const override { return priors_.dimension(); }
  bool has_gradients() const override { return true; }
  bool cheap() const override { return true; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>,
                      bool gradients) override {
    Evaluation evaluation = Evaluation::of_size(dimension(), samples.cols(), gradients);
    for (Eigen::Index n = 0; n < samples.cols(); ++n) {
      const Eigen::VectorXd x = samples.col(n);
      evaluation.log_densities[n] = log_density(x);
      if (gradients) evaluation.gradients.col(n) = priors_.gradient(x) + likelihood_.gradient(x);
    }
    return evaluation;
  }
  double log_density(const Eigen::VectorXd& x) const { return priors_.log_density(x) + likelihood_.log(x); }

 private:
  problem::Priors priors_;
  Likelihood likelihood_;
};

/// Cuts of each parameter's range, so that quadrature overlooks nothing.
using Places = std::vector<std::vector<double>>;
using Function = std::function<double(const Eigen::VectorXd&)>;

/// Over x[d] and all later ones, one quadrature within the other.
double integral(const Function& function, const Places& places, Eigen::VectorXd& x, Eigen::Index d) {
  boost::math::quadrature::tanh_sinh<double> quadrature(8);
  const auto inner = [&](double value) {
    x[d] = value;
    return d + 1 < x.size() ? integral(function, places, x, d + 1) : function(x);
  };
  const std::vector<double>& cuts = places[static_cast<std::size_t>(d)];
  double sum = 0.0;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) sum += quadrature.integrate(inner, cuts[i], cuts[i + 1], 1e-7);
  return sum;
}

double integral(const Function& function, const Places& places) {
  Eigen::VectorXd x(static_cast<Eigen::Index>(places.size()));
  return integral(function, places, x, 0);
}

/// A density, but where it diverges at the doubles next to a bound: there quadrature needs no value.
double density(double log_density) {
  return std::isfinite(log_density) ? std::exp(log_density) : 0.0;
}

constexpr double kink = 1.0;  // where the Laplace priors have one

struct Problem {
  ParametersOptions parameters;
  Likelihood likelihood;

  Posterior posterior() const { return {parameters, likelihood}; }
  std::unique_ptr<Target> in_solver_space() const {
    return problem::in_solver_space(std::make_unique<Posterior>(posterior()), parameters);
  }
  Places places_of_x() const {
    Places places;
    for (std::size_t d = 0; d < parameters.size(); ++d) {
      const problem::Prior prior = prior_of(parameters[d]);
      const auto index = static_cast<Eigen::Index>(d);
      std::set<double> cuts = {prior.lower(), prior.upper()};
      std::vector<double> inside = {kink};
      for (const double u : {-8.0, -2.0, 0.0, 2.0, 8.0})
        inside.push_back(likelihood.centre[index] + u * likelihood.size[index]);
      for (const double x : inside)
        if (x > prior.lower() && x < prior.upper()) cuts.insert(x);
      places.emplace_back(cuts.begin(), cuts.end());
    }
    return places;
  }
  Places places_of_z() const {
    const Transforms transforms = problem::transforms_of(parameters);
    Places places;
    for (const Transform& transform : transforms.by_parameter()) {
      std::set<double> cuts = {-infinity, -4.0, 0.0, 4.0, infinity, transform.to_solver(kink)};
      places.emplace_back(cuts.begin(), cuts.end());
    }
    return places;
  }
  std::string name() const {
    std::string text;
    for (const ParameterOptions& parameter : parameters) text += prior_of(parameter).describe() + "; ";
    return text;
  }
};

/// One parameter, whose likelihood has a middle and a size that the prior would not have had.
struct Part {
  ParameterOptions parameter;
  double centre, size;
};

ParameterOptions with(const std::string& family, const std::vector<double>& arguments, double lower = -infinity,
                      double upper = infinity) {
  return {.name = family, .prior = PriorOptions{family, arguments}, .lower = lower, .upper = upper};
}

/// Each family, and each transform of those families that have several.
std::vector<Part> parts() {
  return {{with("normal", {1.0, 2.0}), 2.0, 1.5},
          {with("normal", {1.0, 2.0}, 0.5), 0.4, 1.0},
          {with("normal", {1.0, 2.0}, -infinity, 2.0), 2.5, 1.0},
          {with("normal", {1.0, 2.0}, 0.0, 3.0), 2.5, 1.0},
          {with("lognormal", {-1.2, 1.0}), 0.5, 0.2},
          {with("uniform", {-2.0, 5.0}), 4.0, 1.0},
          {with("loguniform", {1e-2, 1e2}), 3.0, 2.0},
          {with("half_normal", {0.2}), 0.3, 0.1},
          {with("half_cauchy", {2.0}), 5.0, 2.0},
          {with("cauchy", {1.0, 2.0}), 4.0, 3.0},
          {with("cauchy", {1.0, 2.0}, -infinity, 1.0), 0.0, 2.0},
          {with("student_t", {4.0, 1.0, 0.5}), 2.0, 0.7},
          {with("laplace", {1.0, 0.5}), 1.5, 0.5},
          {with("laplace", {1.0, 0.5}, 0.0), 0.5, 0.5},
          {with("logistic", {1.0, 0.5}), 0.0, 1.0},
          {with("exponential", {3.0}), 0.5, 0.2},
          {with("gamma", {2.0, 3.0}), 1.0, 0.3},
          {with("inverse_gamma", {3.0, 2.0}), 1.5, 0.5},
          {with("beta", {2.0, 0.7}), 0.7, 0.2},
          {with("weibull", {1.5, 2.0}), 3.0, 1.0},
          {with("flat", {}), -1.0, 0.7},
          {with("flat", {}, -1.0), 0.0, 0.7},
          {with("flat", {}, -infinity, 2.0), 1.5, 0.7},
          {{.name = "bounded", .lower = 1.0, .upper = 2.0}, 1.4, 0.3}};
}

Problem problem_of(const std::vector<Part>& of) {
  const auto dimension = static_cast<Eigen::Index>(of.size());
  Problem problem{.parameters = {},
                  .likelihood = {.centre = Eigen::VectorXd(dimension),
                                 .size = Eigen::VectorXd(dimension),
                                 .precision = Eigen::MatrixXd::Constant(dimension, dimension, 0.6),
                                 .slope = Eigen::VectorXd::Zero(dimension)}};
  problem.likelihood.precision.diagonal().setOnes();
  for (Eigen::Index d = 0; d < dimension; ++d) {
    const Part& part = of[static_cast<std::size_t>(d)];
    problem.parameters.push_back(part.parameter);
    problem.likelihood.centre[d] = part.centre;
    problem.likelihood.size[d] = part.size;
  }
  return problem;
}

struct Fitted {
  io::Model model;
  ElboEstimate elbo;
};

Fitted fit(const Problem& problem, int iterations) {
  const auto target = problem.in_solver_space();
  Options options;
  options.model_initialization = {.num_initial_components = 8 * static_cast<int>(target->dimension()),
                                  .prior_scale = {2.0},
                                  .initial_cov = {{0.3}}};
  options.component_adapter = FixedComponentsOptions{};
  Gmmvi solver = Gmmvi::build_from_config(options, *target);
  for (int i = 0; i < iterations; ++i) solver.train_iter();
  return {{solver.mixture(), target->parameter_names(), {}, target->transforms()}, solver.estimate_elbo(20'000)};
}

void expect_evidence(const Problem& problem) {
  SCOPED_TRACE(problem.name());
  const Posterior posterior = problem.posterior();
  const double of_x = std::log(
      integral([&](const Eigen::VectorXd& x) { return density(posterior.log_density(x)); }, problem.places_of_x()));
  const auto target = problem.in_solver_space();
  const std::vector<SampleId> ids(1);
  const double of_z = std::log(
      integral([&](const Eigen::VectorXd& z) { return density(target->evaluate(z, ids, false).log_densities[0]); },
               problem.places_of_z()));
  EXPECT_NEAR(of_z, of_x, 1e-5);

  const ElboEstimate elbo = fit(problem, 150).elbo;
  EXPECT_LT(elbo.log_evidence_standard_error, 0.01);
  // What the samples may not have seen, of tails, is not in their standard error.
  EXPECT_NEAR(elbo.log_evidence, of_x, 3.0 * elbo.log_evidence_standard_error + 2e-3);
}

TEST(Evidence, OfOneParameterIsThatOfQuadratureInEitherSpace) {
  std::set<std::string> families;
  for (const Part& part : parts()) {
    families.insert(part.parameter.prior ? part.parameter.prior->family : "uniform");
    expect_evidence(problem_of({part}));
  }
  EXPECT_EQ(families.size(), problem::prior_families.size());
}

TEST(Evidence, OfTwoParametersIsThatOfQuadratureInEitherSpace) {
  const std::vector<Part> all = parts();
  const std::size_t half = all.size() / 2;
  for (std::size_t i = 0; i < half; ++i) expect_evidence(problem_of({all[i], all[i + half]}));
}

// ------------------------------------------------------------------------------------------------------ at a bound

/// A prior times exp(slope · x).
struct Pressed {
  const char* name;
  ParameterOptions parameter;
  double slope;
};
const Pressed pressed[] = {{"above", with("normal", {0.0, 1.0}, 0.0), -30.0},
                           {"below", with("normal", {0.0, 1.0}, -infinity, 1.0), 30.0},
                           {"lower", with("uniform", {2.0, 5.0}), -20.0},
                           {"upper", with("uniform", {2.0, 5.0}), 20.0},
                           {"flat", {"sized", {}, 0.0, infinity, {{-7.0, 1.0}}}, -1000.0},
                           {"gamma", with("gamma", {0.7, 1.0}), -10.0},  // no finite density at 0
                           {"both", with("beta", {0.4, 0.4}), 0.5}};     // nor at 0 and 1

class AtABound : public testing::TestWithParam<Pressed> {};
INSTANTIATE_TEST_SUITE_P(Priors, AtABound, testing::ValuesIn(pressed),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST_P(AtABound, ThePosteriorIsFound) {
  Problem problem = problem_of({{GetParam().parameter, 0.0, 1.0}});
  problem.likelihood.precision.setZero();
  problem.likelihood.slope[0] = GetParam().slope;
  SCOPED_TRACE(problem.name());
  const Posterior posterior = problem.posterior();
  const problem::Prior prior = prior_of(GetParam().parameter);
  // Of x^power times the posterior, up to `end`.
  const auto moment = [&](int power, double end) {
    const double slope = std::abs(GetParam().slope);
    std::set<double> cuts = {prior.lower(), end};
    for (const double bound : {prior.lower(), prior.upper()})
      for (const double distance : {-5.0 / slope, -0.5 / slope, 0.5 / slope, 5.0 / slope})
        if (const double x = bound + distance; x > prior.lower() && x < end) cuts.insert(x);
    return integral([&](const Eigen::VectorXd& x) { return std::pow(x[0], power) * density(posterior.log_density(x)); },
                    {{cuts.begin(), cuts.end()}});
  };
  const double evidence = moment(0, prior.upper()), mean = moment(1, prior.upper()) / evidence,
               sd = std::sqrt(moment(2, prior.upper()) / evidence - mean * mean);

  const Fitted fitted = fit(problem, 300);
  EXPECT_NEAR(fitted.elbo.log_evidence, std::log(evidence), 0.01);
  const auto summary = nlohmann::json::parse(summary_json(fitted.model)).at("parameters").at(0);
  EXPECT_NEAR(summary.at("mean").get<double>(), mean, 0.05 * sd);
  EXPECT_NEAR(summary.at("standard_deviation").get<double>(), sd, 0.05 * sd);
  for (const auto& [text, p] : {std::pair{"0.05", 0.05}, {"0.5", 0.5}, {"0.95", 0.95}})
    EXPECT_NEAR(moment(0, summary.at("quantiles").at(text).get<double>()) / evidence, p, 0.01);
}

// ---------------------------------------------------------------------------------------------------------- draws

/// Of each kind.
std::vector<Transform> transforms() {
  return {{.location = 1e9, .scale = 1e-3},
          {.lower = 3.0, .location = -1.0, .scale = 0.9},
          {.upper = -2.0, .location = 0.5, .scale = 1.1},
          {.lower = -1.0, .upper = 2.0, .location = 0.3, .scale = 1.0}};
}

/// Half of it near the origin, the rest about 40 away, where exponentials are lost beside a bound.
AnyMixture mixture_far_out() {
  std::vector<GaussianPointer<DiagonalCovariance>> gaussians;
  for (const double place : {0.0, -40.0, 40.0})
    gaussians.push_back(std::make_shared<const Gaussian<DiagonalCovariance>>(
        Eigen::VectorXd::Constant(4, place), DiagonalCovariance::from_variances(Eigen::VectorXd::Constant(4, 9.0))));
  return Mixture<DiagonalCovariance>(std::move(gaussians), Eigen::Vector3d(0.5, 0.25, 0.25));
}

/// Whether x at z is nearer to a bound than to any double inside.
bool rounds_to_a_bound(const Transform& t, double z) {
  const long double u = t.location + t.scale * z;
  const bool below = std::isfinite(t.lower), above = std::isfinite(t.upper);
  const auto distance = [&](long double v) {
    return below && above ? (t.upper - t.lower) / (1.0L + std::exp(-v)) : std::exp(v);
  };
  return (below && distance(u) <= 0.5 * (std::nextafter(t.lower, infinity) - t.lower)) ||
         (above && distance(-u) <= 0.5 * (t.upper - std::nextafter(t.upper, -infinity)));
}

TEST(DrawsInBounds, AreAllInsideAndThoseThatRoundedAreCounted) {
  const io::Model model{mixture_far_out(), {"free", "above", "below", "between"}, {}, Transforms(transforms())};
  constexpr int blocks = 20;
  constexpr Eigen::Index size = 500'000;
  for (int block = 0; block < blocks; ++block) {
    const io::Draws draws = draw(model.mixture, size, static_cast<std::uint64_t>(block));
    const Eigen::MatrixXd x = model.transforms.to_user(draws.samples);
    for (Eigen::Index d = 0; d < x.rows(); ++d) {
      const Transform t = model.transforms.of(d);
      ASSERT_TRUE((x.row(d).array() > t.lower).all() && (x.row(d).array() < t.upper).all()) << "parameter " << d;
    }
    if (block > 0) continue;  // the rest is as good
    std::int64_t rounded = 0;
    for (Eigen::Index d = 0; d < x.rows(); ++d)
      for (const double z : draws.samples.row(d)) rounded += rounds_to_a_bound(model.transforms.of(d), z) ? 1 : 0;
    EXPECT_GT(rounded, size / 2);
    EXPECT_EQ(io::moved_inside(model, draws), rounded);
  }
}

}  // namespace
}  // namespace gmmvi::runner
