#include "problem/simulator_target.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <Eigen/LU>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "problem/transformed_target.hpp"
#include "support/golden.hpp"

namespace gmmvi::problem {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// What a simulator was asked, and what became of it.
struct Log {
  std::vector<Eigen::MatrixXd> samples;
  std::vector<std::int64_t> seeds;
  std::vector<std::uint64_t> positions;
  int interruptions = 0;
  Team joined;
};

/// y = function(x) with its Jacobian J(x) [M x D].
class Function final : public external::Simulator {
 public:
  using Outputs = std::function<Eigen::VectorXd(const Eigen::VectorXd&)>;
  using Jacobian = std::function<Eigen::MatrixXd(const Eigen::VectorXd&)>;

  Function(Eigen::Index dimension, Eigen::Index outputs, Outputs function, Jacobian jacobian = {})
      : dimension_(dimension), outputs_(outputs), function_(std::move(function)), jacobian_(std::move(jacobian)) {}

  Eigen::Index dimension() const override { return dimension_; }
  Eigen::Index outputs() const override { return outputs_; }
  bool has_gradients() const override { return static_cast<bool>(jacobian_); }
  bool gives_jacobians() const override { return has_gradients(); }
  Eigen::Index group_size() const override { return 8; }
  bool works_in_teams() const override { return true; }
  void join(const Team& team) override { log->joined = team; }
  void interrupt() override { ++log->interruptions; }

  external::Answer evaluate(const external::Call& call) override {
    log->samples.emplace_back(call.samples);
    log->seeds.insert(log->seeds.end(), call.seeds.begin(), call.seeds.end());
    for (const SampleId& id : call.ids) log->positions.push_back(id.position);
    external::Answer answer{.outputs = {}, .gradients = {}, .status = status};
    for (Eigen::Index n = 0; n < call.samples.cols(); ++n) {
      const Eigen::VectorXd x = call.samples.col(n), y = function_(x);
      answer.outputs.conservativeResize(y.size(), call.samples.cols());
      answer.outputs.col(n) = y;
      if (!call.want_gradients) continue;
      answer.gradients.conservativeResize(dimension_, call.samples.cols());
      answer.gradients.col(n) = jacobian_(x).transpose() * call.sensitivity(n, y);
      if (!call.want_jacobians) continue;
      answer.jacobians.conservativeResize(dimension_ * outputs_, call.samples.cols());
      answer.jacobians.col(n) = jacobian_(x).reshaped();
    }
    return answer;
  }

  std::shared_ptr<Log> log = std::make_shared<Log>();
  std::vector<EvaluationStatus> status;

