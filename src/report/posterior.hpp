#pragma once

#include <vector>

#include <Eigen/Core>

#include "gmmvi/mixture.hpp"
#include "gmmvi/transforms.hpp"

namespace gmmvi::report {

/// A density of one variable, as points of a line.
struct Curve {
  Eigen::VectorXd x;        ///< [N] ascending
  Eigen::VectorXd density;  ///< [N]
};

/// The marginals of a mixture, which must outlive this, of the parameters that come from its own by `transforms`.
class Marginals {
 public:
  explicit Marginals(const AnyMixture& mixture, const Transforms& transforms = {});
  /// The density of the mixture's own parameter d: see user_curve().
  Curve curve(Eigen::Index d, Eigen::Index points) const;
  /// The density of parameter d where nearly all of its mass is, in at most `points` points: half of them evenly, half
  /// at the components of largest weight, which may be narrow.
  Curve user_curve(Eigen::Index d, Eigen::Index points) const;

 private:
  const AnyMixture& mixture_;
  Transforms transforms_;
  Eigen::ArrayXd weights_;      // [K]
  Eigen::ArrayXXd means_;       // [K x D]
  Eigen::ArrayXXd deviations_;  // [K x D]
};

/// The density of `values` in intervals of one width.
struct Histogram {
  double start = 0.0, width = 0.0;
  Eigen::VectorXd density;  ///< [B]
};
/// Without the 0.1 % of the values at either end, which the rest should not be squeezed for.
Histogram histogram(Eigen::VectorXd values, Eigen::Index bins);

/// [D x D] correlation of the mixture's first `dimension` parameters.
Eigen::MatrixXd correlation(const AnyMixture& mixture, Eigen::Index dimension);

struct Pair {
  Eigen::Index x, y;
};
/// The `count` pairs, or all if there are fewer, with the largest entries of the symmetric `strength` [D x D].
std::vector<Pair> strongest_pairs(const Eigen::MatrixXd& strength, std::size_t count);

}  // namespace gmmvi::report
