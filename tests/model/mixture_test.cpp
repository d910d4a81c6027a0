#include "gmmvi/mixture.hpp"

#include <cmath>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "core/contract.hpp"
#include "math/golden_batch.hpp"
#include "math/situations.hpp"

namespace gmmvi {
namespace {

using FullMixture = Mixture<FullCovariance>;

void expect_normalized(const FullMixture& mixture) {
  EXPECT_NEAR(mixture.weights().sum(), 1.0, 1e-15 * static_cast<double>(mixture.size()));
}

std::vector<std::uint64_t> ids(const FullMixture& mixture) {
  std::vector<std::uint64_t> all;
  for (const auto& component : mixture.components()) all.push_back(component.id);
  return all;
}

template <class Covariance>
void expect_the_references(std::size_t cases) {
  const auto file = test::golden("mixture");
  const double tolerance = file.at("tolerance");
  for (const auto& each : test::cases<Covariance>(file, cases)) {
    const auto& expected = each.at("expected");
    const auto mixture = test::golden_mixture<Covariance>(each.at("inputs"));
    const Eigen::MatrixXd samples = test::matrix_of_columns(each.at("inputs").at("x"));
    const auto [log_density, gradient] = mixture.log_density_and_gradient(samples);
    const Eigen::Index last = mixture.dimension() - 1;
    test::expect_near_relative(mixture.component_log_densities(samples),
                               test::matrix_of_columns(expected.at("component_log_densities")), tolerance);
    test::expect_near_relative(log_density, test::vector(expected.at("log_density")), tolerance);
    test::expect_near_relative(mixture.log_density(samples), test::vector(expected.at("log_density")), tolerance);
    test::expect_near_relative(gradient, test::matrix_of_columns(expected.at("log_density_grad")), tolerance);
    test::expect_near_relative(mixture.component_entropies(), test::vector(expected.at("component_entropies")),
                               tolerance);
    test::expect_near_relative(mixture.average_entropy(), expected.at("average_entropy").template get<double>(),
                               tolerance);
    test::expect_near_relative(mixture.marginal_log_density(last, samples.row(last).transpose()),
                               test::vector(expected.at("marginal_log_density_of_last_dimension")), tolerance);
  }
}

TEST(Mixture, HasTheReferencesDensitiesGradientsAndEntropies) {
  expect_the_references<FullCovariance>(3);
  expect_the_references<DiagonalCovariance>(2);
}

template <class Covariance>
class MixtureOf : public testing::Test {
 protected:
  static Mixture<Covariance> three() {
    std::vector<GaussianPointer<Covariance>> gaussians;
    for (const double place : {-4.0, 0.0, 5.0})
      gaussians.push_back(std::make_shared<const Gaussian<Covariance>>(
          Eigen::Vector2d(place, -place), Covariance::from_variances(Eigen::Vector2d(0.5, 2.0))));
    return {std::move(gaussians), Eigen::Vector3d(0.2, 0.5, 0.3)};
  }
};
using Shapes = testing::Types<FullCovariance, DiagonalCovariance>;
TYPED_TEST_SUITE(MixtureOf, Shapes);

TYPED_TEST(MixtureOf, ResponsibilitiesAreBayesRuleAndSumToOne) {
  const auto mixture = this->three();
  const Eigen::MatrixXd samples = 3.0 * test::normal_matrix(2, 50, 1);
  const Eigen::MatrixXd logs = mixture.log_responsibilities(samples);
  EXPECT_LT(test::largest_error(logs.array().exp().rowwise().sum().matrix(), Eigen::VectorXd::Ones(50)), 1e-14);
  const Eigen::MatrixXd joint = mixture.component_log_densities(samples).rowwise() + mixture.log_weights().transpose();
  EXPECT_LT(test::largest_error(logs.colwise() + mixture.log_density(samples), joint), 1e-12);
}

TYPED_TEST(MixtureOf, SamplesHaveItsWeightsMeansAndVariances) {
  const auto mixture = this->three();
  constexpr Eigen::Index count = 200000;
  const auto drawn = mixture.sample(count, 42);
  ASSERT_EQ(drawn.components.size(), static_cast<std::size_t>(count));
  for (Eigen::Index k = 0; k < 3; ++k) {
    std::vector<Eigen::Index> of_k;
    for (std::size_t n = 0; n < drawn.components.size(); ++n)
      if (drawn.components[n] == k) of_k.push_back(static_cast<Eigen::Index>(n));
    const auto size = static_cast<double>(of_k.size());
    EXPECT_NEAR(size / count, mixture.weights()[k], 0.005);
    const Eigen::MatrixXd own = drawn.samples(Eigen::all, of_k);
    const Eigen::VectorXd mean = own.rowwise().mean();
    EXPECT_LT((mean - mixture.gaussian(k).mean()).norm(), 0.03);
    const Eigen::VectorXd variances = (own.colwise() - mean).rowwise().squaredNorm() / size;
    EXPECT_LT((variances - mixture.gaussian(k).covariance().variances()).norm(), 0.05);
  }
}

TYPED_TEST(MixtureOf, SamplesAreTheSameForTheSameSeedOnly) {
  const auto mixture = this->three();
  EXPECT_TRUE(test::same_bits(mixture.sample(33, 1).samples, mixture.sample(33, 1).samples));
  EXPECT_FALSE(test::same_bits(mixture.sample(33, 1).samples, mixture.sample(33, 2).samples));
  EXPECT_EQ(mixture.sample(0, 1).samples.cols(), 0);
  EXPECT_TRUE(test::same_bits(mixture.sample_component(1, 40, 7).leftCols(9), mixture.sample_component(1, 9, 7)));
  EXPECT_FALSE(test::same_bits(mixture.sample_component(0, 1, 1), mixture.sample(1000, 1).samples.leftCols(1)))
      << "samples of the mixture and of a component share no random numbers";
  EXPECT_LT((mixture.sample_component(2, 50000, 7).rowwise().mean() - mixture.gaussian(2).mean()).norm(), 0.03);
}

TYPED_TEST(MixtureOf, MarginalsIntegrateToOne) {
  const auto mixture = this->three();
  const Eigen::VectorXd values = Eigen::VectorXd::LinSpaced(4001, -20.0, 20.0);
  for (const Eigen::Index d : {0, 1})
    EXPECT_NEAR(mixture.marginal_log_density(d, values).array().exp().sum() * 0.01, 1.0, 1e-9);
}

TYPED_TEST(MixtureOf, MeanAndVariancesAreThoseOfItsSamples) {
  const auto mixture = this->three();
  const Eigen::MatrixXd samples = mixture.sample(200000, 3).samples;
  const Eigen::VectorXd mean = samples.rowwise().mean();
  EXPECT_LT((mixture.mean() - mean).norm(), 0.05);
  const Eigen::VectorXd variances = (samples.colwise() - mean).rowwise().squaredNorm() / 200000.0;
  EXPECT_LT(test::largest_error(mixture.marginal_variances(), variances), 0.02);
}

TYPED_TEST(MixtureOf, OfOneGaussianHasItsMomentsAndQuantiles) {
  const auto gaussian = std::make_shared<const Gaussian<TypeParam>>(
      Eigen::Vector2d(3.0, -1.0 / 3.0), TypeParam::from_variances(Eigen::Vector2d(0.25, 4.0)));
  const Mixture<TypeParam> mixture({gaussian}, Eigen::VectorXd::Ones(1));
  EXPECT_EQ(mixture.mean(), gaussian->mean());
  EXPECT_EQ(mixture.marginal_variances(), gaussian->covariance().variances());
  EXPECT_EQ(mixture.marginal_quantile(0, 0.5), 3.0);
  EXPECT_DOUBLE_EQ(mixture.marginal_quantile(0, 0.95), 3.0 + 0.5 * 1.6448536269514722);
  EXPECT_DOUBLE_EQ(mixture.marginal_quantile(1, 0.05), -1.0 / 3.0 - 2.0 * 1.6448536269514722);
}

TYPED_TEST(MixtureOf, QuantilesInvertTheCdfOfTheirCoordinate) {
  const auto mixture = this->three();
  for (const Eigen::Index d : {0, 1})
    for (const double p : {0.001, 0.05, 0.3, 0.5, 0.95, 0.999})
      EXPECT_NEAR(mixture.marginal_cdf(d, mixture.marginal_quantile(d, p)), p, 1e-11) << d;
  EXPECT_LT(mixture.marginal_quantile(0, 0.1), -3.0);
  EXPECT_LT(mixture.marginal_quantile(1, 0.1), -3.0) << "the other way round";
}

TYPED_TEST(MixtureOf, TheCdfIsTheIntegralOfTheMarginalDensity) {
  const auto mixture = this->three();
  const Eigen::VectorXd values = Eigen::VectorXd::LinSpaced(2001, -20.0, 0.0);
  for (const Eigen::Index d : {0, 1}) {
    const Eigen::VectorXd density = mixture.marginal_log_density(d, values).array().exp();
    const double integral = 0.01 * (density.sum() - 0.5 * density[2000]);
    EXPECT_NEAR(mixture.marginal_cdf(d, 0.0), integral, 1e-4);
  }
}

TEST(Mixture, MarginalsOfCorrelatedComponentsHaveTheirVariances) {
  const FullMixture mixture = test::overlapping_mixture(4, 5, 1);
  const Eigen::MatrixXd samples = mixture.sample(200000, 3).samples;
  const Eigen::VectorXd variances =
      (samples.colwise() - mixture.mean()).rowwise().squaredNorm() / static_cast<double>(samples.cols());
  EXPECT_LT(test::largest_error(mixture.marginal_variances(), variances), 0.02);
  for (Eigen::Index d = 0; d < 5; ++d) {
    const double below = static_cast<double>((samples.row(d).array() <= mixture.marginal_quantile(d, 0.3)).count());
    EXPECT_NEAR(below / 200000.0, 0.3, 0.005) << d;
  }
}

class MixtureGradient : public testing::TestWithParam<Eigen::Index> {};

TEST_P(MixtureGradient, IsThatOfCentralDifferences) {
  const Eigen::Index d = GetParam();
  const FullMixture mixture = test::overlapping_mixture(4, d, 1);
  const Eigen::MatrixXd samples = test::normal_matrix(d, 40, 2);
  const Eigen::MatrixXd gradient = mixture.log_density_and_gradient(samples).gradient;
  const double h = 1e-5;
  for (Eigen::Index i = 0; i < d; ++i) {
    Eigen::MatrixXd above = samples, below = samples;
    above.row(i).array() += h;
    below.row(i).array() -= h;
    const Eigen::VectorXd difference = (mixture.log_density(above) - mixture.log_density(below)) / (2.0 * h);
    EXPECT_LT(test::largest_error(Eigen::VectorXd(gradient.row(i)), difference), 1e-7);
  }
}

INSTANTIATE_TEST_SUITE_P(Dimensions, MixtureGradient, testing::Values(1, 2, 5, 20));

TEST(MixtureComponents, GetIdsInOrderAndNormalizedWeights) {
  const auto gaussian = test::random_gaussian(2, 1);
  const FullMixture mixture({gaussian, gaussian, gaussian}, Eigen::Vector3d(1.0, 2.0, 5.0));
  EXPECT_EQ(ids(mixture), (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_LT(test::largest_error(mixture.weights(), Eigen::Vector3d(0.125, 0.25, 0.625)), 1e-15);
}

TEST(MixtureComponents, NeverGetAnIdTwice) {
  FullMixture mixture = test::overlapping_mixture(3, 2, 1);
  std::set<std::uint64_t> seen = {0, 1, 2};
  for (int round = 0; round < 20; ++round) {
    EXPECT_TRUE(seen.insert(mixture.add(test::random_gaussian(2, 50), 0.1)).second);
    mixture.remove({round % 2 == 0 ? mixture.size() - 1 : 0});  // the newest, too
  }
}

TEST(MixtureComponents, KeepNormalizedWeightsWhenOthersComeAndGo) {
  FullMixture mixture = test::overlapping_mixture(3, 2, 1);
  for (std::uint64_t round = 0; round < 30; ++round) {
    mixture.add(test::random_gaussian(2, round), round % 2 == 0 ? 1e-29 : 0.3);
    expect_normalized(mixture);
    if (round % 3 != 2) continue;
    mixture.remove({0, 2});
    expect_normalized(mixture);
  }
}

TEST(MixtureComponents, AreRemovedByIndexAndTheOthersKeepTheirProportions) {
  FullMixture mixture = test::overlapping_mixture(5, 2, 1);
  const FullMixture before = mixture;
  mixture.remove({1, 4});
  EXPECT_EQ(ids(mixture), (std::vector<std::uint64_t>{0, 2, 3}));
  const Eigen::VectorXd kept = before.weights()(std::vector<Eigen::Index>{0, 2, 3});
  EXPECT_LT(test::largest_error(mixture.weights(), kept / kept.sum()), 1e-15);
  EXPECT_EQ(mixture.components()[1].gaussian, before.components()[2].gaussian);
}

TEST(MixtureComponents, OfTheLeastWeightComeBackWhenTheOthersGo) {
  const auto gaussian = test::random_gaussian(2, 1);
  FullMixture mixture({gaussian, gaussian, gaussian}, Eigen::Vector3d(1.0, 1e-29, 1e-29));
  mixture.remove({0});
  EXPECT_LT(test::largest_error(mixture.weights(), Eigen::Vector2d(0.5, 0.5)), 1e-14);
}

TEST(MixtureComponents, AreReplacedInPlace) {
  FullMixture mixture = test::overlapping_mixture(3, 2, 1);
  const Eigen::VectorXd before = mixture.log_weights();
  const auto gaussian = test::random_gaussian(2, 77);
  mixture.replace(1, gaussian);
  EXPECT_EQ(mixture.components()[1].gaussian, gaussian);
  EXPECT_EQ(&mixture.gaussian(1), gaussian.get());
  EXPECT_EQ(ids(mixture), (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_TRUE(test::same_bits(mixture.log_weights(), before));
}

TEST(MixtureComponents, AreRestoredBitForBitAndNewIdsFollow) {
  FullMixture original = test::overlapping_mixture(4, 3, 1);
  original.remove({1});
  FullMixture restored(original.components(), original.log_weights());
  EXPECT_EQ(ids(restored), (std::vector<std::uint64_t>{0, 2, 3}));
  EXPECT_TRUE(test::same_bits(restored.log_weights(), original.log_weights()));
  EXPECT_EQ(restored.add(test::random_gaussian(3, 9), 0.1), 4u);
}

TEST(MixtureWeights, AreKeptAboveTheFloorAndNormalized) {
  FullMixture mixture = test::overlapping_mixture(3, 2, 1);
  mixture.set_log_weights(Eigen::Vector3d(5.0, -1e300, 6.0));
  expect_normalized(mixture);
  EXPECT_NEAR(mixture.log_weights()[1], std::log(1e-30), 1e-12);
}

// In release builds, too.
TEST(Mixture, WrongShapesAndIndicesAreBugsThatTouchNoMemory) {
  const auto unit = [](Eigen::Index dimension) {
    return std::make_shared<const Gaussian<FullCovariance>>(
        Eigen::VectorXd::Zero(dimension), FullCovariance::from_variances(Eigen::VectorXd::Ones(dimension)));
  };
  using core::ContractViolation;
  EXPECT_THROW(FullMixture({unit(2)}, Eigen::VectorXd::Ones(3)), ContractViolation);
  EXPECT_THROW(FullMixture(std::vector<GaussianPointer<FullCovariance>>(), Eigen::VectorXd(0)), ContractViolation);
  EXPECT_THROW(Gaussian<FullCovariance>(Eigen::VectorXd::Zero(3), unit(2)->covariance()), ContractViolation);
  FullMixture mixture({unit(2), unit(2), unit(2)}, Eigen::VectorXd::Ones(3));
  for (const Eigen::Index k : {-1, 3}) {
    EXPECT_THROW(mixture.gaussian(k), ContractViolation);
    EXPECT_THROW(mixture.replace(k, unit(2)), ContractViolation);
    EXPECT_THROW(mixture.remove({k}), ContractViolation);
  }
  EXPECT_THROW(mixture.remove({1, 1}), ContractViolation);
  EXPECT_THROW(mixture.remove({0, 1, 2}), ContractViolation);
  EXPECT_THROW(mixture.replace(0, unit(3)), ContractViolation);
  EXPECT_THROW(mixture.set_log_weights(Eigen::VectorXd::Zero(2)), ContractViolation);
  const Eigen::MatrixXd wrong = Eigen::MatrixXd::Zero(3, 40);
  EXPECT_THROW(mixture.log_density(wrong), ContractViolation);
  EXPECT_THROW(mixture.log_density_and_gradient(wrong), ContractViolation);
  EXPECT_THROW(mixture.component_log_densities(wrong), ContractViolation);
  EXPECT_THROW(mixture.marginal_log_density(2, Eigen::VectorXd::Zero(3)), ContractViolation);
  EXPECT_THROW(mixture.marginal_cdf(2, 0.0), ContractViolation);
  EXPECT_THROW(mixture.marginal_quantile(-1, 0.5), ContractViolation);
  EXPECT_EQ(mixture.size(), 3) << "unchanged";
}

}  // namespace
}  // namespace gmmvi
