#include "comm/int_counts.hpp"

#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::comm {
namespace {

constexpr std::size_t limit = std::numeric_limits<int>::max();

std::size_t unit_of(const std::vector<std::size_t>& bytes) {
  const std::size_t total = std::reduce(bytes.begin(), bytes.end());
  if (total <= limit) return 1;
  std::size_t unit = 0;
  for (const std::size_t count : bytes) unit = std::gcd(unit, count);
  if (unit > limit || total / unit > limit) {
    throw Error(
        fmt::format("a message between ranks has {} bytes in parts of {}; MPI moves at most {} parts of that many "
                    "bytes. Use fewer samples or components an iteration",
                    total, unit, limit));
  }
  return unit;
}

}  // namespace

IntCounts int_counts(const std::vector<std::size_t>& bytes) {
  const std::size_t unit = unit_of(bytes);
  IntCounts result{.unit = static_cast<int>(unit), .counts = {}, .starts = {}};
  for (std::size_t start = 0; const std::size_t count : bytes) {
    result.counts.push_back(static_cast<int>(count / unit));
    result.starts.push_back(static_cast<int>(start / unit));
    start += count;
  }
  return result;
}

}  // namespace gmmvi::comm
