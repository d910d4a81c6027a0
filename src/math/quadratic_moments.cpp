#include "math/quadratic_moments.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "gmmvi/lanes.hpp"

namespace gmmvi::math {
namespace {

// Values of j that a product of matrices is of: of more of them more entries would be summed up twice, of fewer the
// matrices would be narrow.
constexpr Eigen::Index width = 4;

/// Where pairs of coordinates i >= j of E are kept: as columns with those of the smaller i first, as rows with those of
/// the smaller j first. A moment x̃_i x̃_j x̃_k x̃_l with i >= j >= k >= l is in the row of (i, j) and the column of (k,
/// l), so that rows up to one j need columns up to k = j alone.
struct Pairs {
  Eigen::Index size;  // E

  Eigen::Index columns_below(Eigen::Index k) const { return k * (k + 1) / 2; }
  Eigen::Index rows_below(Eigen::Index j) const { return j * size - j * (j - 1) / 2; }
  Eigen::Index column(Eigen::Index k, Eigen::Index l) const { return columns_below(k) + l; }
  Eigen::Index row(Eigen::Index i, Eigen::Index j) const { return rows_below(j) + i - j; }
};

/// [F x F] sums over the samples, in rows and columns of Pairs. A block of samples at a time, the last one filled up
/// with zeros.
Eigen::MatrixXd moments(const Eigen::Ref<const Eigen::MatrixXd>& samples, const Eigen::VectorXd& weights) {
  const Eigen::Index d = samples.rows();
  const Pairs pairs{d + 1};
  const Eigen::Index all = pairs.columns_below(pairs.size);
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(all, all);
  Eigen::MatrixXd x(summed_samples, pairs.size), products(summed_samples, all);
  Eigen::MatrixXd weighted(summed_samples, std::min(width, pairs.size) * pairs.size);
  Eigen::VectorXd factors(summed_samples), factors_of_j(summed_samples);
  for (Eigen::Index first = 0; first < samples.cols(); first += summed_samples) {
    const Eigen::Index count = std::min(summed_samples, samples.cols() - first);
    x.bottomRows(summed_samples - count).setZero();
    factors.tail(summed_samples - count).setZero();
    x.topLeftCorner(count, d) = samples.middleCols(first, count).transpose();
    x.col(d).setOnes();
    factors.head(count) = weights.segment(first, count);
    for (Eigen::Index k = 0; k < pairs.size; ++k)
      for (Eigen::Index l = 0; l <= k; ++l) products.col(pairs.column(k, l)) = x.col(k).cwiseProduct(x.col(l));
    for (Eigen::Index from = 0; from < pairs.size; from += width) {
      const Eigen::Index to = std::min(from + width, pairs.size);
      const Eigen::Index first_row = pairs.rows_below(from), rows = pairs.rows_below(to) - first_row;
      const Eigen::Index columns = pairs.columns_below(to);
      for (Eigen::Index j = from; j < to; ++j) {
        factors_of_j = factors.cwiseProduct(x.col(j));
        for (Eigen::Index i = j; i < pairs.size; ++i)
          weighted.col(pairs.row(i, j) - first_row) = factors_of_j.cwiseProduct(x.col(i));
      }
      sums.block(first_row, 0, rows, columns).noalias() +=
          weighted.leftCols(rows).transpose() * products.leftCols(columns);
    }
  }
  return sums;
}

}  // namespace

Eigen::MatrixXd quadratic_moments(const Eigen::Ref<const Eigen::MatrixXd>& samples, const Eigen::VectorXd& weights) {
  const Eigen::Index d = samples.rows();
  const Pairs pairs{d + 1};
  const Eigen::MatrixXd sums = moments(samples, weights);

  // The larger and the smaller coordinate of every feature: of second order, of first order, and the constant.
  std::vector<std::pair<Eigen::Index, Eigen::Index>> features;
  features.reserve(static_cast<std::size_t>(sums.rows()));
  for (Eigen::Index j = 0; j < d; ++j)
    for (Eigen::Index i = j; i < d; ++i) features.emplace_back(i, j);
  for (Eigen::Index j = 0; j <= d; ++j) features.emplace_back(d, j);

  Eigen::MatrixXd all = Eigen::MatrixXd::Zero(sums.rows(), sums.cols());
  for (std::size_t b = 0; b < features.size(); ++b)
    for (std::size_t a = b; a < features.size(); ++a) {
      const auto [i, j] = features[a];
      const auto [k, l] = features[b];
      const Eigen::Index one = std::min(i, k), other = std::max(j, l);  // between the largest and the smallest
      all(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)) =
          sums(pairs.row(std::max(i, k), std::max(one, other)), pairs.column(std::min(one, other), std::min(j, l)));
    }
  return all;
}

double quadratic_moments_operations(Eigen::Index dimension) {
  const Pairs pairs{dimension + 1};
  double operations = 0.0;
  for (Eigen::Index from = 0; from < pairs.size; from += width) {
    const Eigen::Index to = std::min(from + width, pairs.size);
    operations += static_cast<double>(pairs.rows_below(to) - pairs.rows_below(from)) *
                  static_cast<double>(pairs.columns_below(to));
  }
  return operations;
}

}  // namespace gmmvi::math
