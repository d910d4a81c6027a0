#include "runner/live_line.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runner/columns.hpp"
#include "runner/rate.hpp"

namespace gmmvi::runner {
namespace {

constexpr std::size_t narrow = 60;  // columns
constexpr std::string_view gap = "  ";

struct Part {
  int place;  // from the left
  std::string text;
};

std::string without_error(const std::string& value) {
  return value.substr(0, value.find(" ±"));
}

/// What matters most comes first.
std::vector<Part> parts_of(const LiveLine& line, bool brief) {
  std::vector<Part> parts;
  const auto add = [&](int place, std::string text) { parts.push_back({place, std::move(text)}); };
  add(0, fmt::format("{} {}", brief ? "it." : "iteration", line.iteration));
  if (line.seconds_left) add(9, duration_text(*line.seconds_left) + " left");
  add(1, "−ELBO " + (brief ? without_error(line.negative_elbo) : line.negative_elbo));
  if (!line.batch.empty()) add(5, line.batch);
  add(3, fmt::format("{} {}", brief ? "eval." : "evaluations", line.evaluations));
  add(2, fmt::format("{} {}", brief ? "comp." : "components", line.components));
  if (const auto rate = line.evaluations_per_second; rate && *rate > 0.0)
    add(4, fmt::format("{:.{}f}/s", *rate, *rate < 100.0 ? 1 : 0));
  if (line.batches_in_flight > 1) add(6, fmt::format("{} batches in flight", line.batches_in_flight));
  if (line.oldest_seconds && *line.oldest_seconds >= 1.0)
    add(8, fmt::format("oldest evaluation {}", duration_text(*line.oldest_seconds)));
  if (line.utilization) add(7, fmt::format("{:.0f} % utilised", 100.0 * *line.utilization));
  return parts;
}

}  // namespace

std::string to_text(const LiveLine& line, std::size_t columns) {
  std::vector<Part> shown;
  std::size_t used = 0;
  for (Part& part : parts_of(line, columns < narrow)) {
    const std::size_t needed = width(part.text) + (shown.empty() ? 0 : gap.size());
    if (used + needed > columns) continue;
    used += needed;
    shown.push_back(std::move(part));
  }
  std::ranges::sort(shown, {}, &Part::place);
  std::string text;
  for (const Part& part : shown) text.append(text.empty() ? "" : gap).append(part.text);
  return text;
}

}  // namespace gmmvi::runner
