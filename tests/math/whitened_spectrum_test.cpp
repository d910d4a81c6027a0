#include "math/whitened_spectrum.hpp"

#include <cmath>
#include <limits>

#include <Eigen/Eigenvalues>
#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi {
namespace {

// The formula of the eigendecomposition, term by term.
double kl_by_eigendecomposition(const Eigen::MatrixXd& m, const Eigen::VectorXd& c, double eta) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(m);
  const Eigen::ArrayXd lambda = solver.eigenvalues().array();
  const Eigen::ArrayXd rotated = (solver.eigenvectors().transpose() * c).array();
  return 0.5 *
         ((1.0 + lambda / eta).log() + 1.0 / (1.0 + lambda / eta) - 1.0 + (rotated / (eta + lambda)).square()).sum();
}

class WhitenedSpectrum : public testing::TestWithParam<Eigen::Index> {
 protected:
  Eigen::Index dimension() const { return GetParam(); }
  Eigen::VectorXd indefinite_eigenvalues() const { return 3.0 * test::normal_vector(dimension(), 1); }
  Eigen::MatrixXd hessian() const { return test::symmetric_with_eigenvalues(indefinite_eigenvalues(), 2); }
  Eigen::VectorXd gradient() const { return test::normal_vector(dimension(), 3); }
};

TEST_P(WhitenedSpectrum, KlIsThatOfTheEigendecomposition) {
  const math::WhitenedSpectrum spectrum(hessian(), gradient());
  const double lowest = std::max(0.0, -indefinite_eigenvalues().minCoeff());
  for (const double above : {0.1, 1.0, 10.0, 1000.0}) {
    const double expected = kl_by_eigendecomposition(hessian(), gradient(), lowest + above);
    EXPECT_NEAR(spectrum.kl(lowest + above), expected, 1e-11 * std::max(1.0, expected));
  }
}

TEST_P(WhitenedSpectrum, FindsTheSmallestEigenvalue) {
  EXPECT_NEAR(math::WhitenedSpectrum(hessian(), gradient()).smallest_eigenvalue(), indefinite_eigenvalues().minCoeff(),
              1e-12);
}

TEST_P(WhitenedSpectrum, KlFallsAsTheMultiplierGrows) {
  const math::WhitenedSpectrum spectrum(hessian(), gradient());
  double last = std::numeric_limits<double>::infinity();
  for (double eta = std::max(0.0, -spectrum.smallest_eigenvalue()) + 1e-3; eta < 1e8; eta *= 1.5) {
    EXPECT_LT(spectrum.kl(eta), last);
    last = spectrum.kl(eta);
  }
}

TEST_P(WhitenedSpectrum, KlIsInfiniteWhereTheStepIsNotPositiveDefinite) {
  Eigen::VectorXd eigenvalues = indefinite_eigenvalues();
  eigenvalues[0] = -20.0;
  const math::WhitenedSpectrum spectrum(test::symmetric_with_eigenvalues(eigenvalues, 2), gradient());
  for (const double eta : {0.0, 1e-300, 1.0, 19.99})
    EXPECT_EQ(spectrum.kl(eta), std::numeric_limits<double>::infinity()) << eta;
}

INSTANTIATE_TEST_SUITE_P(Dimensions, WhitenedSpectrum, testing::Values(1, 2, 3, 5, 31, 32, 33, 80));

}  // namespace
}  // namespace gmmvi