 private:
  Eigen::Index dimension_, outputs_;
  Outputs function_;
  Jacobian jacobian_;
};

/// y_m = a + b t_m with t = 0, 1, 2, as a function of (a, b).
std::unique_ptr<Function> line() {
  const Eigen::MatrixXd design{{1.0, 0.0}, {1.0, 1.0}, {1.0, 2.0}};
  return std::make_unique<Function>(
      2, 3, [=](const Eigen::VectorXd& x) -> Eigen::VectorXd { return design * x; },
      [=](const Eigen::VectorXd&) -> Eigen::MatrixXd { return 1.0 * design; });
}

/// A log density with a gradient.
std::unique_ptr<Function> bowl() {
  return std::make_unique<Function>(
      2, 1, [](const Eigen::VectorXd& x) { return Eigen::VectorXd::Constant(1, -x.squaredNorm()); },
      [](const Eigen::VectorXd& x) -> Eigen::MatrixXd { return -2.0 * x.transpose(); });
}

Prior prior(const std::string& family, const std::vector<double>& arguments, double lower = -infinity) {
  return {{family, arguments}, lower, infinity};
}

/// Parameters sigma, a and b: sigma is of the noise alone.
Posterior line_posterior(const std::string& data = "value\n0.9\n2.2\n2.9\n",
                         const Prior& first = prior("half_normal", {0.5})) {
  Posterior posterior{.names = {"sigma", "a", "b"},
                      .sent = {},
                      .priors = std::vector{first, prior("normal", {0.0, 2.0}), prior("cauchy", {1.0, 0.5})},
                      .likelihood = {}};
  posterior.likelihood.emplace(
      LikelihoodOptions{.data = "d.csv", .column = "value", .family = "gaussian", .arguments = {"sigma"}},
      read_data("d.csv", data), posterior.names);
  posterior.sent = all_but_noise(3, *posterior.likelihood);
  return posterior;
}

std::vector<SampleId> ids_of(Eigen::Index count, std::uint64_t batch = 4) {
  std::vector<SampleId> ids;
  for (Eigen::Index n = 0; n < count; ++n) ids.push_back({batch, static_cast<std::uint64_t>(10 + n)});
  return ids;
}

Evaluation evaluate(Target& target, const Eigen::MatrixXd& samples, bool gradients) {
  return target.evaluate(samples, ids_of(samples.cols()), gradients);
}

void expect_gradients(Target& target, const Eigen::MatrixXd& samples) {
  const Evaluation evaluation = evaluate(target, samples, true);
  EXPECT_EQ(evaluate(target, samples, false).gradients.size(), 0);
  for (Eigen::Index d = 0; d < target.dimension(); ++d) {
    Eigen::MatrixXd above = samples, below = samples;
    above.row(d).array() += 1e-5;
    below.row(d).array() -= 1e-5;
    const Eigen::VectorXd difference =
        (evaluate(target, above, false).log_densities - evaluate(target, below, false).log_densities) / 2e-5;
    test::expect_near_relative(evaluation.gradients.row(d).transpose(), difference, 1e-6);
  }
}

const Eigen::MatrixXd inside{{0.3, 0.7}, {1.0, -0.4}, {0.8, 1.6}};  // sigma, a, b

TEST(SimulatorTarget, AddsPriorsAndLikelihoodToOutputs) {
  SimulatorTarget target(line(), line_posterior(), 1);
  const Evaluation evaluation = evaluate(target, inside, true);
  const auto normal = [](double x, double mean, double sd) {
    return -0.5 * (x - mean) * (x - mean) / sd / sd - std::log(sd) - 0.5 * std::log(2.0 * M_PI);
  };
  const double priors = std::log(2.0) + normal(0.3, 0.0, 0.5) + normal(1.0, 0.0, 2.0) -
                        std::log(M_PI * 0.5 * (1.0 + std::pow((0.8 - 1.0) / 0.5, 2)));
  const double likelihood = normal(0.9, 1.0, 0.3) + normal(2.2, 1.8, 0.3) + normal(2.9, 2.6, 0.3);
  EXPECT_NEAR(evaluation.log_densities[0], priors + likelihood, 1e-12);
  expect_gradients(target, inside);
}

TEST(SimulatorTarget, AddsPriorsToALogLikelihood) {
  const auto posterior = [](bool priors) {
    Posterior result{.names = {"a", "b"}, .sent = {0, 1}};
    if (priors) result.priors = std::vector{prior("normal", {0.0, 1.0}), prior("exponential", {2.0})};
    return result;
  };
  SimulatorTarget density(bowl(), posterior(false), 1), likelihood(bowl(), posterior(true), 1);
  const Eigen::MatrixXd samples{{0.3, -1.0}, {0.5, 2.0}};
  const Eigen::VectorXd added =
      evaluate(likelihood, samples, false).log_densities - evaluate(density, samples, false).log_densities;
  for (Eigen::Index n = 0; n < 2; ++n) {
    const double normal = -0.5 * samples(0, n) * samples(0, n) - 0.5 * std::log(2.0 * M_PI);
    EXPECT_NEAR(added[n], normal + std::log(2.0) - 2.0 * samples(1, n), 1e-12);
  }
  EXPECT_EQ(evaluate(density, samples, true).gradients, -2.0 * samples);
  expect_gradients(likelihood, samples);
}

TEST(SimulatorTarget, HasTheEvidenceOfALinearModel) {
  Posterior posterior{.names = {"a"}, .sent = {0}, .priors = std::vector{prior("normal", {0.5, 2.0})}};
  posterior.likelihood.emplace(
      LikelihoodOptions{.data = "d.csv", .column = "value", .family = "gaussian", .arguments = {0.7}},
      read_data("d.csv", "value\n1.5\nNA\n2.5\n"), posterior.names);
  const auto constant = [](const Eigen::VectorXd& x) -> Eigen::VectorXd { return Eigen::VectorXd::Constant(3, x[0]); };
  SimulatorTarget target(std::make_unique<Function>(1, 3, constant), posterior, 1);
  const double evidence = boost::math::quadrature::gauss_kronrod<double, 61>::integrate(
      [&](double a) { return std::exp(evaluate(target, Eigen::MatrixXd::Constant(1, 1, a), false).log_densities[0]); },
      -10.0, 12.0, 10, 1e-12);
  // The data are normal around the prior's mean, with the prior's variance in common.
  const Eigen::Matrix2d covariance = Eigen::Matrix2d::Constant(4.0) + 0.49 * Eigen::Matrix2d::Identity();
  const Eigen::Vector2d distance(1.0, 2.0);
  const double expected = std::exp(-0.5 * distance.dot(covariance.inverse() * distance)) /
                          (2.0 * M_PI * std::sqrt(covariance.determinant()));
  EXPECT_NEAR(evidence / expected, 1.0, 1e-9);
}

TEST(SimulatorTarget, NeedsNoDatumForEveryOutput) {
  SimulatorTarget all(line(), line_posterior(), 1), some(line(), line_posterior("t,value\n1,0.9\n2,\n3,2.9\n"), 1);
  expect_gradients(some, inside);
  // What the left-out row would add: its own term.
  const Eigen::VectorXd term = evaluate(all, inside, false).log_densities - evaluate(some, inside, false).log_densities;
  for (Eigen::Index n = 0; n < 2; ++n) {
    const double z = (2.2 - inside(1, n) - inside(2, n)) / inside(0, n);
    EXPECT_NEAR(term[n], -0.5 * z * z - std::log(inside(0, n)) - 0.5 * std::log(2.0 * M_PI), 1e-12);
  }
}

TEST(SimulatorTarget, SendsWhatIsSupportedAndNoNoise) {
  auto simulator = line();
  const std::shared_ptr<Log> log = simulator->log;
  SimulatorTarget target(std::move(simulator), line_posterior(), 1);
  Eigen::MatrixXd samples{{0.3, -0.1, 0.7, 0.0}, {1.0, 1.0, -0.4, 1.0}, {0.8, 0.8, 1.6, 0.8}};
  const Evaluation evaluation = evaluate(target, samples, true);
  ASSERT_EQ(log->samples.size(), 1);
  EXPECT_EQ(log->samples.front(), inside.bottomRows(2));
  EXPECT_EQ(log->positions, (std::vector<std::uint64_t>{10, 12}));
  using enum EvaluationStatus;
  EXPECT_EQ(evaluation.status, (std::vector{value, outside_support, value, outside_support}));
  EXPECT_EQ(evaluation.log_densities[1], -infinity);
  const Evaluation alone = evaluate(target, inside, true);
  EXPECT_EQ(evaluation.log_densities[2], alone.log_densities[1]);
  EXPECT_EQ(evaluation.gradients.col(2), alone.gradients.col(1));
  log->samples.clear();
  samples.row(0).setConstant(-1.0);
  EXPECT_EQ(evaluate(target, samples, true).status, std::vector(4, outside_support));
  EXPECT_TRUE(log->samples.empty()) << "there is nothing to ask";
}

TEST(SimulatorTarget, GivesTheOutputsThatItIsToKeep) {
  Posterior posterior = line_posterior("value\n0.9\nNA\n2.9\n");
  posterior.keep_outputs = true;
  SimulatorTarget target(line(), posterior, 1), forgetful(line(), line_posterior(), 1);
  Eigen::MatrixXd samples(3, 3);
  samples << 0.5, -1.0, 0.1, 1.0, 2.0, 3.0, 0.5, 0.5, 0.25;  // sigma of the second is outside
  const Evaluation evaluation = evaluate(target, samples, true);
  ASSERT_EQ(target.outputs(), 3);
  EXPECT_EQ(evaluation.outputs.col(0), Eigen::Vector3d(1.0, 1.5, 2.0)) << "of rows without a datum, too";
  EXPECT_TRUE(evaluation.outputs.col(1).array().isNaN().all());
  EXPECT_EQ(evaluation.outputs.col(2), Eigen::Vector3d(3.0, 3.25, 3.5));
  EXPECT_EQ(forgetful.outputs(), 0);
  EXPECT_EQ(evaluate(forgetful, samples, true).outputs.size(), 0);

  // A log density is no output.
  Posterior density{.names = {"a", "b"}, .sent = {0, 1}};
  density.keep_outputs = true;
  EXPECT_EQ(SimulatorTarget(bowl(), density, 1).outputs(), 0);
}

/// Of outputs that are linear in the last two parameters, with noise of the first one's size: the model's derivatives
/// are those of the log density.
void expect_derivatives_of_the_log_density(Target& target, const Eigen::Vector3d& z) {
  const OutputsModel* model = target.outputs_model();
  ASSERT_NE(model, nullptr);
  const auto at = [&](const Eigen::VectorXd& sample) { return target.evaluate(sample, ids_of(1), true); };
  const auto predictors = [&](const Eigen::VectorXd& sample) -> Eigen::VectorXd {
    return model->predictors(at(sample).outputs);
  };
  const auto expansion = model->expansion(predictors(z), z);
  ASSERT_TRUE(expansion.has_value());
  constexpr double h = 1e-5;
  Eigen::MatrixXd slope(model->predictor_count(), 3), hessian(3, 3);
  for (Eigen::Index d = 0; d < 3; ++d) {
    const Eigen::VectorXd beside = h * Eigen::VectorXd::Unit(3, d);
    slope.col(d) = (predictors(z + beside) - predictors(z - beside)) / (2.0 * h);
    hessian.col(d) = (at(z + beside).gradients - at(z - beside).gradients) / (2.0 * h);
  }
  const Eigen::VectorXd gradient = expansion->gradient(slope);
  EXPECT_LE((gradient - at(z).gradients.col(0)).norm(), 1e-8 * gradient.norm());
  const Eigen::MatrixXd of_model = expansion->hessian(slope);
  EXPECT_LE((of_model - hessian).bottomRightCorner(2, 2).norm(), 1e-7 * hessian.norm());
  EXPECT_LT(of_model(0, 0), 0.0);
  EXPECT_EQ(expansion->mixed_information.norm(), 0.0) << "of the noise's scale and its outputs";
}

/// The slopes that come with the outputs are those of the predictors.
void expect_slopes_of_the_predictors(Target& target, const Eigen::Vector3d& z) {
  const OutputsModel* model = target.outputs_model();
  ASSERT_NE(model, nullptr);
  ASSERT_TRUE(model->has_slopes());
  EXPECT_EQ(target.output_numbers(), 4 * target.outputs());
  const auto outputs = [&](const Eigen::VectorXd& sample) {
    return target.evaluate(sample, ids_of(1), false).outputs;  // whether or not gradients are wanted
  };
  const Eigen::MatrixXd slopes = model->slopes(outputs(z)).reshaped(model->predictor_count(), 3);
  constexpr double h = 1e-5;
  for (Eigen::Index d = 0; d < 3; ++d) {
    const Eigen::VectorXd beside = h * Eigen::VectorXd::Unit(3, d);
    const Eigen::VectorXd slope =
        (model->predictors(outputs(z + beside)) - model->predictors(outputs(z - beside))) / (2.0 * h);
    EXPECT_LE((slopes.col(d) - slope).norm(), 1e-8 * (1.0 + slope.norm())) << d;
  }
}

TEST(SimulatorTarget, KeepsTheJacobiansOfItsOutputs) {
  Posterior posterior = line_posterior("t,value\n0,0.9\n1,\n2,2.9\n");
  posterior.keep_jacobians = true;
  EXPECT_EQ(SimulatorTarget(line(), posterior, 1).output_numbers(), 0) << "of outputs that are not kept";
  posterior.keep_outputs = true;
  auto target = std::make_unique<SimulatorTarget>(line(), posterior, 1);
  expect_slopes_of_the_predictors(*target, {0.3, 0.7, 1.4});
  expect_derivatives_of_the_log_density(*target, {0.3, 0.7, 1.4});
  Eigen::MatrixXd samples(3, 2);
  samples << 0.5, -1.0, 1.0, 2.0, 0.5, 0.5;  // sigma of the second is outside
  const Eigen::MatrixXd outputs = evaluate(*target, samples, false).outputs;
  EXPECT_EQ(outputs.rows(), 12);
  EXPECT_TRUE(outputs.col(1).array().isNaN().all());
  EXPECT_TRUE(target->outputs_model()->slopes(outputs).col(1).array().isNaN().all());
  const Transforms transforms(
      {{.lower = 0.0, .location = -1.0, .scale = 0.5}, {.location = 0.2, .scale = 2.0}, {.scale = 0.1}});
  TransformedTarget transformed(std::move(target), transforms, posterior.names);
  expect_slopes_of_the_predictors(transformed, {0.4, 0.3, 2.0});
  expect_derivatives_of_the_log_density(transformed, {0.4, 0.3, 2.0});

  const auto without = [](const Eigen::VectorXd& x) -> Eigen::VectorXd {
    return Eigen::VectorXd::Constant(3, x.sum());
  };
  const SimulatorTarget none(std::make_unique<Function>(2, 3, without), posterior, 1);
  EXPECT_EQ(none.output_numbers(), 3) << "that nobody gives";
}

TEST(SimulatorTarget, KnowsHowItsOutputsMakeItsLogDensity) {
  Posterior posterior = line_posterior("t,value\n0,0.9\n1,\n2,2.9\n");
  EXPECT_EQ(SimulatorTarget(line(), posterior, 1).outputs_model(), nullptr) << "outputs that are not kept";
  posterior.keep_outputs = true;
  auto target = std::make_unique<SimulatorTarget>(line(), posterior, 1);
  EXPECT_EQ(target->outputs_model()->predictor_count(), 2);
  expect_derivatives_of_the_log_density(*target, {0.3, 0.7, 1.4});
  const Eigen::VectorXd predictors = Eigen::VectorXd::Constant(2, 1.0), outside = Eigen::VectorXd::Constant(3, -0.3);
  EXPECT_FALSE(target->outputs_model()->expansion(predictors, outside));
  const Transforms transforms(
      {{.lower = 0.0, .location = -1.0, .scale = 0.5}, {.location = 0.2, .scale = 2.0}, {.scale = 0.1}});
  TransformedTarget transformed(std::move(target), transforms, posterior.names);
  expect_derivatives_of_the_log_density(transformed, {0.4, 0.3, 2.0});
}

TEST(SimulatorTarget, IsOutsideWhereTheNoiseCannotBe) {
  const Posterior posterior =
      line_posterior("value\n0.9\n2.2\n2.9\n", prior("normal", {0.0, 1.0}));  // which allows a sigma < 0
  auto simulator = line();
  const std::shared_ptr<Log> log = simulator->log;
  SimulatorTarget target(std::move(simulator), posterior, 1);
  EXPECT_EQ(evaluate(target, Eigen::Vector3d(-0.1, 1.0, 1.0), false).log_densities[0], -infinity);
  EXPECT_TRUE(log->samples.empty());
}

TEST(SimulatorTarget, SeedsSamplesByTheirNumbers) {
  const auto seeds = [](std::uint64_t run_seed, std::uint64_t batch, Eigen::Index count) {
    auto simulator = line();
    const std::shared_ptr<Log> log = simulator->log;
    SimulatorTarget target(std::move(simulator), line_posterior(), run_seed);
    target.evaluate(inside.col(0).replicate(1, count), ids_of(count, batch), false);
    return log->seeds;
  };
  const std::vector<std::int64_t> first = seeds(1, 4, 8);
  EXPECT_EQ(std::set(first.begin(), first.end()).size(), 8);
  for (const std::int64_t seed : first) EXPECT_TRUE(seed > 0 && seed < (std::int64_t{1} << 31)) << seed;
  EXPECT_EQ(seeds(1, 4, 3), std::vector(first.begin(), first.begin() + 3));
  EXPECT_NE(seeds(2, 4, 8), first);
  EXPECT_NE(seeds(1, 5, 8), first);
}

TEST(SimulatorTarget, PassesFailuresOn) {
  const auto throwing = [](const Eigen::VectorXd&) -> Eigen::VectorXd { throw std::runtime_error("did not converge"); };
  SimulatorTarget broken(std::make_unique<Function>(2, 3, throwing), line_posterior(), 1);
  EXPECT_THROW(evaluate(broken, inside, false), std::runtime_error);

  using enum EvaluationStatus;
  auto simulator = line();
  simulator->status = {failure, outside_support, value};
  SimulatorTarget target(std::move(simulator), line_posterior(), 1);
  const Evaluation evaluation = evaluate(target, inside.col(0).replicate(1, 3), true);
  EXPECT_EQ(evaluation.status, (std::vector{failure, outside_support, value}));
  EXPECT_TRUE(std::isfinite(evaluation.log_densities[2]));
}

std::string failure_of(Function::Outputs function, Eigen::Index samples = 1) {
  SimulatorTarget target(std::make_unique<Function>(2, 3, std::move(function)), line_posterior(), 1);
  try {
    const Evaluation evaluation = evaluate(target, inside.leftCols(samples), false);
    return std::to_string(evaluation.log_densities[samples - 1]);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::unavailable);
    return error.what();
  }
}

