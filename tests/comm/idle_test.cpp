#include <chrono>
#include <sys/resource.h>
#include <thread>

#include <gtest/gtest.h>

#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

using Seconds = std::chrono::duration<double>;

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * time.tv_usec; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Calls `operation` a second late on rank 0, and returns the share of a core that the others used while waiting.
template <class Operation>
double share_of_a_core(Operation operation) {
  world().barrier();
  const auto start = std::chrono::steady_clock::now();
  const double before = processor_seconds();
  if (world().is_root()) std::this_thread::sleep_for(std::chrono::seconds(1));
  operation();
  const double used = processor_seconds() - before;
  return used / Seconds(std::chrono::steady_clock::now() - start).count();
}

TEST(IdleRanks, LeaveTheirCoreToOthers) {
  std::vector<double> values(1000, world().rank());
  EXPECT_LT(share_of_a_core([] { world().barrier(); }), 0.3);
  EXPECT_LT(share_of_a_core([&] { world().broadcast(values); }), 0.3);
  EXPECT_LT(share_of_a_core([] { world().all_gather(world().rank()); }), 0.3);
  EXPECT_LT(share_of_a_core([] { world().split(world().rank() % 2); }), 0.3);
}

}  // namespace
}  // namespace gmmvi::test
