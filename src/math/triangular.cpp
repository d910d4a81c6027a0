#include "math/triangular.hpp"

#include <algorithm>

namespace gmmvi::math {

void solve_lower_in_place(const Eigen::MatrixXd& t, Eigen::MatrixXd& b) {
  constexpr Eigen::Index width = 48;  // of a panel of columns, which begins at its first row that is not zero
  for (Eigen::Index first = 0; first < b.cols(); first += width) {
    const Eigen::Index columns = std::min(width, b.cols() - first), rows = b.rows() - first;
    auto panel = b.block(first, first, rows, columns);
    t.bottomRightCorner(rows, rows).triangularView<Eigen::Lower>().solveInPlace(panel);
  }
}

}  // namespace gmmvi::math
