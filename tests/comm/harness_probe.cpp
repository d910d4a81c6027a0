/// Ways in which a test can go wrong on its last rank only, to be chosen by --gtest_filter. None may pass for a success
/// or go on forever.
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

bool last() {
  return world().rank() == world().size() - 1;
}

TEST(Probe, Passes) {
  world().barrier();
}

TEST(Probe, Expects) {
  EXPECT_FALSE(last());
  world().barrier();
}

TEST(Probe, Asserts) {
  ASSERT_FALSE(last());
  world().barrier();
}

TEST(Probe, Throws) {
  if (last()) throw std::runtime_error("thrown by the probe");
  world().barrier();
}

TEST(Probe, Exits) {
  if (last()) std::exit(EXIT_SUCCESS);
  world().barrier();
}

TEST(Probe, Vanishes) {
  if (last()) _exit(EXIT_FAILURE);
  world().barrier();
}

TEST(Probe, Dies) {
  if (last()) std::abort();
  world().barrier();
}

TEST(Probe, Hangs) {
  while (last()) sleep(1);
  world().barrier();
}

}  // namespace
}  // namespace gmmvi::test
