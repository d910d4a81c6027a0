#include "comm/foreign_code.hpp"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <mpi.h>

#include "gmmvi/error.hpp"

#include "comm/guard.hpp"
#include "core/log.hpp"

namespace gmmvi::comm {
namespace {

constexpr unsigned longest_goodbye = 20;  // seconds

std::atomic<int> running = 0;           // threads in others' code
std::atomic<pid_t> process = 0;         // that they belong to: a child of a fork is another
std::atomic<bool> left_behind = false;  // a thread in others' code
std::atomic<bool> is_ending = false;    // what ends now ends by our will

std::function<void(const std::string&)>& last_words() {
  static std::function<void(const std::string&)> words;
  return words;
}

void end_for(const std::string& call) {
  end_for_foreign_code(
      fmt::format("an evaluation ended the program: the target called {}. It has to return a value, or to throw where "
                  "there is none. Finished evaluations are kept in the journal, if there is one.",
                  call));
}

bool is_ours() {
  return running > 0 && process == ::getpid();
}

/// For ends by any thread.
bool is_forbidden() {
  return is_ours() && !left_behind;
}

thread_local int depth = 0;  // of others' code in this thread

/// exit() destroys what belongs to its thread before anything else.
struct ExitWatch {
  ExitWatch() = default;
  ~ExitWatch() {
    if (depth > 0 && is_ours()) end_for("exit()");
  }
  ExitWatch(const ExitWatch&) = delete;
  ExitWatch& operator=(const ExitWatch&) = delete;
};

/// exit(0) by a thread of the target's own.
extern "C" void at_exit(int code, void*) {
  if (code == 0 && is_forbidden()) end_for("exit(0)");
}
extern "C" void at_quick_exit_of_any() {
  if (is_forbidden()) end_for("quick_exit()");
}

/// MPI_Finalize() deletes the attributes of MPI_COMM_SELF before anything else.
extern "C" int at_finalize(MPI_Comm, int, void*, void*) {
  if (is_forbidden()) end_for("MPI_Finalize()");
  return MPI_SUCCESS;
}

void watch_finalize() {
  int initialised = 0, finalised = 0, key = MPI_KEYVAL_INVALID;
  MPI_Initialized(&initialised);
  MPI_Finalized(&finalised);
  if (initialised == 0 || finalised != 0) return;
  MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, at_finalize, &key, nullptr);
  MPI_Comm_set_attr(MPI_COMM_SELF, key, nullptr);
}

void watch_ends() {
  core::log();  // made before the handler is known, it lives longer
  last_words();
  ::on_exit(at_exit, nullptr);
  std::at_quick_exit(at_quick_exit_of_any);
}

}  // namespace

void watch_over_foreign_code() {
  static std::once_flag ends, finalize;
  std::call_once(ends, watch_ends);
  std::call_once(finalize, watch_finalize);
}

namespace {

/// What the C library's _exit() does, unless it is forbidden.
[[noreturn]] void exit_at_once(int code) {
  if (!is_ending && (depth > 0 ? is_ours() : code == 0 && is_forbidden())) end_for("_exit()");
  while (true) ::syscall(SYS_exit_group, code);
}

}  // namespace

void end_for_foreign_code(const std::string& message) {
  if (is_ending.exchange(true)) return;
  ::alarm(longest_goodbye);  // nothing below may keep the process for ever
  try {
    core::log().error("error: {}", message);
    core::log().flush();
    if (last_words()) last_words()(message);
  } catch (const std::exception&) {
    // there is nobody left to tell
  }
  end_world(static_cast<int>(ExitCode::unavailable));
}

void leave_foreign_code() {
  left_behind = true;
}

void allow_end() {
  is_ending = true;
}

ForeignCode::ForeignCode() {
  static thread_local const ExitWatch watch;
  process = ::getpid();
  ++depth;
  ++running;
}

ForeignCode::~ForeignCode() {
  --running;
  --depth;
}

void before_foreign_end(std::function<void(const std::string& message)> words) {
  last_words() = std::move(words);
}

}  // namespace gmmvi::comm

// In place of those of the C library, which nothing else can watch.
extern "C" {
__attribute__((noreturn, weak)) void _exit(int code) {
  gmmvi::comm::exit_at_once(code);
}
__attribute__((noreturn, weak)) void _Exit(int code) noexcept {
  gmmvi::comm::exit_at_once(code);
}
}