TEST(SimulatorTarget, SaysWhatIsWrongWithOutputs) {
  const auto nan = [](const Eigen::VectorXd&) -> Eigen::VectorXd { return Eigen::Vector3d(1.0, NAN, 1.0); };
  EXPECT_EQ(failure_of(nan), "output 2 of the simulator's 3 is nan");
  EXPECT_EQ(failure_of([](const Eigen::VectorXd&) -> Eigen::VectorXd { return Eigen::Vector3d(1.0, 2.0, -INFINITY); }),
            "output 3 of the simulator's 3 is -inf");
  EXPECT_EQ(failure_of([](const Eigen::VectorXd&) -> Eigen::VectorXd { return Eigen::Vector2d(1.0, 1.0); }),
            "the simulator returned 2 numbers instead of 3");
  const auto sometimes = [](const Eigen::VectorXd& x) -> Eigen::VectorXd {
    return Eigen::Vector3d(1.0, x[0] > 0.0 ? NAN : 1.0, 1.0);
  };
  EXPECT_NE(failure_of(sometimes, 2), "nan") << "only that sample has failed";

  SimulatorTarget target(std::make_unique<Function>(2, 3, nan), line_posterior(), 1);
  const Eigen::MatrixXd one_outside{{0.3, -0.3}, {1.0, 1.0}, {0.8, 0.8}};
  EXPECT_EQ(evaluate(target, one_outside, false).log_densities[1], -infinity) << "as it would be without the other";
}

