#include "gmmvi/lanes.hpp"

#include <algorithm>

namespace gmmvi {
namespace {

// Squares of a register a side are transposed in registers; entry by entry it would cost a tenth of a log density.
constexpr int side = Eigen::internal::packet_traits<double>::size;
using Square = Eigen::Matrix<double, side, side>;

// to = fromᵀ
template <class From, class To>
void transpose(const From& from, To&& to) {
  const Eigen::Index rows = from.rows() / side * side, columns = from.cols() / side * side;
  for (Eigen::Index n = 0; n < columns; n += side)
    for (Eigen::Index d = 0; d < rows; d += side) {
      Square square = from.template block<side, side>(d, n);
      square.transposeInPlace();
      to.template block<side, side>(n, d) = square;
    }
  to.rightCols(from.rows() - rows) = from.bottomRows(from.rows() - rows).transpose();
  to.bottomLeftCorner(from.cols() - columns, rows) = from.topRightCorner(rows, from.cols() - columns).transpose();
}

}  // namespace

void load_block(const Eigen::Ref<const Eigen::MatrixXd>& samples, Eigen::Index first, Block& block) {
  const Eigen::Index count = std::min(lanes, samples.cols() - first);
  block.resize(lanes, samples.rows());
  if (count < lanes) block.setZero();
  transpose(samples.middleCols(first, count), block.matrix().topRows(count));
}

void store_block(const Block& block, Eigen::Index first, Eigen::Index count, Eigen::Ref<Eigen::MatrixXd> samples) {
  transpose(block.matrix().topRows(count), samples.middleCols(first, count));
}

}  // namespace gmmvi
