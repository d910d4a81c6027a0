#include "target/make_target.hpp"

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "core/text_file.hpp"
#include "target/checks.hpp"
#include "target/gaussian_mixture.hpp"

namespace gmmvi::target {
namespace {

Sources texts(std::vector<std::string>& asked, const std::string& text) {
  return {.contents =
              [&asked, text](const std::string& path) {
                asked.push_back(path);
                return text;
              },
          .model = [](const std::string&) -> problem::FittedModel { throw Error("there is no model to read"); }};
}

std::unique_ptr<Target> made(const TargetOptions& options, const std::string& text = "") {
  std::vector<std::string> asked;
  return make_target(options, 3, texts(asked, text));
}

TEST(MakeTarget, TakesDataFromTheirSource) {
  std::vector<std::string> asked;
  const auto target = make_target(LogisticRegressionOptions{.data = "some.csv", .prior_std = 2.0}, 0,
                                  texts(asked, "age,ill\n-1,0\n1,1\n"));
  EXPECT_EQ(asked, std::vector<std::string>{"some.csv"});
  EXPECT_EQ(target->parameter_names(), (std::vector<std::string>{"intercept", "age"}));
  // Both observations have probability 1/2, and the prior N(0, 4) its peak.
  EXPECT_NEAR(test::evaluate(*target, Eigen::MatrixXd::Zero(2, 1)).log_densities[0],
              -2.0 * std::log(2.0) - std::log(2.0 * std::acos(-1.0) * 4.0), 1e-14);
}

/// What people are told of a table.
std::vector<Remark> remarks_on(const TargetOptions& options, const std::string& text) {
  std::vector<std::string> asked;
  std::vector<Remark> remarks;
  Sources sources = texts(asked, text);
  sources.remark = [&](const Remark& remark) { remarks.push_back(remark); };
  make_target(options, 3, sources);
  return remarks;
}

std::string content_of(const std::string& file) {
  return core::read_text(GMMVI_TEST_DATA_DIR "/tables/" + file);
}

TEST(MakeTarget, SaysWhichClassesThereAre) {
  const NeuralNetworkOptions options{.data = "seeds.txt", .classification = true, .hidden_units = {4}};
  const auto remarks = remarks_on(options, content_of("seeds_10_20_30.txt"));
  ASSERT_EQ(remarks.size(), 1U);
  EXPECT_FALSE(remarks[0].warning);
  EXPECT_EQ(remarks[0].text, "seeds.txt: the classes in column 8 (x8) are, in this order, 10, 20, 30.");
  EXPECT_EQ(made(options, content_of("seeds_10_20_30.txt"))->dimension(), 47);
}

TEST(MakeTarget, TakesQuotedNames) {
  const NeuralNetworkOptions options{.data = "concrete.csv", .hidden_units = {4}, .prior_std = 3.0};
  const auto target = made(options, content_of("concrete.csv")), plain = made(options, content_of("plain_header.csv"));
  const Eigen::MatrixXd samples = test::normal_samples(*target, 1.0);
  EXPECT_EQ(test::evaluate(*target, samples).log_densities, test::evaluate(*plain, samples).log_densities);
}

// A posterior that is centred does not know how far away its features were.
TEST(MakeTarget, CentersFeaturesThatAreFarFromZero) {
  LogisticRegressionOptions options{.data = "some.csv"};
  const std::string far = content_of("offset.csv");
  const auto remarks = remarks_on(options, far);
  ASSERT_EQ(remarks.size(), 1U);
  EXPECT_TRUE(remarks[0].warning);
  EXPECT_EQ(remarks[0].text.rfind("some.csv: the mean of feature 'Northing', 4.713", 0), 0U) << remarks[0].text;
  EXPECT_NE(remarks[0].text.find("With `center: true`"), std::string::npos);
  EXPECT_TRUE(remarks_on(options, "a,y\n98,0\n100,1\n").empty()) << "not quite a hundred standard deviations";
  options.center = true;
  EXPECT_TRUE(remarks_on(options, far).empty());
  const auto at_zero = made(options, "a,y\n-1,0\n0,1\n4,1\n"),
             at_million = made(options, "a,y\n999999,0\n1000000,1\n1000004,1\n");
  const Eigen::MatrixXd samples = test::normal_samples(*at_zero, 3.0);
  EXPECT_TRUE(test::evaluate(*at_million, samples)
                  .log_densities.isApprox(test::evaluate(*at_zero, samples).log_densities, 1e-9));
  options.center = false;
  EXPECT_FALSE(test::evaluate(*made(options, "a,y\n-1,0\n0,1\n4,1\n"), samples)
                   .log_densities.isApprox(test::evaluate(*at_zero, samples).log_densities, 1e-3));
}

TEST(MakeTarget, DrawsARandomMixtureFromTheSeed) {
  const auto target = made(RandomGaussianMixtureOptions{.dimension = 6});
  EXPECT_EQ(target->dimension(), 6);
  const Eigen::MatrixXd samples = test::normal_samples(*target, 30.0);
  auto expected = random_gaussian_mixture<FullCovariance>(6, 3);
  EXPECT_EQ(test::evaluate(*target, samples).log_densities, test::evaluate(expected, samples).log_densities);
}

TEST(MakeTarget, TakesAMixtureFromItsSource) {
  const auto gaussian = std::make_shared<const Gaussian<DiagonalCovariance>>(
      Eigen::Vector2d(1.0, 2.0), DiagonalCovariance::from_variances(Eigen::Vector2d(4.0, 9.0)));
  std::vector<std::string> asked;
  const Sources sources{.contents = {}, .model = [&](const std::string& path) -> problem::FittedModel {
                          asked.push_back(path);
                          return {Mixture<DiagonalCovariance>({gaussian}, Eigen::VectorXd::Ones(1)), {"a", "b"}};
                        }};
  const auto target = make_target(GaussianMixtureOptions{.model = "model.nc"}, 0, sources);
  EXPECT_EQ(asked, std::vector<std::string>{"model.nc"});
  EXPECT_NEAR(test::evaluate(*target, Eigen::Vector2d(1.0, 2.0)).log_densities[0],
              -std::log(2.0 * std::acos(-1.0) * 6.0), 1e-14);
}

TEST(MakeTarget, PassesOnTheErrorsOfItsSource) {
  const Sources broken{.contents = [](const std::string&) -> std::string { throw Error("no file", ExitCode::data); },
                       .model = {}};
  EXPECT_THROW(make_target(LogisticRegressionOptions{.data = "a"}, 0, broken), Error);
}

TEST(MakeTarget, PutsASleepingTargetAroundAnother) {
  const RandomGaussianMixtureOptions around{.dimension = 6};
  const SleepingOptions options{.around = around, .seconds = 1e-6, .group_size = 4};
  const auto target = made(options);
  EXPECT_EQ(target->group_size(), 4);
  const Eigen::MatrixXd samples = test::normal_samples(*target, 30.0);
  EXPECT_EQ(test::evaluate(*target, samples).log_densities, test::evaluate(*made(around), samples).log_densities);
  EXPECT_EQ(describe(options), "random Gaussian mixture, sleeping for 1e-06 s");
}

void expect_data_error(const TargetOptions& options, const std::string& text, const std::string& message) {
  try {
    made(options, text);
    ADD_FAILURE() << "accepted: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_EQ(error.what(), message);
  }
}

TEST(MakeTarget, NeedsCounts) {
  const SirEpidemicOptions epidemic{.data = "ill.csv", .population = 100.0};
  expect_data_error(epidemic, "day,ill\n1,3\n2,-1\n", "ill.csv:3: '-1' in column 2 (ill) is not a count");
  expect_data_error(epidemic, "day,ill\n1,3\n2,1.5\n", "ill.csv:3: '1.5' in column 2 (ill) is not a count");
  expect_data_error(epidemic, "day,ill\n1,300\n", "ill.csv: more people are ill than the population of 100 has");
  expect_data_error(LogGaussianCoxOptions{.data = "grid.csv"}, "1,2\n3,0.5\n",
                    "grid.csv:2: '0.5' in column 2 (x2) is not a count");
  expect_data_error(LogGaussianCoxOptions{.data = "grid.csv"}, "1,2\n",
                    "grid.csv: there are 1 rows and 2 columns, but the grid has to be a square");
  EXPECT_EQ(made(LogGaussianCoxOptions{.data = "grid.csv"}, "1,2\n3,4\n")->dimension(), 4);
}

TEST(MakeTarget, NeedsStandardErrors) {
  const HierarchicalOptions groups{.data = "groups.csv"};
  expect_data_error(groups, "school,effect,error\n1,3,2\n2,-1,0\n",
                    "groups.csv:3: '0' in column 3 (error) is not a standard error, which is positive");
  expect_data_error(groups, "3\n1\n", "groups.csv: there is one column, but effects and their standard errors are two");
  const auto target = made(groups, "school,effect,error\n1,3,2\n2,-1,4\n");
  EXPECT_EQ(target->parameter_names(), (std::vector<std::string>{"mu", "log_tau", "theta1", "theta2"}));
}

}  // namespace
}  // namespace gmmvi::target
