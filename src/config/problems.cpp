#include "config/problems.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/printable.hpp"

namespace gmmvi::config {

std::size_t Problems::number_of(const Source* source) {
  const auto found = std::ranges::find(sources_, source);
  if (found != sources_.end()) return static_cast<std::size_t>(found - sources_.begin());
  sources_.push_back(source);
  return sources_.size() - 1;
}

void Problems::add(const Refusal& refusal) {
  if (!messages_.insert(refusal.what()).second) return;
  ++found_;
  if (full()) return;
  told_.push_back({number_of(refusal.place().source.get()), refusal.place().line, refusal.what()});
}

void Problems::finish(const std::string& name) const {
  if (found_ == 0 && (missing_.empty() || incomplete_)) return;
  std::vector<Told> sorted = told_;
  std::ranges::stable_sort(sorted, {}, [](const Told& told) { return std::tuple(told.source, told.line); });
  std::vector<std::string> messages;
  for (Told& told : sorted) messages.push_back(std::move(told.message));
  if (found_ > told_.size()) messages.push_back(fmt::format("and {} more", found_ - told_.size()));
  if (!incomplete_) messages.insert(messages.end(), missing_.begin(), missing_.end());
  if (messages.size() == 1) throw Error(messages.front(), ExitCode::configuration);
  throw Error(fmt::format("{}: {} things are wrong with this configuration:\n  {}", name,
                          found_ + (incomplete_ ? 0 : missing_.size()), fmt::join(messages, "\n  ")),
              ExitCode::configuration);
}

}  // namespace gmmvi::config
