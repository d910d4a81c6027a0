#pragma once

#include "gmmvi/lanes.hpp"

namespace gmmvi::math {

struct SinCos {
  LaneArray sin, cos;
};

/// Sine and cosine of `angles` in radians, for each lane, to about 1e-15 (absolutely). Eigen's are scalar for doubles.
SinCos sin_cos(const LaneArray& angles);

}  // namespace gmmvi::math
