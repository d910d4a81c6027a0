#include "math/moments.hpp"

namespace gmmvi::math {

Eigen::MatrixX2d moments_of(const Eigen::MatrixXd& samples) {
  constexpr double least = 1e-12, most = 1e300;  // where squares overflow
  const auto n = static_cast<double>(samples.cols());
  Eigen::MatrixX2d moments(samples.rows(), 2);
  moments.col(0) = (samples / n).rowwise().sum();
  const Eigen::VectorXd variances = (samples.colwise() - moments.col(0)).array().square().rowwise().sum() / n;
  moments.col(1) = variances.array().max(least * (1.0 + moments.col(0).array().square())).min(most);
  return moments;
}

}  // namespace gmmvi::math
