#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace gmmvi::model {

/// What rank 0 knows of a component beside its Gaussian and weight.
struct ComponentRecord {
  std::uint64_t id = 0;
  double stepsize = 0.0;
  std::int64_t updates_received = 0;  ///< refused ones included
  std::vector<double> rewards;        ///< one an iteration, the newest last
  std::vector<double> weights;        ///< after each of these iterations
};

/// Stands for a reward that is not there.
inline constexpr double no_reward = std::numeric_limits<double>::lowest();

}  // namespace gmmvi::model
