#include "report/posterior.hpp"

#include <cmath>
#include <memory>
#include <variant>

#include <gtest/gtest.h>

namespace gmmvi::report {
namespace {

GaussianPointer<FullCovariance> gaussian(const Eigen::Vector2d& mean, const Eigen::Matrix2d& covariance) {
  return std::make_shared<const Gaussian<FullCovariance>>(mean, *FullCovariance::from_matrix(covariance));
}

/// A wide component, and a narrow one that is seen only by who looks there.
AnyMixture wide_and_narrow() {
  return Mixture<FullCovariance>({gaussian({0, 0}, (Eigen::Matrix2d() << 100, 30, 30, 25).finished()),
                                  gaussian({3, 1}, (Eigen::Matrix2d() << 1e-4, 0, 0, 4).finished())},
                                 Eigen::Vector2d(0.75, 0.25));
}

AnyMixture diagonal() {
  const auto of = [](double mean) {
    return std::make_shared<const Gaussian<DiagonalCovariance>>(
        Eigen::Vector2d(mean, -mean), DiagonalCovariance::from_variances(Eigen::Vector2d(1.0, 4.0)));
  };
  return Mixture<DiagonalCovariance>({of(-2.0), of(2.0)}, Eigen::Vector2d(0.5, 0.5));
}

double integral(const Curve& curve) {
  double sum = 0.0;
  for (Eigen::Index i = 1; i < curve.x.size(); ++i)
    sum += 0.5 * (curve.density[i] + curve.density[i - 1]) * (curve.x[i] - curve.x[i - 1]);
  return sum;
}

TEST(Marginals, HaveTheirMass) {
  for (const AnyMixture& mixture : {wide_and_narrow(), diagonal()}) {
    const Marginals marginals(mixture);
    for (const Eigen::Index d : {0, 1}) {
      const Curve curve = marginals.curve(d, 200);
      EXPECT_LE(curve.x.size(), 200);
      EXPECT_NEAR(integral(curve), 0.999, 0.02) << d;
      for (Eigen::Index i = 1; i < curve.x.size(); ++i) EXPECT_GT(curve.x[i], curve.x[i - 1]);
    }
  }
}

TEST(Marginals, AreDensitiesOfTheMixture) {
  const AnyMixture mixture = diagonal();
  const Curve curve = Marginals(mixture).curve(1, 100);
  const auto normal = [](double x, double mean) {
    return std::exp(-0.125 * (x - mean) * (x - mean)) / std::sqrt(8.0 * M_PI);
  };
  for (Eigen::Index i = 0; i < curve.x.size(); ++i)
    EXPECT_NEAR(curve.density[i], 0.5 * (normal(curve.x[i], -2.0) + normal(curve.x[i], 2.0)), 1e-12);
}

TEST(Histogram, IsADensity) {
  const Eigen::VectorXd values = Eigen::VectorXd::LinSpaced(5000, -1.0, 3.0);
  const Histogram bins = histogram(values, 20);
  EXPECT_NEAR(bins.density.sum() * bins.width, 1.0, 0.003);
  EXPECT_NEAR(bins.density.minCoeff(), 0.25, 0.01);
  EXPECT_NEAR(bins.start, -1.0, 0.01);
  EXPECT_NEAR(bins.start + 20 * bins.width, 3.0, 0.01);
}

TEST(Histogram, IsNotSpoiledByOutliersNorByEqualValues) {
  Eigen::VectorXd values = Eigen::VectorXd::LinSpaced(5000, 0.0, 1.0);
  values[7] = 1e9;
  EXPECT_LT(histogram(values, 20).width, 0.1);
  EXPECT_EQ(histogram(Eigen::VectorXd::Constant(3, 4.0), 5).density.sum(), 1.0);
  EXPECT_EQ(histogram(Eigen::VectorXd::Constant(1, 4.0), 5).density.sum(), 1.0);
}

TEST(Correlation, IsThatOfManySamples) {
  for (const AnyMixture& mixture : {wide_and_narrow(), diagonal()}) {
    const Eigen::MatrixXd samples = std::visit([](const auto& m) { return m.sample(200000, 1).samples; }, mixture);
    const Eigen::MatrixXd centred = samples.colwise() - samples.rowwise().mean();
    const Eigen::Matrix2d covariance = centred * centred.transpose() / 200000.0;
    const double expected = covariance(0, 1) / std::sqrt(covariance(0, 0) * covariance(1, 1));
    const Eigen::MatrixXd found = correlation(mixture, 2);
    EXPECT_NEAR(found(0, 1), expected, 0.01);
    EXPECT_DOUBLE_EQ(found(0, 0), 1.0);
    EXPECT_EQ(found(0, 1), found(1, 0));
    EXPECT_EQ(correlation(mixture, 1).size(), 1);
  }
}

TEST(StrongestPairs, ComeInTheirOrder) {
  Eigen::Matrix3d strength = Eigen::Matrix3d::Identity();
  strength(0, 1) = strength(1, 0) = 0.2;
  strength(0, 2) = strength(2, 0) = 0.9;
  strength(1, 2) = strength(2, 1) = 0.5;
  const std::vector<Pair> two = strongest_pairs(strength, 2);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].y, 2);
  EXPECT_EQ(two[1].x, 1);
  EXPECT_EQ(strongest_pairs(strength, 10).size(), 3u);
  EXPECT_TRUE(strongest_pairs(Eigen::MatrixXd::Ones(1, 1), 10).empty());
}

}  // namespace
}  // namespace gmmvi::report
