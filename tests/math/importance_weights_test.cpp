#include "math/importance_weights.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "math/golden_batch.hpp"
#include "math/situations.hpp"

namespace gmmvi {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(ImportanceWeights, SelfNormalizedSumToOneHoweverSmall) {
  for (const double shift : {0.0, -1e5, 1e5, -1e300}) {
    const Eigen::VectorXd weights = math::importance_weights(test::normal_vector(50, 1).array() + shift, true);
    EXPECT_NEAR(weights.sum(), 1.0, 1e-14) << shift;
  }
}

TEST(ImportanceWeights, OtherwiseAreRatiosOverTheNumberOfSamples) {
  const Eigen::VectorXd log_weights = test::normal_vector(50, 2);
  const Eigen::VectorXd expected = log_weights.array().exp() / 50.0;
  EXPECT_LT(test::largest_error(math::importance_weights(log_weights, false), expected), 1e-15);
}

TEST(ImportanceWeights, AreZeroWhereEverySampleIsImpossible) {
  const Eigen::VectorXd log_weights = Eigen::VectorXd::Constant(7, -infinity);
  EXPECT_TRUE(math::importance_weights(log_weights, true).isZero(0.0));
  EXPECT_TRUE(math::importance_weights(log_weights, false).isZero(1e-300));
}

TEST(ImportanceWeights, OfNoSamplesAreEmpty) {
  for (const bool self_normalized : {true, false})
    EXPECT_EQ(math::importance_weights(Eigen::VectorXd(), self_normalized).size(), 0);
}

TEST(ImportanceWeights, AnImpossibleSampleWeighsNothing) {
  const Eigen::VectorXd weights = math::importance_weights(Eigen::Vector3d(0.0, -infinity, 0.0), true);
  EXPECT_NEAR(weights[1], 0.0, 1e-300);
  EXPECT_DOUBLE_EQ(weights[0], 0.5);
}

TEST(EffectiveSampleSize, IsTheNumberOfSamplesWhereAllWeighTheSame) {
  for (const double value : {0.0, -700.0, 1e6})
    EXPECT_NEAR(math::effective_sample_size(Eigen::VectorXd::Constant(64, value)), 64.0, 1e-11);
}

TEST(EffectiveSampleSize, IsOneWhereOneSampleHasAllTheWeight) {
  EXPECT_DOUBLE_EQ(math::effective_sample_size(Eigen::Vector3d(-1e5, 0.0, -infinity)), 1.0);
}

TEST(EffectiveSampleSize, IsZeroWhereThereIsNoWeight) {
  EXPECT_EQ(math::effective_sample_size(Eigen::VectorXd()), 0.0);
  EXPECT_EQ(math::effective_sample_size(Eigen::VectorXd::Constant(5, -infinity)), 0.0);
}

TEST(EffectiveSampleSize, LiesBetweenOneAndTheNumberOfSamples) {
  for (const double spread : {0.1, 1.0, 10.0, 1000.0}) {
    const double size = math::effective_sample_size(spread * test::normal_vector(40, 3));
    EXPECT_GE(size, 1.0 - 1e-14);
    EXPECT_LE(size, 40.0 + 1e-11);
  }
}

template <class Covariance>
void expect_the_references(std::size_t cases) {
  const auto file = test::golden("effective_sample_size");
  for (const auto& each : test::cases<Covariance>(file, cases)) {
    const test::GoldenBatch<Covariance> batch(each.at("inputs"));
    Eigen::VectorXd components(batch.mixture.size());
    for (Eigen::Index k = 0; k < components.size(); ++k)
      components[k] = math::effective_sample_size(batch.log_importance_weights.col(k));
    test::expect_near_relative(components, test::vector(each.at("expected").at("component")), file.at("tolerance"));
    test::expect_near_relative(math::effective_sample_size(batch.mixture_log_weights),
                               each.at("expected").at("mixture").template get<double>(), file.at("tolerance"));
  }
}

TEST(EffectiveSampleSize, IsTheReferencesForEveryComponentAndTheMixture) {
  expect_the_references<FullCovariance>(3);
  expect_the_references<DiagonalCovariance>(2);
}

}  // namespace
}  // namespace gmmvi
