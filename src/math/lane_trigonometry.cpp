#include "math/lane_trigonometry.hpp"

#include <cmath>
#include <numbers>

namespace gmmvi::math {
namespace {

// Up to here an angle minus a multiple of π/2, whose first two parts have 33 bits each, is exact to the last place.
constexpr double largest_reduced = 1e5;
constexpr double half_pi_high = 0x1.921fb544p0, half_pi_middle = 0x1.0b4611a6p-34, half_pi_low = 0x1.3198a2e037073p-69;

// Taylor series for |r| <= π/4.
LaneArray sin_near_zero(const LaneArray& r) {
  const LaneArray s = r.square();
  LaneArray series = LaneArray::Constant(1.0 / 355687428096000.0);
  for (const double factorial : {-1307674368000.0, 6227020800.0, -39916800.0, 362880.0, -5040.0, 120.0, -6.0})
    series = series * s + 1.0 / factorial;
  return r + r * s * series;
}

LaneArray cos_near_zero(const LaneArray& r) {
  const LaneArray s = r.square();
  LaneArray series = LaneArray::Constant(1.0 / 20922789888000.0);
  for (const double factorial : {-87178291200.0, 479001600.0, -3628800.0, 40320.0, -720.0, 24.0, -2.0})
    series = series * s + 1.0 / factorial;
  return 1.0 + s * series;
}

}  // namespace

SinCos sin_cos(const LaneArray& angles) {
  const LaneArray quarter_turns = (angles * (2.0 * std::numbers::inv_pi)).rint();
  const LaneArray r =
      ((angles - quarter_turns * half_pi_high) - quarter_turns * half_pi_middle) - quarter_turns * half_pi_low;
  const LaneArray sin = sin_near_zero(r), cos = cos_near_zero(r);
  const LaneArray quadrant = quarter_turns - 4.0 * (0.25 * quarter_turns).floor();
  const auto odd = (quadrant == 1.0 || quadrant == 3.0).eval();
  SinCos result{.sin = odd.select(cos, sin), .cos = odd.select(sin, cos)};
  result.sin = (quadrant >= 2.0).select(-result.sin, result.sin);
  result.cos = (quadrant == 1.0 || quadrant == 2.0).select(-result.cos, result.cos);
  for (Eigen::Index lane = 0; lane < lanes; ++lane) {
    if (std::abs(angles[lane]) <= largest_reduced) continue;  // also where it is NaN
    result.sin[lane] = std::sin(angles[lane]);
    result.cos[lane] = std::cos(angles[lane]);
  }
  return result;
}

}  // namespace gmmvi::math
