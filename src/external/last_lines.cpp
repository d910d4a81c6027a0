#include "external/last_lines.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gmmvi::external {

void LastLines::add(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    current_ += text.substr(0, std::min(end, longest - std::min(longest, current_.size())));
    if (end == text.size()) return;
    end_line();
    text.remove_prefix(end + 1);
  }
}

std::string LastLines::text() const {
  std::deque<std::string> lines = lines_;
  if (!current_.empty()) lines.push_back(current_);
  if (lines.size() > most) lines.pop_front();
  return fmt::format("{}", fmt::join(lines, "\n"));
}

void LastLines::end_line() {
  if (current_.find_first_not_of(" \t\r") == std::string::npos) {
    current_.clear();
    return;
  }
  if (lines_.size() == most) lines_.pop_front();
  lines_.push_back(std::move(current_));
  current_.clear();
}

}  // namespace gmmvi::external
