#include "target/rosenbrock.hpp"

#include <cmath>
#include <numbers>

namespace gmmvi::target {

LaneArray Rosenbrock::log_density(const Block& x, Block* gradient) {
  const double a = options_.a, b = options_.b;
  const LaneArray first = x.col(0) - 1.0;
  LaneArray exponent = a * first.square();
  if (gradient != nullptr) gradient->col(0) = -2.0 * a * first;
  for (Eigen::Index d = 1; d < x.cols(); ++d) {
    const LaneArray residual = x.col(d) - x.col(d - 1).square();
    exponent += b * residual.square();
    if (gradient == nullptr) continue;
    gradient->col(d) = -2.0 * b * residual;
    gradient->col(d - 1) += 4.0 * b * residual * x.col(d - 1);
  }
  const auto others = static_cast<double>(x.cols() - 1);
  return 0.5 * (std::log(a / std::numbers::pi) + others * std::log(b / std::numbers::pi)) - exponent;
}

}  // namespace gmmvi::target
