#include <gtest/gtest.h>

#include "gmmvi/with_mpi.hpp"

#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

bool holds(int (*question)(int*)) {
  int answer = 0;
  question(&answer);
  return answer != 0;
}

/// On several ranks the test's own main has initialised MPI already; a single one stands alone, without mpirun.
TEST(MpiScope, FinalisesOnlyWhatItInitialised) {
  int argc = 0;
  char** argv = nullptr;
  const bool before = holds(MPI_Initialized);
  ASSERT_EQ(before, world().size() > 1);
  Communicator outlives_the_scope;
  {
    const MpiScope scope(argc, argv);
    EXPECT_TRUE(holds(MPI_Initialized));
    outlives_the_scope = mpi_communicator(MPI_COMM_WORLD).split(0);
    EXPECT_EQ(outlives_the_scope.all_gather(1), std::vector<int>(static_cast<std::size_t>(world().size()), 1));
  }
  EXPECT_EQ(holds(MPI_Finalized), !before);
  outlives_the_scope = Communicator();
  world().barrier();
}

}  // namespace
}  // namespace gmmvi::test
