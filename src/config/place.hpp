#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "gmmvi/error.hpp"

namespace gmmvi::config {

/// Where settings come from: a file, a text, or a command-line option.
struct Source {
  std::string name;                 ///< as messages call it
  std::filesystem::path directory;  ///< what relative paths in it are relative to
  bool has_lines = true;            ///< false: a command-line option
};

/// A line of a source.
struct Place {
  std::shared_ptr<const Source> source = nullptr;
  int line = 0;  ///< 1 for the first

  /// "file.yml:12", or the command-line option.
  std::string text() const;
  /// "file.yml:12: a.b", where `path` is a.b. A --set names its key already.
  std::string text_of(const std::string& path) const;
  /// `path` as seen from here, absolute.
  std::filesystem::path resolve(const std::string& path) const;
};

/// The present folder; empty where there is none any more.
std::filesystem::path present_folder();

/// `text` with escapes where it has control characters.
std::string in_one_line(const std::string& text);

/// Something is wrong with a configuration: an Error(ExitCode::configuration), in one line.
class Refusal : public Error {
 public:
  /// `place`: of the setting, by which several refusals are sorted; without a source if there is none.
  Refusal(Place place, const std::string& message);
  const Place& place() const { return place_; }

 private:
  Place place_;
};

/// Throw a Refusal.
[[noreturn]] void fail(const std::string& message);
[[noreturn]] void fail(const Place& place, const std::string& message);

}  // namespace gmmvi::config
