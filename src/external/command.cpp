#include "external/command.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::external {
namespace {

constexpr std::string_view blanks = " \t\r\n";

[[noreturn]] void fail(const std::string& what) {
  throw Error(what, ExitCode::configuration);
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escapes = c == '\\' && quote != '\'' && i + 1 < text.size() &&
                         (quote == '\0' || text[i + 1] == '"' || text[i + 1] == '\\');
    if (quote == '\0' && blanks.find(c) != std::string_view::npos) {
      if (word) words.push_back(std::move(*word));
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (escapes)
      *word += text[++i];
    else if (quote == '\0' && (c == '"' || c == '\''))
      quote = c;
    else if (c == quote)
      quote = '\0';
    else
      *word += c;
  }
  if (quote != '\0') fail(fmt::format("The command '{}' has a quote ({}) that is not closed.", text, quote));
  if (word) words.push_back(std::move(*word));
  return words;
}

std::vector<std::filesystem::path> folders_of(const std::string& path) {
  std::vector<std::filesystem::path> folders;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    folders.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return folders;
}

bool is_in_path(const std::string& program, const std::string& path) {
  return std::ranges::any_of(folders_of(path),
                             [&](const auto& folder) { return ::access((folder / program).c_str(), X_OK) == 0; });
}

/// Of a script; empty: none.
std::string first_line_of(const std::string& path) {
  constexpr std::size_t longest = 1000;
  std::string line(longest, '\0');
  std::ifstream stream(path, std::ios::binary);
  stream.read(line.data(), longest);
  line.resize(static_cast<std::size_t>(stream.gcount()));
  if (line.find('\0') != std::string::npos) return "";
  line.resize(std::min(line.find('\n'), line.size()));
  return line;
}

}  // namespace

std::string path_in(const std::map<std::string, std::string>& environment) {
  if (const auto own = environment.find("PATH"); own != environment.end()) return own->second;
  const char* ours = std::getenv("PATH");
  return ours ? ours : "/bin:/usr/bin";
}

std::string problem_with_program(const std::string& program, const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (program.find('/') == std::string::npos) {
    if (is_in_path(program, path)) return "";
    return fmt::format(
        "There is no program {0} in any folder of PATH. One that lies beside the config is written "
        "./{0}.",
        program);
  }
  if (fs::is_directory(program, ignored)) return fmt::format("{} is a folder.", program);
  if (!fs::exists(program, ignored))
    return fmt::format(
        "There is no file {}{}.", program,
        fs::path(program).is_absolute() ? "" : ", neither beside the config nor where gmmvi was started");
  if (::access(program.c_str(), X_OK) != 0)
    return fmt::format("{0} is not executable: make it so (chmod +x {0}), or name what runs it, as in [python3, {0}].",
                       program);
  const std::string line = first_line_of(program);
  if (!line.starts_with("#!")) return "";
  const std::size_t begin = line.find_first_not_of(" \t", 2);
  if (begin == std::string::npos) return "";
  const std::string interpreter = line.substr(begin, line.find_first_of(" \t\r", begin) - begin);
  if (::access(interpreter.c_str(), X_OK) == 0 && !line.ends_with('\r')) return "";
  return fmt::format(
      "{} is to be run by {}, as its first line says, which {}.", program, interpreter,
      line.ends_with('\r') ? "ends in a carriage return, as Windows writes it (dos2unix removes it)" : "is not there");
}

std::string advice_on(const std::string& program, const std::string& path) {
  std::string problem = problem_with_program(program, path);
  if (!problem.empty() || program.find('/') == std::string::npos) return problem;
  const std::string line = first_line_of(program);
  if (line.empty() || line.starts_with("#!")) return "";
  return fmt::format(
      "{0} is a script whose first line does not say what runs it, so that the shell did: begin it with a line like "
      "#!/usr/bin/env python3, or name what runs it, as in [python3, {0}].",
      program);
}

bool leads_into_path(const std::string& file, const std::string& path) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::canonical(file, error).parent_path();
  return !error && std::ranges::any_of(folders_of(path), [&](const auto& one) {
    std::error_code ignored;  // not all that stands in PATH is there
    return std::filesystem::equivalent(one, folder, ignored);
  });
}

bool is_path_of_file(const std::string& word) {
  std::error_code ignored;
  return word.find('/') != std::string::npos && std::filesystem::is_regular_file(word, ignored);
}

std::vector<std::string> words_of(const Command& command, bool shell) {
  const auto* text = std::get_if<std::string>(&command);
  if (shell && !text) fail("A command for the shell has to be one text, not a list.");
  std::vector<std::string> words = shell  ? std::vector<std::string>{"/bin/sh", "-c", *text}
                                   : text ? split(*text)
                                          : std::get<std::vector<std::string>>(command);
  if (words.empty() || words.front().empty() || (shell && text->find_first_not_of(blanks) == std::string::npos))
    fail("The command names no program.");
  return words;
}

}  // namespace gmmvi::external
