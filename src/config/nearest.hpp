#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmmvi::config {

/// The candidate that `word` is most likely a misspelling of, whatever its case; of several that are as near, the one
/// whose length is nearest. Empty where none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// " (did you mean 'x'?)" of a guess; nothing where it is empty.
std::string did_you_mean(const std::string& guess);
/// The same of the nearest candidate.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace gmmvi::config
