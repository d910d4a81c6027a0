#include "core/thread.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <sys/resource.h>
#include <system_error>
#include <utility>

namespace gmmvi::core {
namespace {

extern "C" void* run_body(void* body) {
  const std::unique_ptr<std::function<void()>> owned(static_cast<std::function<void()>*>(body));
  (*owned)();
  return nullptr;
}

/// Returns 0 or an errno; `body` belongs to the thread from then on.
int start(pthread_t& thread, std::size_t stack, std::function<void()>* body) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  int error = stack > 0 ? ::pthread_attr_setstacksize(&attributes, stack) : 0;
  if (error == 0) error = ::pthread_create(&thread, &attributes, run_body, body);
  ::pthread_attr_destroy(&attributes);
  return error;
}

}  // namespace

std::size_t generous_stack() {
  constexpr std::size_t least = std::size_t{64} << 20;
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return least;
  constexpr rlim_t page = 4096;
  return std::max<std::size_t>(least, limit.rlim_cur / page * page);
}

Thread::Thread(std::size_t stack, std::function<void()> body) {
  auto owned = std::make_unique<std::function<void()>>(std::move(body));
  constexpr std::size_t modest = std::size_t{8} << 20;
  int error = start(thread_, stack, owned.get());
  if (error != 0 && stack > modest) error = start(thread_, modest, owned.get());
  if (error != 0) throw std::system_error(error, std::generic_category(), "a thread cannot be started");
  owned.release();  // the thread's
  joinable_ = true;
}

Thread::~Thread() {
  if (joinable_) std::terminate();
}

Thread::Thread(Thread&& other) noexcept : thread_(other.thread_), joinable_(std::exchange(other.joinable_, false)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (joinable_) std::terminate();
  thread_ = other.thread_;
  joinable_ = std::exchange(other.joinable_, false);
  return *this;
}

void Thread::join() {
  ::pthread_join(thread_, nullptr);
  joinable_ = false;
}

void Thread::detach() {
  ::pthread_detach(thread_);
  joinable_ = false;
}

}  // namespace gmmvi::core
