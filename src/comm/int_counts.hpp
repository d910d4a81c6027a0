#pragma once

#include <cstddef>
#include <vector>

namespace gmmvi::comm {

/// Messages of many bytes in MPI's terms, which counts in int: as multiples of a unit.
struct IntCounts {
  int unit = 1;             ///< bytes; 1 wherever that suffices, else the greatest common divisor of all counts
  std::vector<int> counts;  ///< [ranks] units to or from each rank
  std::vector<int> starts;  ///< [ranks] where they begin, in units
};

/// `bytes` to or from each rank. Throws Error if no unit makes them fit.
IntCounts int_counts(const std::vector<std::size_t>& bytes);

}  // namespace gmmvi::comm
