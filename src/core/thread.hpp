#pragma once

#include <cstddef>
#include <functional>
#include <pthread.h>

namespace gmmvi::core {

/// Bytes of stack for code of others: what `ulimit -s` allows, and 64 MB at least. glibc would take 2 MB where there is
/// no limit, as is usual where simulators keep arrays on the stack.
std::size_t generous_stack();

/// A thread with a stack of its own size. std::thread cannot have one.
class Thread {
 public:
  Thread() = default;
  /// Begins. Where there is no memory for the stack it gets the usual 8 MB. Throws std::system_error.
  Thread(std::size_t stack, std::function<void()> body);
  /// Has to be joined or detached by then.
  ~Thread();
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;

  bool joinable() const { return joinable_; }
  void join();
  void detach();

 private:
  pthread_t thread_{};
  bool joinable_ = false;
};

}  // namespace gmmvi::core
