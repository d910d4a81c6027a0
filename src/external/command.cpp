#include "external/command.hpp"

#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

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

}  // namespace

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
