#include "runner/columns.hpp"

#include <algorithm>
#include <sstream>

namespace gmmvi::runner {
namespace {

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

std::string blanks(const std::string& text, std::size_t to) {
  return std::string(to - std::min(to, width(text)), ' ');
}

}  // namespace

std::string padded(const std::string& text, std::size_t to) {
  return text + blanks(text, to);
}

std::string right_aligned(const std::string& text, std::size_t to) {
  return blanks(text, to) + text;
}

std::string end_of_text(const std::string& text, std::size_t most) {
  if (width(text) <= most) return text;
  std::size_t start = text.size();
  for (std::size_t characters = 0; characters + 1 < most; ++characters) {
    --start;
    while (!begins_character(text[start])) --start;
  }
  return "…" + text.substr(start);
}

std::string wrapped(const std::string& text, std::size_t columns) {
  std::istringstream words(text);
  std::string lines;
  std::size_t used = 0;
  for (std::string word; words >> word;) {
    const std::size_t wide = width(word);
    if (used > 0) {
      const bool fits = used + 1 + wide <= columns;
      lines += fits ? ' ' : '\n';
      used = fits ? used + 1 : 0;
    }
    lines += word;
    used += wide;
  }
  return lines + '\n';
}

}  // namespace gmmvi::runner
