#include "runner/expected_utilization.hpp"

#include <gtest/gtest.h>

namespace gmmvi::runner {
namespace {

TEST(ExpectedUtilization, IsTheShareOfTheRanksThatABatchFills) {
  EXPECT_NEAR(expected_utilization(10, 10, 1, 0.0), 1.0, 1e-12);
  EXPECT_NEAR(expected_utilization(10, 20, 1, 0.0), 1.0, 1e-12);
  EXPECT_NEAR(expected_utilization(10, 1, 1, 0.0), 0.1, 1e-12);
  EXPECT_NEAR(expected_utilization(10, 11, 1, 0.0), 0.55, 1e-12);
  EXPECT_NEAR(expected_utilization(10, 1, 2, 0.0), 0.2, 1e-12);
  EXPECT_NEAR(expected_utilization(1, 7, 1, 1.0), 1.0, 1e-12);
  EXPECT_EQ(expected_utilization(3, 0, 1, 1.0), 0.0);
}

// What batches of six evaluations a rank came to elsewhere, with 1, 2, 3 and 4 in flight.
TEST(ExpectedUtilization, GrowsWithTheBatchesInFlight) {
  const double elsewhere[] = {0.40, 0.71, 0.87, 0.94};
  for (int in_flight = 1; in_flight <= 4; ++in_flight)
    EXPECT_NEAR(expected_utilization(64, 384, in_flight, widely), elsewhere[in_flight - 1], 0.03) << in_flight;
  EXPECT_NEAR(expected_utilization(64, 384, 1, slightly), 0.88, 0.04);
}

}  // namespace
}  // namespace gmmvi::runner
