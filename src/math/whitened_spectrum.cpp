#include "math/whitened_spectrum.hpp"

#include <cmath>
#include <limits>

#include <Eigen/Eigenvalues>

namespace gmmvi::math {

WhitenedSpectrum::WhitenedSpectrum(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& c)
    : eigenvalues_(diagonal),
      diagonal_(diagonal),
      subdiagonal_(Eigen::VectorXd::Zero(diagonal.size() - 1)),
      gradient_(c) {}

WhitenedSpectrum::WhitenedSpectrum(const Eigen::MatrixXd& m, const Eigen::VectorXd& c)
    : WhitenedSpectrum(m.diagonal().eval(), c) {
  if (m.rows() == 1) return;  // Eigen's reduction wants two rows
  const Eigen::Tridiagonalization<Eigen::MatrixXd> reduction(m);
  diagonal_ = reduction.diagonal();
  subdiagonal_ = reduction.subDiagonal();
  gradient_ = reduction.matrixQ().adjoint() * c;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal_, subdiagonal_, Eigen::EigenvaluesOnly);
  eigenvalues_ = solver.eigenvalues();
  if (solver.info() != Eigen::Success) eigenvalues_.setConstant(std::numeric_limits<double>::quiet_NaN());
}

double WhitenedSpectrum::kl(double eta) const {
  const Eigen::ArrayXd ratio = eigenvalues_.array() / eta;
  if (!(ratio > -1.0).all()) return std::numeric_limits<double>::infinity();
  return 0.5 * ((ratio.log1p() - ratio / (1.0 + ratio)).sum() + squared_norm_of_solution(eta));
}

double WhitenedSpectrum::squared_norm_of_solution(double eta) const {
  const Eigen::Index d = diagonal_.size();
  Eigen::VectorXd pivots(d), solution(d);
  pivots[0] = eta + diagonal_[0];
  solution[0] = gradient_[0];
  for (Eigen::Index i = 1; i < d; ++i) {
    if (!(pivots[i - 1] > 0.0)) return std::numeric_limits<double>::infinity();
    const double factor = subdiagonal_[i - 1] / pivots[i - 1];
    pivots[i] = eta + diagonal_[i] - factor * subdiagonal_[i - 1];
    solution[i] = gradient_[i] - factor * solution[i - 1];
  }
  if (!(pivots[d - 1] > 0.0)) return std::numeric_limits<double>::infinity();
  solution[d - 1] /= pivots[d - 1];
  for (Eigen::Index i = d - 2; i >= 0; --i) solution[i] = (solution[i] - subdiagonal_[i] * solution[i + 1]) / pivots[i];
  return solution.squaredNorm();
}

}  // namespace gmmvi::math
