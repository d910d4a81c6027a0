#include "runner/session.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "io/folder_lock.hpp"
#include "io/model_hash.hpp"
#include "normal_target.hpp"
#include "support/ranks.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::runner {
namespace {

using test::world;

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    if (world().is_root()) temporary_.emplace();
    if (temporary_) folder_ = temporary_->path().string();
    world().broadcast(folder_);
  }
  ~SessionTest() override { world().barrier(); }

  Session session() { return Session(target_, fingerprint_, {.journal = KeepOptions::Journal::on}, world()); }
  Gmmvi solver_of(const Session& session) {
    return Gmmvi::build_from_config(test::one_component(20), target_, world(), {.archive = session.archive()});
  }

  std::int64_t calls_ = 0;
  test::NormalTarget target_{[this] { ++calls_; }};
  io::Fingerprint fingerprint_{.config = "", .data = {}, .target = "normal"};
  std::string folder_;

 private:
  std::optional<test::TemporaryFolder> temporary_;  // rank 0's
};

TEST_F(SessionTest, TheNextOneGoesOnWhereOneEnded) {
  std::uint64_t hash = 0;
  {
    Session first = session();
    Gmmvi gmmvi = solver_of(first);
    first.enter(folder_);
    first.begin_job();
    for (int i = 0; i < 3; ++i) gmmvi.train_iter();
    first.checkpoints().write(gmmvi, {}, core::Flush::now);
    gmmvi.train_iter();  // is in the journal only
    hash = io::model_hash(gmmvi.mixture());
  }
  const std::int64_t calls = calls_;
  Session next = session();
  Gmmvi gmmvi = solver_of(next);
  next.enter(folder_);
  const auto checkpoint = next.restore(gmmvi, [&] { return solver_of(next); });
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->solver.iterations, 3);
  next.begin_job();
  gmmvi.train_iter();
  EXPECT_EQ(io::model_hash(gmmvi.mixture()), hash);
  EXPECT_EQ(calls_, calls) << "no evaluation is made again";
}

TEST_F(SessionTest, KeepsOthersOutOfItsFolderUntilItEnds) {
  using namespace std::chrono_literals;
  std::optional<Session> one(session());
  one->enter(folder_);
  if (world().is_root()) {
    EXPECT_THROW(io::FolderLock(folder_, 0s), Error);
  }
  one.reset();
  if (world().is_root()) {
    EXPECT_NO_THROW(io::FolderLock(folder_, 0s));
  }
}

}  // namespace
}  // namespace gmmvi::runner
