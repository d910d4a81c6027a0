#include "math/smallest_within.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <boost/math/tools/toms748_solve.hpp>

namespace gmmvi::math {
namespace {

struct Bracket {
  double outside;  // divergence > bound
  double inside;   // divergence <= bound
};

// Doubles away from `lower` until inside, or halves towards it until outside.
std::optional<Bracket> bracket(const std::function<double(double)>& divergence, double lower, double bound) {
  double x = 2.0 * lower;
  if (!(divergence(x) <= bound)) {
    while (std::isfinite(2.0 * x)) {
      if (divergence(2.0 * x) <= bound) return Bracket{x, 2.0 * x};
      x *= 2.0;
    }
    return std::nullopt;
  }
  for (double step = 0.5 * lower; lower + step > lower; step *= 0.5) {
    if (!(divergence(lower + step) <= bound)) return Bracket{lower + step, x};
    x = lower + step;
  }
  return Bracket{lower, x};
}

}  // namespace

std::optional<double> smallest_within(const std::function<double(double)>& divergence, double lower, double bound) {
  if (divergence(lower) <= bound) return lower;
  if (!(bound > 0.0)) return std::nullopt;
  const std::optional<Bracket> start = bracket(divergence, lower, bound);
  if (!start) return std::nullopt;
  // In logarithms the divergence is nearly straight. The ratio is kept where the solver's products cannot overflow, and
  // what is outside, if only by a rounding, counts as outside.
  const auto excess = [&](double x) {
    const double value = divergence(x);
    const double log_ratio = std::log(std::clamp(value / bound, 1e-300, 1e300));
    return value <= bound ? log_ratio : std::max(std::numeric_limits<double>::epsilon(), log_ratio);
  };
  const double at_outside = excess(start->outside);
  const double at_inside = excess(start->inside);
  if (at_inside == 0.0) return start->inside;
  std::uintmax_t iterations = 200;
  const auto [left, right] =
      boost::math::tools::toms748_solve(excess, start->outside, start->inside, at_outside, at_inside,
                                        boost::math::tools::eps_tolerance<double>(46), iterations);
  return divergence(left) <= bound ? left : right;
}

}  // namespace gmmvi::math
