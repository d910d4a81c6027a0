#include "target/hierarchical.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

Hierarchical schools(const HierarchicalOptions& options) {
  const Eigen::MatrixX2d data = eight_schools();
  return {data.col(0), data.col(1), options};
}

double density(Target& target, std::initializer_list<double> x) {
  return test::evaluate(target, Eigen::Map<const Eigen::VectorXd>(x.begin(), std::ssize(x))).log_densities[0];
}

// With scipy.stats, y and s the schools' effects and standard errors, tau = exp(log_tau):
//   norm.logpdf(mu, 0, m) + halfcauchy.logpdf(tau, 0, c) + log_tau + norm.logpdf(y, theta, s).sum()
//     + norm.logpdf(theta, mu, tau).sum()
//   the same, not centred: theta = mu + tau eta, and norm.logpdf(eta).sum() last
TEST(Hierarchical, IsAProductOfDensities) {
  Hierarchical centred = schools({});
  EXPECT_NEAR(density(centred, {4.0, 1.2, 9.0, 5.0, -1.0, 6.0, 2.0, 3.0, 8.0, 7.5}), -53.81232740329044, 1e-12);
  Hierarchical noncentred = schools({.centred = false});
  EXPECT_NEAR(density(noncentred, {4.0, 1.2, 0.9, 0.5, -1.0, 0.6, 0.2, -0.3, 0.8, 0.75}), -42.56717771881175, 1e-12);
  Hierarchical narrow = schools({.mean_std = 2.0, .spread_scale = 3.0});
  EXPECT_NEAR(density(narrow, {4.0, 1.2, 9.0, 5.0, -1.0, 6.0, 2.0, 3.0, 8.0, 7.5}), -54.49959019719139, 1e-12);
}

// One density in two coordinates: they differ by log |dθ/dη| = J log τ.
TEST(Hierarchical, IsTheSameCentredAndNot) {
  Hierarchical centred = schools({}), noncentred = schools({.centred = false});
  const Eigen::MatrixXd x = test::normal_samples(noncentred, 1.5, 40);
  Eigen::MatrixXd transformed = x;
  for (Eigen::Index n = 0; n < x.cols(); ++n)
    transformed.col(n).tail(8).array() = x(0, n) + std::exp(x(1, n)) * x.col(n).tail(8).array();
  const Eigen::VectorXd expected = test::evaluate(centred, transformed).log_densities + 8.0 * x.row(1).transpose();
  test::expect_near_relative(test::evaluate(noncentred, x).log_densities, expected, 1e-12);
}

TEST(Hierarchical, HasNoDensityWhereTheSpreadIsNoUsefulDouble) {
  for (const bool centred : {true, false}) {
    Hierarchical target(Eigen::VectorXd::Constant(1, 2.0), Eigen::VectorXd::Ones(1), {.centred = centred});
    EXPECT_EQ(density(target, {0.0, 301.0, 0.0}), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(density(target, {0.0, -1e9, 0.0}), -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isfinite(density(target, {0.0, 300.0, 0.0})));
    EXPECT_TRUE(std::isfinite(density(target, {0.0, -300.0, 0.0})));
    const Evaluation far = test::evaluate(target, Eigen::Vector3d(0.0, -400.0, 1.0));
    EXPECT_EQ(far.gradients, Eigen::Vector3d::Zero());
  }
}

/// With NumPy, on a grid of log tau in [-40, 12] (step 0.005) and mu in [-45, 45] (step 0.05), weights
///   norm.pdf(mu, 0, 5) halfcauchy.pdf(tau, 0, 5) tau prod_j norm.pdf(y_j, mu, sqrt(s_j**2 + tau**2)),
/// and of the groups, given mu and tau, with v = s**2 + tau**2:
///   theta: mean (s**2 mu + tau**2 y) / v, variance s**2 tau**2 / v;  eta: mean tau (y - mu) / v, variance s**2 / v
TEST(Hierarchical, KnowsItsMoments) {
  Eigen::VectorXd means(10), deviations(10);
  means << 4.396820713833002, 0.8021392107784913, 6.211884204056, 4.940178419511, 3.927004402527, 4.757098291281,
      3.6154770154, 4.04261263583, 6.296724127568, 4.854253319882;
  deviations << 3.3177044631395636, 1.1712264658062124, 5.593126195331, 4.67426846217, 5.262615105497, 4.780297336822,
      4.657452585844, 4.826865591571, 5.077848756313, 5.290801064555;
  const auto centred = *schools({}).reference_moments();
  test::expect_near_relative(centred.means, means, 1e-9);
  test::expect_near_relative(centred.standard_deviations, deviations, 1e-9);
  means.tail(8) << 0.316659797036, 0.097262834967, -0.085546803633, 0.061602975753, -0.160763990299, -0.072231621761,
      0.356725442299, 0.07560724237;
  deviations.tail(8) << 0.988474575143, 0.937707159309, 0.968310727296, 0.943996266104, 0.930664839171, 0.943785572492,
      0.960422967249, 0.974123513136;
  const auto noncentred = *schools({.centred = false}).reference_moments();
  test::expect_near_relative(noncentred.means, means, 1e-9);
  test::expect_near_relative(noncentred.standard_deviations, deviations, 1e-9);
}

// A change of units changes the moments' units, and nothing else.
TEST(Hierarchical, KnowsItsMomentsInAnyUnits) {
  const Eigen::MatrixX2d data = eight_schools();
  const auto original = *schools({}).reference_moments();
  for (const double unit : {1e-20, 1e20}) {
    const auto scaled =
        *Hierarchical(unit * data.col(0), unit * data.col(1), {.mean_std = 5.0 * unit, .spread_scale = 5.0 * unit})
             .reference_moments();
    for (Eigen::Index d = 0; d < 10; ++d) {
      if (d == 1) continue;
      EXPECT_NEAR(scaled.means[d] / unit / original.means[d], 1.0, 1e-9);
      EXPECT_NEAR(scaled.standard_deviations[d] / unit / original.standard_deviations[d], 1.0, 1e-9);
    }
    EXPECT_NEAR(scaled.means[1] - std::log(unit), original.means[1], 1e-9);
    EXPECT_NEAR(scaled.standard_deviations[1], original.standard_deviations[1], 1e-9);
  }
}

}  // namespace
}  // namespace gmmvi::target
