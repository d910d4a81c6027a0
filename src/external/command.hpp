#pragma once

#include <map>
#include <string>
#include <vector>

#include "external/options.hpp"

namespace gmmvi::external {

/// A command's words: program and arguments. One text is split at blanks as a shell would, with quotes and backslashes,
/// but nothing is expanded; with `shell` it is handed to /bin/sh as it is. Throws Error (configuration) where there is
/// no program, or a quote is not closed.
std::vector<std::string> words_of(const Command& command, bool shell = false);

/// The PATH in which a program with this environment on top of ours is looked for.
std::string path_in(const std::map<std::string, std::string>& environment);
/// Why a program, its path or a name that is looked for in `path`, cannot be run, and what to do; empty: it can.
std::string problem_with_program(const std::string& program, const std::string& path);
/// The same of a program that has failed, which may be a script that the shell has misunderstood; empty: its file tells
/// nothing.
std::string advice_on(const std::string& program, const std::string& path);

/// Whether a file lies in a folder of `path`, or is a link to one that does.
bool leads_into_path(const std::string& file, const std::string& path);
/// Whether a word has a slash and names a file that is there.
bool is_path_of_file(const std::string& word);

}  // namespace gmmvi::external
