#include "comm/on_root.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "support/ranks.hpp"

namespace gmmvi::comm {
namespace {

using test::world;

TEST(OnRoot, RunsOnRankZeroOnly) {
  int runs = 0;
  on_root(world(), [&] { ++runs; });
  EXPECT_EQ(runs, world().is_root() ? 1 : 0);
  EXPECT_EQ(on_root(world(), [] { return std::string("read"); }), world().is_root() ? "read" : "");
}

TEST(OnRoot, MakesRootsErrorKnownEverywhere) {
  try {
    on_root(world(), []() -> int { throw Error("no such file", ExitCode::configuration); });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const CollectiveError& error) {
    EXPECT_STREQ(error.what(), "no such file");
    EXPECT_EQ(error.code(), ExitCode::configuration);
  }
  EXPECT_EQ(world().all_gather(1).size(), static_cast<std::size_t>(world().size()));
}

TEST(RunGuarded, ReturnsWhatTheBodyDoes) {
  EXPECT_EQ(run_guarded(world(), [] { return 75; }), 75);
}

TEST(RunGuarded, ReturnsTheCodeOfACollectiveErrorOnEveryRank) {
  const auto body = []() -> int { throw CollectiveError("every rank knows", ExitCode::unavailable); };
  EXPECT_EQ(run_guarded(world(), body), 69);
}

TEST(RunGuarded, ReturnsTheCodeOfAnyErrorWhereNobodyWaits) {
  const Communicator serial;
  EXPECT_EQ(run_guarded(serial, []() -> int { throw Error("unreadable", ExitCode::data); }), 65);
  EXPECT_EQ(run_guarded(serial, []() -> int { throw std::runtime_error("odd"); }), bug_exit_code);
}

}  // namespace
}  // namespace gmmvi::comm
