#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace gmmvi::config {

/// Where settings come from: a file, a text, or a command-line option.
struct Source {
  std::string name;                 ///< as messages call it
  std::filesystem::path directory;  ///< what relative paths in it are relative to
  bool has_lines = true;            ///< false: a command-line option
};

/// A line of a source.
struct Place {
  std::shared_ptr<const Source> source;
  int line = 0;  ///< 1 for the first

  /// "file.yml:12", or the command-line option.
  std::string text() const;
  /// "file.yml:12: a.b", where `path` is a.b. A --set names its key already.
  std::string text_of(const std::string& path) const;
  /// `path` as seen from here, absolute.
  std::filesystem::path resolve(const std::string& path) const;
};

/// `text` with blanks where it has control characters.
std::string in_one_line(std::string text);
/// Throws Error(ExitCode::configuration) with the message, in one line.
[[noreturn]] void fail(const std::string& message);

}  // namespace gmmvi::config
