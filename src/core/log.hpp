#pragma once

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace spdlog {
class logger;
}

namespace gmmvi::core {

/// Where messages for people go: the screen on rank 0, warnings and errors on every rank (with its number), and the
/// run's log file once there is one. Warnings and errors go to stderr, the rest to stdout. Control characters within a
/// message are escaped, and one that is far too long is cut. A screen that is a terminal has lines of its width.
class Log {
 public:
  enum class Level { debug, info, warning, error };

  explicit Log(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    say(Level::debug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    say(Level::info, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    say(Level::warning, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    say(Level::error, fmt::format(format, std::forward<Args>(args)...));
  }
  void say(Level level, const std::string& message);
  void flush();

  spdlog::logger& logger() { return *logger_; }

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

Log& log();

/// Names this rank in its messages; on others than rank 0 only warnings and errors are shown.
void set_log_rank(int rank, int size);
/// Shows `text` below the messages on the screen, in place of what it showed before; empty: nothing. Only for a stdout
/// that is a terminal.
void show_live_line(const std::string& text);
/// Appends messages to `path` as well. Throws Error (cannot_create).
void add_log_file(const std::string& path);

}  // namespace gmmvi::core
