#include "runner/prediction.hpp"

#include <cmath>
#include <limits>

#include <boost/math/distributions/normal.hpp>
#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "support/temporary_folder.hpp"

namespace gmmvi::runner {
namespace {

TEST(WeightedQuantile, IsTheLeastValueWithEnoughBelow) {
  const Eigen::Vector4d values(3.0, 1.0, 4.0, 2.0), weights(0.25, 0.25, 0.25, 0.25);
  EXPECT_EQ(weighted_quantile(values, weights, 0.05), 1.0);
  EXPECT_EQ(weighted_quantile(values, weights, 0.25), 1.0);
  EXPECT_EQ(weighted_quantile(values, weights, 0.26), 2.0);
  EXPECT_EQ(weighted_quantile(values, weights, 0.95), 4.0);
}

TEST(WeightedQuantile, CountsAValueAsOftenAsItsWeightSays) {
  const Eigen::Vector3d values(1.0, 2.0, 3.0), weights(0.1, 0.1, 0.8);
  EXPECT_EQ(weighted_quantile(values, weights, 0.5), 3.0);
  EXPECT_EQ(weighted_quantile(values, weights, 0.15), 2.0);
}

TEST(WeightedQuantile, AsksOnlyWhatHasAWeight) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(weighted_quantile(Eigen::Vector2d(nan, 2.0), Eigen::Vector2d(0.0, 1.0), 0.5), 2.0);
  EXPECT_TRUE(std::isnan(weighted_quantile(Eigen::Vector2d(nan, 2.0), Eigen::Vector2d(0.1, 0.9), 0.5)));
}

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

/// Two samples, of which the second counts three times as much, and two that do not count: one is outside of the
/// support, of the other the outputs were not kept.
class OfARun : public testing::Test {
 protected:
  OfARun() {
    io::OutputsWriter writer(folder_ / "outputs.nc",
                             {.gmmvi_version = "1", .target = "t", .codename = "", .parameter_names = {"a", "sigma"}},
                             4, 3);
    Eigen::MatrixXd outputs(3, 4);
    outputs << 1.0, nan, nan, 3.0, 1.0, nan, nan, 3.0, 1.0, nan, nan, nan;
    const Eigen::Vector4d log_weights(5.0, -infinity, 7.0, 5.0 + std::log(3.0));
    Eigen::MatrixXd samples(2, 4);
    samples << 0.0, 0.0, 0.0, 0.0, 0.5, 9.0, 9.0, 2.0;
    writer.append({.samples = samples, .log_densities = log_weights, .log_weights = log_weights, .outputs = outputs});
    writer.write();
  }

  const test::TemporaryFolder folder_;
};

TEST_F(OfARun, WeighsWhatIsKnown) {
  const io::Predictive found = predict(io::OutputsReader(folder_ / "outputs.nc"));
  EXPECT_FALSE(found.simulated);
  EXPECT_EQ(found.draws, 4);
  EXPECT_EQ(found.outside, 1);
  EXPECT_EQ(found.without_outputs, 1);
  EXPECT_NEAR(found.effective_samples, 1.6, 1e-12);
  EXPECT_NEAR(found.mean[0], 2.5, 1e-12);
  EXPECT_EQ(found.quantiles.col(1), Eigen::Vector3d(1.0, 3.0, 3.0));
  EXPECT_TRUE(std::isnan(found.mean[2])) << "one that counts is not known";
  EXPECT_EQ(found.data_quantiles.size(), 0);
}

// A mixture of two normal distributions, whose quantiles are where its distribution function says.
TEST_F(OfARun, NewDataHaveTheNoiseOfTheirSample) {
  const problem::Data data = problem::read_data("d.csv", "value\n1\nNA\n1\n");
  const problem::Likelihood likelihood(
      {.data = "d.csv", .column = "value", .family = "gaussian", .arguments = {"sigma"}}, data,
      std::vector<std::string>{"a", "sigma"});
  const io::Predictive found = predict(io::OutputsReader(folder_ / "outputs.nc"), &likelihood);
  for (const Eigen::Index m : {0, 1})
    for (std::size_t i = 0; i < io::predictive_probabilities.size(); ++i) {
      const double x = found.data_quantiles(static_cast<Eigen::Index>(i), m);
      const double below = 0.25 * cdf(boost::math::normal(1.0, 0.5), x) + 0.75 * cdf(boost::math::normal(3.0, 2.0), x);
      EXPECT_NEAR(below, io::predictive_probabilities[i], 2e-3);
    }
  EXPECT_TRUE(found.data_quantiles.col(2).array().isNaN().all());
}

TEST(OfARunWithoutOutputs, NothingIsPredicted) {
  const test::TemporaryFolder folder;
  io::OutputsWriter writer(folder / "outputs.nc",
                           {.gmmvi_version = "1", .target = "t", .codename = "", .parameter_names = {"a"}}, 1, 1);
  writer.append({.samples = Eigen::MatrixXd::Zero(1, 1),
                 .log_densities = Eigen::VectorXd::Zero(1),
                 .log_weights = Eigen::VectorXd::Zero(1),
                 .outputs = Eigen::MatrixXd::Constant(1, 1, nan)});
  writer.write();
  EXPECT_THROW(predict(io::OutputsReader(folder / "outputs.nc")), Error);
}

}  // namespace
}  // namespace gmmvi::runner
