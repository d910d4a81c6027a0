#include "core/fold.hpp"

#include <algorithm>

namespace gmmvi::core {
namespace {

std::size_t blanks_before(std::string_view text) {
  return std::min(text.find_first_not_of(' '), text.size());
}

/// Where what does not fit into the line goes on.
std::size_t indentation(std::string_view line, std::size_t columns) {
  const std::size_t begin = std::min(line.find_first_not_of(" !"), line.size()), gap = line.find("  ", begin);
  if (gap != std::string_view::npos) {
    const std::size_t second = width(line.substr(0, gap)) + blanks_before(line.substr(gap));
    if (2 * second <= columns) return second;
  }
  constexpr std::size_t of_items = 2;
  return begin == of_items ? begin + 2 : begin;
}

bool is_to_be_typed(std::string_view line) {
  return blanks_before(line) == 4;
}

std::string folded_line(std::string_view line, std::size_t columns) {
  if (width(line) <= columns || is_to_be_typed(line)) return std::string(line);
  const std::size_t indent = indentation(line, columns);
  std::string lines;
  std::size_t used = 0;
  bool first = true;  // in its line
  while (blanks_before(line) < line.size()) {
    const std::size_t blanks = blanks_before(line);
    const std::string_view word = line.substr(blanks, line.find(' ', blanks) - blanks);
    const bool fits = first || used + blanks + width(word) <= columns;
    const std::size_t before = fits ? blanks : indent;
    if (!fits) lines += '\n';
    lines.append(before, ' ').append(word);
    used = (fits ? used : 0) + before + width(word);
    line.remove_prefix(blanks + word.size());
    first = false;
  }
  return lines;
}

}  // namespace

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

std::string folded(std::string_view text, std::size_t columns) {
  std::string lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines += folded_line(text.substr(0, end), columns);
    if (end == std::string_view::npos) return lines;
    lines += '\n';
    text.remove_prefix(end + 1);
  }
}

}  // namespace gmmvi::core
