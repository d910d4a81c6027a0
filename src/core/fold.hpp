#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gmmvi::core {

/// Of a terminal that nobody made wider.
inline constexpr std::size_t usual_columns = 80;

/// Characters of a text in UTF-8.
std::size_t width(std::string_view text);

/// Every line of `text` in lines of at most `columns`, broken at blanks where there are some. What goes on stands below
/// the second column where the line has two (`name  meaning`), else below the first word (marks like `!!` are none);
/// below an item of a list, which two blanks are before, it stands two further in. A line that begins with four blanks
/// is something to type, and stays whole, as in Markdown.
std::string folded(std::string_view text, std::size_t columns);

}  // namespace gmmvi::core
