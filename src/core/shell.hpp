#pragma once

#include <string>

namespace gmmvi::core {

/// `text` as one word of a command line, in quotes where a shell would read it otherwise.
std::string shell_word(const std::string& text);

}  // namespace gmmvi::core
