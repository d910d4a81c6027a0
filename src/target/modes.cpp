#include "target/modes.hpp"

#include <cmath>

namespace gmmvi::target {

std::vector<TargetMetric> modes_found(const Eigen::MatrixXd& modes, const Eigen::MatrixXd& means) {
  const double near = 6.0 * std::sqrt(static_cast<double>(modes.rows()));
  double found = 0.0;
  for (const auto& mode : modes.colwise())
    if ((means.colwise() - mode).colwise().norm().minCoeff() < near) ++found;
  return {{"modes_found", found}, {"modes", static_cast<double>(modes.cols())}};
}

}  // namespace gmmvi::target
