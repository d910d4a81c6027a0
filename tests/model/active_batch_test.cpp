#include "model/active_batch.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace gmmvi {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(InsideSupport, AreTheSamplesWithAFiniteLogDensity) {
  const Eigen::Vector4d log_densities(-infinity, -1e300, 0.0, -infinity);
  EXPECT_EQ(model::inside_support(log_densities), (std::vector<Eigen::Index>{1, 2}));
  EXPECT_TRUE(model::inside_support(Eigen::VectorXd::Constant(3, -infinity)).empty());
  EXPECT_TRUE(model::inside_support(Eigen::VectorXd()).empty());
}

TEST(Continued, AreTheNewestOfTheLastAndThenTheNew) {
  const Eigen::MatrixXd samples = Eigen::MatrixXd::Random(2, 5), gradients = Eigen::MatrixXd::Random(2, 5);
  const Eigen::VectorXd log_densities = Eigen::VectorXd::Random(5);
  const model::ActiveBatch last{samples.leftCols(3), log_densities.head(3), gradients.leftCols(3)};
  const model::ActiveBatch added{samples.rightCols(2), log_densities.tail(2), gradients.rightCols(2)};
  for (const Eigen::Index kept : {0, 1, 3}) {
    const model::ActiveBatch batch = model::continued(last, kept, added);
    EXPECT_EQ(batch.samples.rightCols(2), samples.rightCols(2));
    EXPECT_EQ(batch.samples.leftCols(kept), samples.middleCols(3 - kept, kept));
    EXPECT_EQ(batch.log_densities, log_densities.tail(kept + 2));
    EXPECT_EQ(batch.gradients.leftCols(kept), gradients.middleCols(3 - kept, kept));
    EXPECT_EQ(batch.gradients.cols(), kept + 2);
  }
}

TEST(Continued, MayAddNothingAndHaveNoGradients) {
  const Eigen::MatrixXd samples = Eigen::MatrixXd::Random(2, 3);
  const model::ActiveBatch last{samples, Eigen::VectorXd::Random(3), Eigen::MatrixXd()};
  const model::ActiveBatch batch =
      model::continued(last, 2, {Eigen::MatrixXd(2, 0), Eigen::VectorXd(0), Eigen::MatrixXd()});
  EXPECT_EQ(batch.samples, samples.rightCols(2));
  EXPECT_EQ(batch.gradients.size(), 0);
}

TEST(LogRatios, SubtractTheTemperedModelDensity) {
  const Eigen::VectorXd ratios =
      model::log_ratios(Eigen::Vector3d(1.0, -2.0, 3.0), Eigen::Vector3d(4.0, 5.0, 6.0), 0.5);
  EXPECT_EQ(ratios, Eigen::Vector3d(-1.0, -4.5, 0.0));
}

TEST(LogRatios, OutsideTheSupportTheLowestFiniteDensityStandsIn) {
  const Eigen::VectorXd ratios =
      model::log_ratios(Eigen::Vector3d(-infinity, -7.0, 3.0), Eigen::Vector3d(1.0, 1.0, 1.0), 1.0);
  EXPECT_EQ(ratios, Eigen::Vector3d(-8.0, -8.0, 2.0));
}

}  // namespace
}  // namespace gmmvi
