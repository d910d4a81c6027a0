#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace gmmvi::external {

/// The end of what a program writes on its standard error, however much that is.
class LastLines {
 public:
  static constexpr std::size_t most = 20;
  static constexpr std::size_t longest = 500;  ///< bytes of a line; what follows is dropped

  /// What comes next, cut anywhere.
  void add(std::string_view text);
  /// The last lines that are not empty, one below another without a newline at the end.
  std::string text() const;

 private:
  void end_line();

  std::deque<std::string> lines_;
  std::string current_;
};

}  // namespace gmmvi::external
