// What every built-in target has to obey.

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/text_file.hpp"
#include "target/checks.hpp"
#include "target/make_target.hpp"

namespace gmmvi::target {
namespace {

struct Case {
  std::string name;
  TargetOptions options;
  double spread = 1.0;  // of the samples
  double step = 1e-5;   // of the differences
};

void PrintTo(const Case& each, std::ostream* out) {
  *out << each.name;
}

std::string data(const char* file) {
  return std::string(GMMVI_DATA_DIR) + "/" + file;
}

std::vector<Case> cases() {
  const std::string cancer = data("breast_cancer.csv");
  return {
      {"logistic_regression", LogisticRegressionOptions{.data = cancer}},
      {"minibatches", LogisticRegressionOptions{.data = cancer, .batch_size = 50, .size_test_set = 19}},
      {"shared_minibatches",
       LogisticRegressionOptions{.data = cancer, .batch_size = 50, .use_own_batch_per_sample = false}},
      {"gaussian_mixture_random", RandomGaussianMixtureOptions{.dimension = 5}, 30.0, 1e-4},
      {"gaussian_mixture_diagonal", RandomGaussianMixtureOptions{.dimension = 5, .diagonal = true}, 30.0, 1e-4},
      {"gaussian_mixture", GaussianMixtureOptions{.weights = {1.0, 3.0},
                                                  .means = {{0.0, 1.0}, {2.0, 2.0}},
                                                  .covariances = {{{1.0, 0.5}, {0.5, 2.0}}, {{1.0, 0.0}, {0.0, 1.0}}}}},
      {"student_t_mixture_random", RandomStudentTMixtureOptions{.dimension = 5}, 20.0},
      {"student_t_mixture", StudentTMixtureOptions{.degrees_of_freedom = 3.0,
                                                   .means = {{0.0, 1.0}, {2.0, 2.0}},
                                                   .scales = {{{1.0, 0.5}, {0.5, 2.0}}, {{1.0, 0.0}, {0.0, 1.0}}}}},
      {"planar_robot", PlanarRobotOptions{.goals = 4}, 0.5, 1e-6},
      {"neural_network",
       NeuralNetworkOptions{.data = cancer, .hidden_units = {5, 3}, .likelihood_scaling = 0.5, .batch_size = 30}},
      {"neural_network_classes", NeuralNetworkOptions{.data = cancer, .classification = true, .hidden_units = {4}}},
      {"funnel", FunnelOptions{.dimension = 6}},
      {"rosenbrock", RosenbrockOptions{.dimension = 4}},
      {"log_gaussian_cox", LogGaussianCoxOptions{.data = "", .cells = 4}, 3.0},
      {"brownian_motion", BrownianMotionOptions{.steps = 7}},
      {"sir_epidemic", SirEpidemicOptions{.data = data("influenza_1978.csv")}, 0.7, 1e-6},
      {"linear_regression", LinearRegressionOptions{.features = 4, .observations = 20, .noise_std = 0.5}},
      {"hierarchical", HierarchicalOptions{}},
      {"hierarchical_not_centred", HierarchicalOptions{.centred = false}},
      {"elliptic", EllipticOptions{.dimension = 12}, 0.5, 1e-4},
      {"truncated_gaussian",
       TruncatedGaussianOptions{.dimension = 3, .mean = {0.5}, .standard_deviation = {2.0}, .upper = {{4.0}}}, 0.3},
      {"uniform_disc", UniformDiscOptions{.radius = 5.0}},
      {"sleeping", SleepingOptions{.around = FunnelOptions{.dimension = 6}, .seconds = 1e-6, .group_size = 100}}};
}

std::unique_ptr<Target> made(const TargetOptions& options) {
  const auto no_model = [](const std::string&) -> problem::FittedModel { throw std::logic_error("no model is read"); };
  return make_target(options, 3, {.contents = core::read_text, .model = no_model});
}

class EveryTarget : public testing::TestWithParam<Case> {
 protected:
  Eigen::MatrixXd samples(Eigen::Index count = -1) const {
    return test::normal_samples(*target, GetParam().spread, count);
  }
  std::unique_ptr<Target> target = made(GetParam().options);
};

TEST_P(EveryTarget, HasTheGradientOfItsLogDensity) {
  ASSERT_TRUE(target->has_gradients());
  test::expect_gradients_of_log_density(*target, samples(10), GetParam().step);
}

TEST_P(EveryTarget, GivesASampleTheSameBitsInAnyGroup) {
  test::expect_same_bits_in_any_group(*target, samples());
}

TEST_P(EveryTarget, KeepsSamplesThatAreNotFiniteFromTheirNeighbours) {
  test::expect_bad_samples_stay_alone(*target, samples());
}

TEST_P(EveryTarget, NamesEachParameterOnce) {
  const std::vector<std::string> names = target->parameter_names();
  EXPECT_EQ(static_cast<Eigen::Index>(names.size()), target->dimension());
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST_P(EveryTarget, HasFiniteMetricsAndADescription) {
  for (const TargetMetric& metric : target->metrics(samples(3), samples(20)))
    EXPECT_TRUE(std::isfinite(metric.value)) << metric.name;
  if (const auto moments = target->reference_moments()) {
    EXPECT_EQ(moments->means.size(), target->dimension());
    EXPECT_EQ(moments->standard_deviations.size(), target->dimension());
    EXPECT_TRUE(moments->means.allFinite());
    EXPECT_GT(moments->standard_deviations.minCoeff(), 0.0);
  }
  EXPECT_FALSE(describe(GetParam().options).empty());
  EXPECT_NE(target->cheap(), std::holds_alternative<SleepingOptions>(GetParam().options));
}

INSTANTIATE_TEST_SUITE_P(BuiltIn, EveryTarget, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace gmmvi::target
