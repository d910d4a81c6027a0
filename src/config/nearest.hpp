#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmmvi::config {

/// The candidate that `word` is most likely a misspelling of, whatever its case; empty where none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "; did you mean 'x'?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace gmmvi::config
