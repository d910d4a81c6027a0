#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gmmvi::runner {

/// Of a terminal that nobody made wider.
inline constexpr std::size_t usual_columns = 80;

/// Characters of a text in UTF-8.
std::size_t width(std::string_view text);

/// With blanks behind it, or before it, up to a width.
std::string padded(const std::string& text, std::size_t to);
std::string right_aligned(const std::string& text, std::size_t to);

/// The end of a text that is wider than `most`, with … before it: of paths the end says most.
std::string end_of_text(const std::string& text, std::size_t most);

/// In lines of at most `columns`, where its words allow.
std::string wrapped(const std::string& text, std::size_t columns = usual_columns);

}  // namespace gmmvi::runner
