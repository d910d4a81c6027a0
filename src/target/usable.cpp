#include "target/usable.hpp"

#include <limits>

namespace gmmvi::target {

double verdict_on(const Eigen::Ref<const Eigen::VectorXd>& sample) {
  if (sample.allFinite()) return 0.0;
  return sample.hasNaN() ? std::numeric_limits<double>::quiet_NaN() : -std::numeric_limits<double>::infinity();
}

}  // namespace gmmvi::target
