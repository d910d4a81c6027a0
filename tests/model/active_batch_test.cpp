#include "model/active_batch.hpp"

#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace gmmvi {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(InsideSupport, AreTheSamplesWithAFiniteLogDensity) {
  const Eigen::Vector4d log_densities(-infinity, -1e10, 0.0, -infinity);
  EXPECT_EQ(model::inside_support(log_densities), (std::vector<Eigen::Index>{1, 2}));
  EXPECT_TRUE(model::inside_support(Eigen::VectorXd::Constant(3, -infinity)).empty());
  EXPECT_TRUE(model::inside_support(Eigen::VectorXd()).empty());
}

// Slides of every size over numbered samples; the memory is left behind several times.
TEST(ActiveBatch, KeepsTheNewestAndThenTheNew) {
  const Eigen::MatrixXd samples = Eigen::MatrixXd::Random(2, 200);
  const Eigen::VectorXd log_densities = Eigen::VectorXd::Random(200);
  const Eigen::MatrixXd predictors = Eigen::MatrixXd::Random(3, 200);
  model::ActiveBatch batch, predicted;
  Eigen::Index next = 0;  // the sample that comes next
  for (const auto& [kept, added] : std::vector<std::pair<Eigen::Index, Eigen::Index>>{
           {0, 3}, {3, 2}, {5, 1}, {5, 1}, {2, 30}, {32, 1}, {32, 40}, {0, 7}, {7, 0}, {1, 0}, {1, 60}, {61, 0}}) {
    batch.slide(kept, samples.middleCols(next, added), log_densities.segment(next, added));
    predicted.slide(kept, samples.middleCols(next, added), log_densities.segment(next, added),
                    predictors.middleCols(next, added));
    next += added;
    ASSERT_EQ(batch.size(), kept + added);
    EXPECT_EQ(batch.predictors().rows(), 0);
    EXPECT_EQ(predicted.samples(), batch.samples());
    EXPECT_EQ(predicted.predictors(), predictors.middleCols(next - batch.size(), batch.size()));
    EXPECT_EQ(batch.samples(), samples.middleCols(next - batch.size(), batch.size()));
    EXPECT_EQ(batch.log_densities(), log_densities.segment(next - batch.size(), batch.size()));
  }
}

TEST(LogRatios, SubtractTheTemperedModelDensity) {
  const Eigen::VectorXd ratios =
      model::log_ratios(Eigen::Vector3d(1.0, -2.0, 3.0), Eigen::Vector3d(4.0, 5.0, 6.0), 0.5, {0, 1, 2});
  EXPECT_EQ(ratios, Eigen::Vector3d(-1.0, -4.5, 0.0));
}

TEST(LogRatios, OutsideTheSupportTheLowestFiniteDensityStandsIn) {
  const Eigen::VectorXd ratios =
      model::log_ratios(Eigen::Vector3d(-infinity, -7.0, 3.0), Eigen::Vector3d(1.0, 1.0, 1.0), 1.0, {1, 2});
  EXPECT_EQ(ratios, Eigen::Vector3d(-8.0, -8.0, 2.0));
}

TEST(InsideSupport, TakesValuesThatSayNothingForOutside) {
  EXPECT_EQ(model::inside_support(Eigen::Vector3d(-1e18, -7.0, -1e300), model::says_nothing),
            (std::vector<Eigen::Index>{1}));
  EXPECT_EQ(model::inside_support(Eigen::Vector3d(-1e18, -7.0, -1e300)).size(), 3U) << "steep, as far as it tells";
  EXPECT_TRUE(model::inside_support(Eigen::Vector2d(-1e18, -1e18)).empty());
}

TEST(InsideSupport, TakesAFloorFarBelowForOutside) {
  EXPECT_EQ(model::inside_support(Eigen::Vector4d(-1e6, -7.0, -1e6, 3.0)), (std::vector<Eigen::Index>{1, 3}));
  EXPECT_EQ(model::inside_support(Eigen::Vector4d(-1e6, -7.0, -1.1e6, 3.0)).size(), 4U) << "no two are the same";
  EXPECT_EQ(model::inside_support(Eigen::Vector4d(-8.0, -7.0, -8.0, 3.0)).size(), 4U) << "not far below";
  EXPECT_EQ(model::inside_support(Eigen::Vector4d(-200003.0, -200003.0, -200001.0, -200000.0)).size(), 4U)
      << "low, and of few digits";
  EXPECT_EQ(model::inside_support(Eigen::Vector2d(-8.0, -8.0)).size(), 2U) << "flat everywhere";
  EXPECT_TRUE(model::inside_support(Eigen::Vector2d(-1e6, -1e6)).empty()) << "a penalty and nothing else";
}

TEST(LogRatios, AreBoundedOutsideTheSupport) {
  const Eigen::VectorXd ratios = model::bounded_log_ratios(Eigen::Vector4d(-infinity, -7.0, 3.0, -infinity),
                                                           Eigen::Vector4d(1.0, 1.0, 1.0, -50.0), 1.0, {1, 2}, 4.0);
  EXPECT_EQ(ratios, Eigen::Vector4d(-12.0, -8.0, 2.0, -12.0));
}

}  // namespace
}  // namespace gmmvi
