#include "core/printable.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace gmmvi::core {
namespace {

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

struct Character {
  std::size_t length;  ///< in bytes; 0: no UTF-8
  std::uint32_t code_point;
};

/// The first character of `text`, which is not empty.
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, lead};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {0, 0};
  std::uint32_t code_point = lead & (0xFFU >> (length + 1));
  for (const char byte : text.substr(1, length - 1)) {
    if (!continues(byte)) return {0, 0};
    code_point = code_point << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  const std::uint32_t smallest = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  return {code_point < smallest || code_point > 0x10FFFF || surrogate ? 0 : length, code_point};
}

bool turns_direction(std::uint32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_control(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || turns_direction(c);
}

std::string escaped(std::uint32_t code_point, bool is_byte) {
  if (code_point == '\n') return "\\n";
  if (code_point == '\t') return "\\t";
  return is_byte ? fmt::format("\\x{:02x}", code_point) : fmt::format("\\u{:04x}", code_point);
}

}  // namespace

std::string printable(std::string_view text, Lines lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_character(text);
    const std::size_t length = std::max<std::size_t>(c.length, 1);
    const bool lays_out = lines == Lines::many && (text[0] == '\n' || text[0] == '\t');
    if (c.length == 0)
      out += escaped(static_cast<unsigned char>(text[0]), true);
    else if (is_control(c.code_point) && !lays_out)
      out += escaped(c.code_point, false);
    else
      out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

std::string excerpt(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return std::string(text);
  std::size_t head = longest / 4 * 3, tail = text.size() - (longest - head);
  const auto within_character = [&](std::size_t at, std::size_t moved) {
    return moved < 4 && at > 0 && at < text.size() && continues(text[at]);
  };
  for (std::size_t moved = 0; within_character(head, moved); ++moved) --head;
  for (std::size_t moved = 0; within_character(tail, moved); ++moved) ++tail;
  return fmt::format("{} [… {} of {} bytes are left out here …] {}", text.substr(0, head), tail - head, text.size(),
                     text.substr(tail));
}

std::string quotation(std::string_view text) {
  return printable(excerpt(text, longest_quotation), Lines::one);
}

std::string reason(std::string_view text) {
  return printable(excerpt(text, longest_reason));
}

std::string message(std::string_view text) {
  return printable(excerpt(text, longest_message));
}

}  // namespace gmmvi::core
