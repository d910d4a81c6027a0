#pragma once

#include "gmmvi/communicator.hpp"

namespace gmmvi::test {

/// The ranks that the test runs on: those of mpirun, else one serial rank.
///
/// EXPECT_* may fail on some ranks only: the program then fails as a whole, after all its tests. ASSERT_* and
/// exceptions leave a test early; with several ranks that ends the whole job, since the others might wait for this rank
/// forever.
const Communicator& world();

}  // namespace gmmvi::test
