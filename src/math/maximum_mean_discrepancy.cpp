#include "math/maximum_mean_discrepancy.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/contract.hpp"

namespace gmmvi::math {
namespace {

/// The middle one by rank of the squared differences of all pairs i <= j.
double median_squared_difference(const Eigen::Ref<const Eigen::VectorXd>& values) {
  std::vector<double> squares;
  squares.reserve(static_cast<std::size_t>(values.size() * (values.size() + 1) / 2));
  for (Eigen::Index i = 0; i < values.size(); ++i)
    for (Eigen::Index j = i; j < values.size(); ++j) squares.push_back(std::pow(values[i] - values[j], 2));
  const auto middle = static_cast<std::ptrdiff_t>(std::nearbyint(0.5 * static_cast<double>(squares.size() - 1)));
  std::nth_element(squares.begin(), squares.begin() + middle, squares.end());
  return squares[static_cast<std::size_t>(middle)];
}

Eigen::VectorXd widths(const Eigen::MatrixXd& samples, double alpha) {
  constexpr Eigen::Index most = 1000;
  const Eigen::Index count = std::min(most, samples.cols());
  Eigen::VectorXd widths(samples.rows());
  for (Eigen::Index d = 0; d < widths.size(); ++d)
    widths[d] = alpha * median_squared_difference(samples.row(d).head(count).transpose());
  return widths;
}

/// The mean of exp(−‖a − b‖²) over all pairs of columns, a block of both at a time.
double mean_kernel(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  constexpr Eigen::Index block = 256;
  const Eigen::RowVectorXd squares_of_b = b.colwise().squaredNorm();
  double sum = 0.0;
  Eigen::MatrixXd distances;
  for (Eigen::Index i = 0; i < a.cols(); i += block) {
    const auto some_a = a.middleCols(i, std::min(block, a.cols() - i));
    const Eigen::VectorXd squares_of_a = some_a.colwise().squaredNorm();
    for (Eigen::Index j = 0; j < b.cols(); j += block) {
      const Eigen::Index count = std::min(block, b.cols() - j);
      distances.noalias() = -2.0 * some_a.transpose() * b.middleCols(j, count);
      distances.colwise() += squares_of_a;
      distances.rowwise() += squares_of_b.segment(j, count);
      sum += (-distances.array()).min(0.0).exp().sum();
    }
  }
  return sum / static_cast<double>(a.cols()) / static_cast<double>(b.cols());
}

}  // namespace

MaximumMeanDiscrepancy::MaximumMeanDiscrepancy(const Eigen::MatrixXd& ground_truth, double alpha) {
  GMMVI_EXPECT(ground_truth.cols() >= 1 && alpha > 0.0, "see the header");
  inverse_widths_ = widths(ground_truth, alpha).cwiseSqrt().cwiseInverse();
  scaled_truth_ = inverse_widths_.asDiagonal() * ground_truth;
  truth_with_itself_ = mean_kernel(scaled_truth_, scaled_truth_);
}

double MaximumMeanDiscrepancy::operator()(const Eigen::MatrixXd& samples) const {
  GMMVI_GUARD(samples.rows() == dimension() && samples.cols() >= 1, "samples [D x M]");
  const Eigen::MatrixXd scaled = inverse_widths_.asDiagonal() * samples;
  return truth_with_itself_ + mean_kernel(scaled, scaled) - 2.0 * mean_kernel(scaled, scaled_truth_);
}

}  // namespace gmmvi::math