// Those of other ranks of a team may be anything.
TEST(SimulatorTarget, SaysNothingOfOutputsThatDoNotCount) {
  const auto nan = [](const Eigen::VectorXd&) -> Eigen::VectorXd { return Eigen::Vector3d::Constant(NAN); };
  SimulatorTarget leader(std::make_unique<Function>(2, 3, nan), line_posterior(), 1),
      member(std::make_unique<Function>(2, 3, nan), line_posterior(), 1);
  leader.join({.rank = 0, .size = 2});
  member.join({.rank = 1, .size = 2});
  EXPECT_THROW(evaluate(leader, inside.leftCols(1), false), Error);
  EXPECT_NO_THROW(evaluate(member, inside.leftCols(1), false));
}

TEST(SimulatorTarget, PassesAnInfiniteLogDensityOn) {
  const auto wall = [](const Eigen::VectorXd& x) { return Eigen::VectorXd::Constant(1, x[0] > 0.0 ? 1.0 : -infinity); };
  SimulatorTarget target(std::make_unique<Function>(1, 1, wall), {.names = {"a"}, .sent = {0}}, 1);
  const Eigen::MatrixXd samples{{1.0, -1.0}};
  EXPECT_EQ(evaluate(target, samples, false).log_densities, Eigen::Vector2d(1.0, -infinity));
}

