#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "gmmvi/error.hpp"

#include "external/last_lines.hpp"
#include "external/options.hpp"
#include "external/simulator.hpp"

namespace gmmvi::external {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int number() const { return number_; }  ///< -1: none
  void close();

 private:
  int number_ = -1;
};

/// Wakes an evaluation from another thread.
class Interruption {
 public:
  Interruption();
  void raise();
  /// Forgets those raised before.
  void clear();
  /// Can be read while one is raised.
  int descriptor() const { return event_.number(); }

 private:
  Descriptor event_;
};

/// An evaluation was interrupted.
class Interrupted : public Error {
  using Error::Error;
};

/// How to start a program.
struct Launch {
  enum class Streams {
    standard,     ///< lines go in at its standard input and come out at its standard output
    descriptors,  ///< … at its descriptors 3 and 4; its standard output is treated as its standard error
    none          ///< it has no input, and its standard output is treated as its standard error
  };
  std::vector<std::string> command;                     ///< the program, looked for in PATH, and its arguments
  std::string name = {};                                ///< for messages; empty: the command in quotes
  std::string folder = {};                              ///< where it runs; empty: where we do
  std::map<std::string, std::string> environment = {};  ///< on top of ours, without the launcher's variables
  Streams streams = Streams::standard;
  double kill_grace = 2.0;  ///< seconds from SIGTERM to SIGKILL
};

/// What the options and the place of a simulator add to its environment: GMMVI_SLOT, GMMVI_RANK, and what the user set.
std::map<std::string, std::string> environment_of(const ProgramOptions& options, const Start& start);

/// Where gmmvi-supervise is. Throws Error (unavailable) if nowhere.
std::string supervisor_path();

/// A program that runs beside us, under the eyes of gmmvi-supervise: when it ends, is terminated, or when we die,
/// nothing that it has started is left. Its standard error never blocks it while one of the calls below waits for it.
class Child {
 public:
  /// Starts it. Errors of the program itself, also that there is none, are seen by the first ask() or wait(). Throws
  /// Error (unavailable) where processes cannot be started. `interruption` has to live as long.
  Child(Launch launch, const Interruption& interruption);
  /// Closes its input, and terminates it if it has not ended by itself kill_grace later.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Sends a text (a line with its newline), and returns the line that comes next, without its newline. Throws Error
  /// when it ends, when it is silent for `limit` seconds, when the line is too long, and when it is interrupted
  /// (Interrupted); it has been terminated then.
  std::string ask(std::string_view request, std::optional<double> limit = std::nullopt);
  /// Waits for its end. Throws Error if that was not exit code 0, and where it is interrupted; it is terminated then.
  void wait();
  /// SIGTERM, later SIGKILL; returns when nothing of it is left.
  void terminate();
  const std::string& name() const { return launch_.name; }
  /// `what` about it, with its name before and the last lines of its standard error behind.
  std::string complaint(std::string_view what);

 private:
  using Clock = std::chrono::steady_clock;
  enum class News { something, nothing, interruption };

  void spawn();
  void send(std::string_view& pending);
  bool receive(Descriptor& from);
  void take_last_words();
  std::optional<std::string> next_line();
  News wait_for_news(std::string_view& pending, std::optional<Clock::time_point> until, bool interruptible = true);
  bool has_ended() const { return control_.number() < 0; }
  std::string end_in_words();
  [[noreturn]] void fail(const std::string& what);
  [[noreturn]] void fail_interrupted(Clock::time_point start);

  Launch launch_;
  const Interruption& interruption_;
  pid_t supervisor_ = -1;
  Descriptor in_, in_reader_, out_, error_, control_;
  std::string received_;       // at the end of out_, not yet asked for
  std::size_t searched_ = 0;   // of it, without finding a newline
  std::optional<int> status_;  // of the supervisor
  LastLines last_lines_;
};

}  // namespace gmmvi::external
