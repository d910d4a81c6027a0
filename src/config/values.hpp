#pragma once

#include <string>

namespace gmmvi::config {

enum class Conversion { done, no_number, not_whole, not_finite, too_large };

/// `text` as a double, whichever way YAML may write one, the nearest there is.
Conversion to_number(const std::string& text, double& value);

/// `text` as a whole number of type T (int, int64 or uint64); also "1e5" and "100.0", which are whole.
template <class T>
Conversion to_integer(const std::string& text, T& value);

/// "true" or "false", in YAML's three spellings; false where it is neither.
bool to_boolean(const std::string& text, bool& value);

/// The shortest text that gives `value` again bit for bit; always one that YAML 1.1 takes for a number, too (1.0e-06).
std::string to_text(double value);

}  // namespace gmmvi::config