TEST(SimulatorTarget, IsOtherwiseItsSimulator) {
  auto simulator = line();
  const std::shared_ptr<Log> log = simulator->log;
  SimulatorTarget target(std::move(simulator), line_posterior(), 1);
  EXPECT_EQ(target.dimension(), 3);
  EXPECT_EQ(target.parameter_names(), (std::vector<std::string>{"sigma", "a", "b"}));
  EXPECT_EQ(target.group_size(), 8);
  EXPECT_TRUE(target.has_gradients() && target.runs_outside() && target.interruptible() && target.works_in_teams());
  EXPECT_FALSE(target.cheap());
  target.interrupt();
  target.join({.rank = 1, .size = 3});
  EXPECT_EQ(log->interruptions, 1);
  EXPECT_EQ(log->joined.size, 3);
  const SimulatorTarget blind(std::make_unique<Function>(2, 3, nullptr), line_posterior(), 1);
  EXPECT_FALSE(blind.has_gradients());
}

TEST(SimulatorTarget, RefusesSimulatorsThatDoNotFit) {
  const auto message = [](std::unique_ptr<Function> simulator, const Posterior& posterior) -> std::string {
    try {
      const SimulatorTarget target(std::move(simulator), posterior, 1);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::configuration);
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message(line(), line_posterior("value\n1\n2\n3\n4\n")),
            "The simulator returns 3 outputs, but the data they are compared with have 4 rows. Each output needs one, "
            "those without a value, too: write NA there, since an empty line is no row.");
  EXPECT_EQ(message(line(), {.names = {"a", "b"}, .sent = {0, 1}}),
            "The simulator returns 3 numbers, where a log density is one. If they are outputs that data are compared "
            "with, say `returns: outputs`.");
  EXPECT_EQ(message(bowl(), {.names = {"a"}, .sent = {0}}),
            "The simulator takes 2 parameters, but `parameters` has 1 for it.");
}

}  // namespace
}  // namespace gmmvi::problem
