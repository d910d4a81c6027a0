#include "math/triangular.hpp"

namespace gmmvi::math {

// With T and b in quarters, T₁₁ b₁₁' = b₁₁, T₂₂ b₂₁' = b₂₁ − T₂₁ b₁₁' and T₂₂ b₂₂' = b₂₂: products do most of the work.
void solve_lower_in_place(const Eigen::Ref<const Eigen::MatrixXd>& t, Eigen::Ref<Eigen::MatrixXd> b) {
  constexpr Eigen::Index small = 24;  // as fast as quartering it further
  const Eigen::Index size = t.rows(), half = size / 2, rest = size - half;
  if (size <= small) {
    t.triangularView<Eigen::Lower>().solveInPlace(b);
    return;
  }
  const auto second = t.bottomRightCorner(rest, rest);
  auto below = b.bottomLeftCorner(rest, half);
  solve_lower_in_place(t.topLeftCorner(half, half), b.topLeftCorner(half, half));
  below.noalias() -= t.bottomLeftCorner(rest, half) * b.topLeftCorner(half, half);
  second.triangularView<Eigen::Lower>().solveInPlace(below);
  solve_lower_in_place(second, b.bottomRightCorner(rest, rest));
}

}  // namespace gmmvi::math
