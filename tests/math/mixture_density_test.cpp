#include "math/mixture_density.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "math/situations.hpp"

namespace gmmvi {
namespace {

using math::Gradient;
using math::MixtureDensity;

constexpr double infinity = std::numeric_limits<double>::infinity();

// Three components in D dimensions and samples that fill two blocks and a part of a third.
class DensityBits : public testing::TestWithParam<Eigen::Index> {
 protected:
  MixtureDensity at(const Eigen::Ref<const Eigen::MatrixXd>& x) const {
    return math::mixture_density(mixture.gaussians(), mixture.log_weights(), x, Gradient::compute);
  }
  static void expect_same(const MixtureDensity& part, const MixtureDensity& whole,
                          const std::vector<Eigen::Index>& positions) {
    EXPECT_TRUE(test::same_bits(part.log_density, Eigen::VectorXd(whole.log_density(positions))));
    EXPECT_TRUE(test::same_bits(part.components, Eigen::MatrixXd(whole.components(positions, Eigen::all))));
    EXPECT_TRUE(test::same_bits(part.gradient, Eigen::MatrixXd(whole.gradient(Eigen::all, positions))));
  }

  const Mixture<FullCovariance> mixture = test::overlapping_mixture(3, GetParam(), 1);
  const Eigen::MatrixXd samples = 2.0 * test::normal_matrix(GetParam(), 77, 2);
};

std::vector<Eigen::Index> range(Eigen::Index first, Eigen::Index count) {
  std::vector<Eigen::Index> positions(static_cast<std::size_t>(count));
  std::iota(positions.begin(), positions.end(), first);
  return positions;
}

TEST_P(DensityBits, DoNotDependOnTheOrderOfTheSamples) {
  const MixtureDensity whole = at(samples);
  core::Stream stream(3, core::Purpose::samples);
  std::vector<Eigen::Index> order = range(0, samples.cols());
  for (int trial = 0; trial < 3; ++trial) {
    std::ranges::shuffle(order, stream);
    expect_same(at(Eigen::MatrixXd(samples(Eigen::all, order))), whole, order);
  }
}

TEST_P(DensityBits, DoNotDependOnHowTheBatchIsSplit) {
  const MixtureDensity whole = at(samples);
  for (const Eigen::Index size : {1, 3, 31, 33, 50})
    for (Eigen::Index first = 0; first < samples.cols(); first += size) {
      const Eigen::Index count = std::min(size, samples.cols() - first);
      expect_same(at(samples.middleCols(first, count)), whole, range(first, count));
    }
}

TEST_P(DensityBits, AreTheSameFromEveryFunction) {
  const MixtureDensity whole = at(samples);
  const MixtureDensity without_gradient =
      math::mixture_density(mixture.gaussians(), mixture.log_weights(), samples, Gradient::skip);
  EXPECT_TRUE(test::same_bits(without_gradient.log_density, whole.log_density));
  EXPECT_TRUE(test::same_bits(without_gradient.components, whole.components));
  EXPECT_EQ(without_gradient.gradient.size(), 0);
  EXPECT_TRUE(test::same_bits(math::component_log_densities(mixture.gaussians(), samples), whole.components));
  EXPECT_TRUE(test::same_bits(math::mix(whole.components, mixture.log_weights()), whole.log_density));
  EXPECT_TRUE(test::same_bits(math::mixture_log_density(mixture.gaussians(), mixture.log_weights(), samples),
                              whole.log_density));
}

TEST_P(DensityBits, OfABackgroundDoNotDependOnHowItsRowsAreSplit) {
  const MixtureDensity whole = at(samples);
  for (Eigen::Index first = 0; first < samples.cols(); first += 5) {
    const Eigen::Index count = std::min<Eigen::Index>(5, samples.cols() - first);
    EXPECT_TRUE(test::same_bits(math::mix(whole.components.middleRows(first, count), mixture.log_weights()),
                                whole.log_density.segment(first, count)));
  }
}

INSTANTIATE_TEST_SUITE_P(SmallDimensions, DensityBits, testing::Range<Eigen::Index>(1, 41));
INSTANTIATE_TEST_SUITE_P(LargeDimensions, DensityBits, testing::Values(63, 64, 65, 100));

TEST(DensityBitsOfDiagonalCovariances, DoNotDependOnHowTheBatchIsSplit) {
  for (const Eigen::Index d : {1, 2, 5, 31, 64, 65}) {
    math::Gaussians<DiagonalCovariance> gaussians;
    for (std::uint64_t k = 1; k <= 3; ++k)
      gaussians.push_back(std::make_shared<const Gaussian<DiagonalCovariance>>(
          test::normal_vector(d, k), DiagonalCovariance::from_variances(test::normal_vector(d, 10 + k).array().exp())));
    const Eigen::VectorXd log_weights = Eigen::Vector3d(-1.0, -0.5, -2.0);
    const Eigen::MatrixXd samples = 2.0 * test::normal_matrix(d, 77, 2);
    const MixtureDensity whole = math::mixture_density(gaussians, log_weights, samples, Gradient::compute);
    for (const Eigen::Index size : {1, 3, 31, 33, 50})
      for (Eigen::Index first = 0; first < samples.cols(); first += size) {
        const Eigen::Index count = std::min(size, samples.cols() - first);
        const MixtureDensity part =
            math::mixture_density(gaussians, log_weights, samples.middleCols(first, count), Gradient::compute);
        EXPECT_TRUE(test::same_bits(part.log_density, whole.log_density.segment(first, count)));
        EXPECT_TRUE(test::same_bits(part.components, whole.components.middleRows(first, count)));
        EXPECT_TRUE(test::same_bits(part.gradient, whole.gradient.middleCols(first, count)));
      }
  }
}

// Components far from each other, far from all, on top of each other, and next to without weight.
template <class Covariance>
Mixture<Covariance> scattered_mixture(Eigen::Index d, Eigen::Index size) {
  const Eigen::MatrixXd spread = test::normal_matrix(d, size, 21);
  Eigen::VectorXd log_weights = -10.0 * test::normal_matrix(size, 1, 22).col(0).cwiseAbs();
  log_weights[size / 2] = -69.0;
  std::vector<GaussianPointer<Covariance>> gaussians;
  for (Eigen::Index k = 0; k < size; ++k) {
    const double distance = k % 5 == 4 ? 1e4 : 30.0 * static_cast<double>(k / 2 % 4);
    const Eigen::VectorXd variances =
        (test::normal_matrix(d, 1, 100 + static_cast<std::uint64_t>(k)).array() - 1.0).exp();
    gaussians.push_back(std::make_shared<const Gaussian<Covariance>>(distance * spread.col(k / 2),
                                                                     Covariance::from_variances(variances)));
  }
  return Mixture<Covariance>(gaussians, log_weights.array().exp());
}

// A component that is left early, wherever that is, shows in no bit: in whatever order the samples stand, and whatever
// stands beside them, it is the mixture of all components' densities.
template <class Covariance>
void expect_what_is_left_early_not_to_show(Eigen::Index d) {
  const Mixture<Covariance> mixture = scattered_mixture<Covariance>(d, 40);
  core::Stream stream(5, core::Purpose::samples);
  Eigen::MatrixXd samples = test::normal_matrix(d, 1500, 23);
  for (Eigen::Index n = 0; n < samples.cols(); ++n)
    samples.col(n) += mixture.gaussian(n * mixture.size() / samples.cols()).mean();
  std::vector<Eigen::Index> order = range(0, samples.cols());
  for (int trial = 0; trial < 3; ++trial) {
    const Eigen::MatrixXd x = samples(Eigen::all, order);
    const Eigen::MatrixXd components = math::component_log_densities(mixture.gaussians(), x);
    const Eigen::VectorXd whole = math::mix(components, mixture.log_weights());
    EXPECT_TRUE(test::same_bits(math::mixture_log_density(mixture.gaussians(), mixture.log_weights(), x), whole));
    std::vector<Eigen::Index> nearest;
    EXPECT_TRUE(
        test::same_bits(math::mixture_log_density(mixture.gaussians(), mixture.log_weights(), x, nearest), whole));
    const Eigen::MatrixXd all_terms = components.rowwise() + mixture.log_weights().transpose();
    const Eigen::VectorXd largest = all_terms.rowwise().maxCoeff();
    EXPECT_TRUE(test::same_bits(math::mixture_terms(mixture.gaussians(), mixture.log_weights(), x, nearest), largest));
    for (Eigen::Index n = 0; n < x.cols(); n += 97)
      EXPECT_EQ(math::mixture_log_density(mixture.gaussians(), mixture.log_weights(), x.col(n))[0], whole[n]);
    for (Eigen::Index n = 0; n < x.cols(); ++n) {  // and what is lost has no part in it: the textbook's sum
      const Eigen::ArrayXd terms = components.row(n).transpose().array() + mixture.log_weights().array();
      EXPECT_NEAR(whole[n], terms.maxCoeff() + std::log((terms - terms.maxCoeff()).exp().sum()),
                  1e-14 * (1.0 + std::abs(whole[n])));
    }
    std::ranges::shuffle(order, stream);
  }
}

TEST(MixtureLogDensity, DoesNotShowWhatIsLeftEarly) {
  for (const Eigen::Index d : {1, 2, 5, 10, 31}) {
    expect_what_is_left_early_not_to_show<FullCovariance>(d);
    expect_what_is_left_early_not_to_show<DiagonalCovariance>(d);
  }
}

TEST(ByComponent, KeepsTheOrderOfThoseOfOneComponent) {
  const std::vector<Eigen::Index> components = {2, 0, -1, 2, 0, 1, -1};
  EXPECT_EQ(math::by_component(components, 4), (std::vector<Eigen::Index>{2, 6, 1, 4, 5, 0, 3}));
  EXPECT_TRUE(math::by_component({}, 4).empty());
}

TEST(MixtureTerms, AreThoseOfOneComponentEach) {
  const auto mixture = test::overlapping_mixture(4, 3, 5);
  const Eigen::MatrixXd samples = test::normal_matrix(3, 150, 6);
  const Eigen::MatrixXd all = math::component_log_densities(mixture.gaussians(), samples);
  std::vector<Eigen::Index> components;
  Eigen::VectorXd expected(150);
  for (Eigen::Index n = 0; n < 150; ++n) {
    const Eigen::Index k = (n * n + n / 7) % 5 - 1;
    components.push_back(k);
    expected[n] = k < 0 ? -infinity : all(n, k) + mixture.log_weights()[k];
  }
  EXPECT_TRUE(
      test::same_bits(math::mixture_terms(mixture.gaussians(), mixture.log_weights(), samples, components), expected));
}

TEST(NearestComponents, AreNoneWhereTheMixtureIsNothing) {
  const auto mixture = test::overlapping_mixture(3, 2, 5);
  Eigen::MatrixXd samples = test::normal_matrix(2, 40, 6);
  samples.col(35).setConstant(1e200);
  std::vector<Eigen::Index> nearest;
  math::mixture_log_density(mixture.gaussians(), mixture.log_weights(), samples, nearest);
  for (std::size_t n = 0; n < nearest.size(); ++n) EXPECT_EQ(nearest[n] < 0, n == 35);
}

TEST(MixtureDensity, IsTheSumOfItsComponents) {
  const auto mixture = test::overlapping_mixture(4, 3, 5);
  const Eigen::MatrixXd samples = test::normal_matrix(3, 40, 6);
  const MixtureDensity density =
      math::mixture_density(mixture.gaussians(), mixture.log_weights(), samples, Gradient::skip);
  const Eigen::VectorXd expected = (density.components.array().exp().matrix() * mixture.weights()).array().log();
  EXPECT_LT(test::largest_error(density.log_density, expected), 1e-13);
}

TEST(MixtureDensity, OfNoSamplesIsEmpty) {
  const auto mixture = test::overlapping_mixture(2, 3, 5);
  const MixtureDensity density =
      math::mixture_density(mixture.gaussians(), mixture.log_weights(), Eigen::MatrixXd(3, 0), Gradient::compute);
  EXPECT_EQ(density.log_density.size(), 0);
  EXPECT_EQ(density.components.rows(), 0);
  EXPECT_EQ(density.gradient.cols(), 0);
}

TEST(MixtureDensity, AComponentWithoutWeightLeavesDensityAndGradientAsTheyWere) {
  const auto mixture = test::overlapping_mixture(3, 4, 7);
  const Eigen::MatrixXd samples = test::normal_matrix(4, 40, 8);
  auto gaussians = mixture.gaussians();
  const auto without = math::mixture_density(gaussians, mixture.log_weights(), samples, Gradient::compute);
  gaussians.push_back(test::random_gaussian(4, 99));
  Eigen::VectorXd log_weights(4);
  log_weights << mixture.log_weights(), -infinity;
  const auto with = math::mixture_density(gaussians, log_weights, samples, Gradient::compute);
  EXPECT_TRUE(test::same_bits(with.log_density, without.log_density));
  EXPECT_TRUE(test::same_bits(with.gradient, without.gradient));
}

TEST(Responsibilities, ThatAreNegligibleOrNotNumbersBecomeZero) {
  LaneArray responsibility = LaneArray::Constant(0.5);
  responsibility.head(5) << 0.0, 0.9e-20, 1.1e-20, std::numeric_limits<double>::quiet_NaN(), 1.0;
  const LaneArray kept = math::without_negligible(responsibility);
  EXPECT_EQ(kept[0], 0.0);
  EXPECT_EQ(kept[1], 0.0);
  EXPECT_EQ(kept[2], 1.1e-20);
  EXPECT_EQ(kept[3], 0.0);
  EXPECT_EQ(kept[4], 1.0);
  EXPECT_TRUE((kept.tail(lanes - 5) == 0.5).all());
}

TEST(Mix, OfNothingButMinusInfinityIsMinusInfinity) {
  Eigen::MatrixXd components = Eigen::MatrixXd::Constant(3, 2, -infinity);
  components(1, 1) = -5.0;
  const Eigen::VectorXd mixed = math::mix(components, Eigen::Vector2d(std::log(0.5), std::log(0.5)));
  EXPECT_EQ(mixed[0], -infinity);
  EXPECT_DOUBLE_EQ(mixed[1], -5.0 + std::log(0.5));
  EXPECT_EQ(mixed[2], -infinity);
}

// A component 1e5 standard deviations from every sample, and samples 1e5 standard deviations from every component.
class FarAway : public testing::Test {
 protected:
  static GaussianPointer<FullCovariance> unit_gaussian_at(double place) {
    return std::make_shared<const Gaussian<FullCovariance>>(Eigen::Vector3d::Constant(place),
                                                            FullCovariance::from_variances(Eigen::Vector3d::Ones()));
  }
  const math::Gaussians<FullCovariance> gaussians = {unit_gaussian_at(0.0), unit_gaussian_at(1e5)};
  const Eigen::VectorXd log_weights = Eigen::Vector2d::Constant(std::log(0.5));
};

TEST_F(FarAway, TheNearComponentAloneMakesDensityAndGradient) {
  const Eigen::MatrixXd samples = test::normal_matrix(3, 40, 9);
  const auto density = math::mixture_density(gaussians, log_weights, samples, Gradient::compute);
  EXPECT_TRUE(density.components.allFinite());
  const Eigen::VectorXd near_alone = density.components.col(0).array() + std::log(0.5);
  EXPECT_LT(test::largest_error(density.log_density, near_alone), 1e-15);
  EXPECT_LT(test::largest_error(density.gradient, -samples), 1e-15);
}

TEST_F(FarAway, ASampleFarFromAllStillHasDensityAndGradient) {
  const Eigen::MatrixXd samples = Eigen::MatrixXd::Constant(3, 1, -1e5);
  const auto density = math::mixture_density(gaussians, log_weights, samples, Gradient::compute);
  EXPECT_NEAR(density.log_density[0], -1.5e10, 10.0);
  EXPECT_LT(test::largest_error(density.gradient, -samples), 1e-15);
}

TEST_F(FarAway, ASampleWhoseDensityUnderflowsInLogarithmsHasNoNan) {
  const Eigen::MatrixXd samples = Eigen::MatrixXd::Constant(3, 1, 1e200);
  const auto density = math::mixture_density(gaussians, log_weights, samples, Gradient::compute);
  EXPECT_EQ(density.log_density[0], -infinity);
  EXPECT_TRUE(density.gradient.isZero(0.0));
}

}  // namespace
}  // namespace gmmvi
