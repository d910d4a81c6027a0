#include "target/make_target.hpp"

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "target/checks.hpp"
#include "target/gaussian_mixture.hpp"

namespace gmmvi::target {
namespace {

TEST(MakeTarget, TakesTheTableFromItsSource) {
  std::vector<std::string> asked;
  const TableSource source = [&](const std::string& path) {
    asked.push_back(path);
    return LabelledTable{.names = {"age"}, .features = Eigen::Vector2d(-1.0, 1.0), .labels = Eigen::Vector2d(0.0, 1.0)};
  };
  const auto target = make_target(LogisticRegressionOptions{.data = "some.csv", .prior_std = 2.0}, 0, source);
  EXPECT_EQ(asked, std::vector<std::string>{"some.csv"});
  EXPECT_EQ(target->parameter_names(), (std::vector<std::string>{"intercept", "age"}));
  // Both observations have probability 1/2, and the prior N(0, 4) its peak.
  EXPECT_NEAR(test::evaluate(*target, Eigen::MatrixXd::Zero(2, 1)).log_densities[0],
              -2.0 * std::log(2.0) - std::log(2.0 * std::acos(-1.0) * 4.0), 1e-14);
}

TEST(MakeTarget, DrawsARandomMixtureFromTheSeed) {
  const TableSource none = [](const std::string&) -> LabelledTable { throw Error("there is nothing to read"); };
  const auto target = make_target(RandomGaussianMixtureOptions{.dimension = 6}, 3, none);
  EXPECT_EQ(target->dimension(), 6);
  const Eigen::MatrixXd samples = test::normal_samples(*target, 30.0);
  GaussianMixture expected = random_gaussian_mixture({.dimension = 6}, 3);
  EXPECT_EQ(test::evaluate(*target, samples).log_densities, test::evaluate(expected, samples).log_densities);
}

TEST(MakeTarget, PassesOnTheErrorsOfItsSource) {
  const TableSource broken = [](const std::string&) -> LabelledTable { throw Error("no such file", ExitCode::data); };
  EXPECT_THROW(make_target(LogisticRegressionOptions{.data = "a"}, 0, broken), Error);
}

}  // namespace
}  // namespace gmmvi::target
