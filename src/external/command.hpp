#pragma once

#include <string>
#include <vector>

#include "external/options.hpp"

namespace gmmvi::external {

/// A command's words: program and arguments. One text is split at blanks as a shell would, with quotes and backslashes,
/// but nothing is expanded; with `shell` it is handed to /bin/sh as it is. Throws Error (configuration) where there is
/// no program, or a quote is not closed.
std::vector<std::string> words_of(const Command& command, bool shell = false);

/// Whether a word has a slash and names a file that is there.
bool is_path_of_file(const std::string& word);

}  // namespace gmmvi::external
