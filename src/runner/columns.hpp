#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/fold.hpp"

namespace gmmvi::runner {

using core::usual_columns;
using core::width;

/// With blanks behind it, or before it, up to a width.
std::string padded(const std::string& text, std::size_t to);
std::string right_aligned(const std::string& text, std::size_t to);

/// The end of a text that is wider than `most`, with … before it: of paths the end says most.
std::string end_of_text(const std::string& text, std::size_t most);

/// In lines of at most `columns`, where its words allow.
std::string wrapped(const std::string& text, std::size_t columns = usual_columns);

}  // namespace gmmvi::runner
