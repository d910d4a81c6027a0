#pragma once

#include <Eigen/Core>

#include "gmmvi/regression.hpp"

namespace gmmvi::math {

/// How many features are of second order.
inline Eigen::Index second_order_count(Features features, Eigen::Index d) {
  switch (features) {
    case Features::linear:
      return 0;
    case Features::squares:
      return d;
    case Features::quadratic:
      return d * (d + 1) / 2;
  }
  return 0;
}

/// Writes the features of x [D] into `out` [F].
template <class Sample, class Column>
void fill_features(Features features, const Sample& x, Column&& out) {
  const Eigen::Index d = x.size();
  const Eigen::Index second = second_order_count(features, d);
  if (features == Features::squares) out.head(d) = x.cwiseAbs2();
  if (features == Features::quadratic)
    for (Eigen::Index i = 0, first = 0; i < d; first += d - i, ++i) out.segment(first, d - i) = x[i] * x.tail(d - i);
  out.segment(second, d) = x;
  out[second + d] = 1.0;
}

}  // namespace gmmvi::math
