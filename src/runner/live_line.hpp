#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace gmmvi::runner {

/// What the line at the bottom of a terminal says of a run.
struct LiveLine {
  std::int64_t iteration = 0;
  std::string negative_elbo = {};
  std::int64_t components = 0;
  std::int64_t evaluations = 0;
  std::optional<double> evaluations_per_second = {};
  std::string batch = {};              ///< what there is to say of the one that is evaluated: `57 of 400 in this batch`
  std::int64_t batches_in_flight = 0;  ///< said if there are several
  std::optional<double> oldest_seconds = {};  ///< of the evaluation that has run for longest, said if it is one or more
  std::optional<double> utilization = {};     ///< in [0, 1]
  std::optional<double> seconds_left = {};
};

/// In at most `columns` characters: what matters least is left out first, and on a narrow terminal the words are
/// short.
std::string to_text(const LiveLine& line, std::size_t columns);

}  // namespace gmmvi::runner
