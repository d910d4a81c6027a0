#pragma once

#include <Eigen/Core>

namespace gmmvi::math {

/// b ← T⁻¹ b for lower triangular T and b [D x D] (what stands above the diagonal of T is not read; above that of b
/// there are zeros, which stay): D³/2 flops, half of what a full right side takes.
void solve_lower_in_place(const Eigen::Ref<const Eigen::MatrixXd>& t, Eigen::Ref<Eigen::MatrixXd> b);

}  // namespace gmmvi::math
