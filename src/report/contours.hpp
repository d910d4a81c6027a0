#pragma once

#include <vector>

#include <Eigen/Core>

#include "gmmvi/mixture.hpp"

#include "report/posterior.hpp"

namespace gmmvi::report {

/// Values on a rectangular grid.
struct Grid {
  Eigen::VectorXd x, y;    ///< [X], [Y] ascending
  Eigen::MatrixXd values;  ///< [X x Y]
};

/// Where the values are `level`, between the points of the grid by interpolation: lines [2 x N], each of them closed or
/// from border to border.
std::vector<Eigen::Matrix2Xd> isolines(const Grid& grid, double level);

/// The distribution of two parameters, the others integrated out.
Mixture<FullCovariance> marginal(const AnyMixture& mixture, const Pair& pair);

/// Lines of equal density around the smallest area that holds `mass` of the distribution of two parameters.
struct Contour {
  double mass = 0.0;
  std::vector<Eigen::Matrix2Xd> lines;
};
/// Those around half and 90 % of the mass, as far as `samples` [D x N] of the mixture tell how high they are.
/// `marginals` are the mixture's.
std::vector<Contour> contours(const AnyMixture& mixture, const Marginals& marginals, const Pair& pair,
                              const Eigen::MatrixXd& samples);

}  // namespace gmmvi::report
