#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "gmmvi/with_mpi.hpp"

#include "comm/guard.hpp"
#include "core/log.hpp"
#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

Communicator ranks;

bool started_by_mpirun() {
  return std::getenv("OMPI_COMM_WORLD_SIZE") || std::getenv("PMI_SIZE") || std::getenv("PMIX_RANK");
}

/// What other ranks than the first print: their failures.
class FailurePrinter : public testing::EmptyTestEventListener {
  // The name is kept because asking for the current test within OnTestPartResult waits forever for GoogleTest's lock.
  void OnTestStart(const testing::TestInfo& test) override {
    test_ = std::string(test.test_suite_name()) + "." + test.name();
  }
  void OnTestEnd(const testing::TestInfo&) override { test_ = outside; }
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    const char* file = result.file_name() ? result.file_name() : "unknown file";
    std::printf("[rank %d of %d] %s, %s:%d: Failure\n%s\n", ranks.rank(), ranks.size(), test_.c_str(), file,
                result.line_number(), result.message());
    std::fflush(stdout);
  }

  static constexpr const char* outside = "outside of a test";
  std::string test_ = outside;
};

/// Ends all ranks when one of them leaves a test early.
class JobEnder : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.fatally_failed()) return;
    std::printf("[rank %d of %d] left the test early: ending all ranks\n", ranks.rank(), ranks.size());
    comm::end_all_ranks(ranks, EXIT_FAILURE);
  }
};

void listen() {
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (!ranks.is_root()) {
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailurePrinter);
    testing::GTEST_FLAG(output) = "";
  }
  if (ranks.size() > 1) listeners.Append(new JobEnder);
}

/// Guards against an mpirun that does not belong to our MPI: it would start so many tests of one rank.
bool as_many_ranks_as_declared() {
  const char* declared = std::getenv("GMMVI_TEST_RANKS");
  if (!declared || std::atoi(declared) == ranks.size()) return true;
  std::printf("This test was declared for %s ranks but sees %d: does mpirun belong to the MPI it was built with?\n",
              declared, ranks.size());
  return false;
}

bool run() {
  const bool passed = RUN_ALL_TESTS() == 0;
  const bool ran = testing::UnitTest::GetInstance()->test_to_run_count() > 0;
  if (!ran && ranks.is_root()) std::printf("No test ran, which counts as a failure.\n");
  int failed_ranks = 0;
  for (const char fine : ranks.all_gather(static_cast<char>(passed && ran))) failed_ranks += !fine;
  if (failed_ranks > 0 && ranks.is_root()) std::printf("FAILED on %d of %d ranks\n", failed_ranks, ranks.size());
  return failed_ranks == 0;
}

/// A test that calls exit(0) must not pass for a success.
bool finished = false;
void fail_unless_finished() {
  if (!finished) std::_Exit(EXIT_FAILURE);
}

}  // namespace

const Communicator& world() {
  return ranks;
}

}  // namespace gmmvi::test

int main(int argc, char** argv) {
  using namespace gmmvi;
  std::atexit(test::fail_unless_finished);
  testing::InitGoogleTest(&argc, argv);
  std::optional<MpiScope> mpi;
  if (test::started_by_mpirun()) {
    const bool several = std::getenv("GMMVI_TEST_THREADS") != nullptr;  // communicate
    mpi.emplace(argc, argv, several ? MpiScope::Threads::several : MpiScope::Threads::one);
    test::ranks = mpi_communicator(MPI_COMM_WORLD);
  }
  core::set_log_rank(test::ranks.rank(), test::ranks.size());
  test::listen();
  const bool passed = test::as_many_ranks_as_declared() && test::run();
  test::ranks = Communicator();
  test::finished = true;
  return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
