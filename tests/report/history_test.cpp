#include "report/history.hpp"

#include <fstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

namespace gmmvi::report {
namespace {

class HistoryTest : public testing::Test {
 protected:
  /// `lines` iterations, with fresh samples after every tenth.
  History history_of(int lines) {
    std::ofstream file(folder_ / "metrics.jsonl");
    for (int i = 1; i <= lines; ++i) {
      file << fmt::format(
          R"({{"iteration":{},"evaluations":{},"wall_seconds":{},"components":3,"elbo_estimate":-80.5,)"
          R"("component_ids":[0,{}],"weights":[0.25,0.75],"ranks":2,"seconds":{{"evaluation":0.5,"weights":2}})",
          i, 100 * i, 0.1 * i, i);
      if (i % 10 == 0) file << R"(,"elbo":-79.5,"elbo_standard_error":0.25,"entropy":3.5,"target_metrics":{"a b":7})";
      file << "}\n";
    }
    file.close();
    return read_history(folder_ / "metrics.jsonl");
  }

  test::TemporaryFolder folder_;
};

TEST_F(HistoryTest, OfAShortRunIsWhole) {
  const History history = history_of(20);
  ASSERT_EQ(history.iterations.size(), 20u);
  EXPECT_EQ(history.iterations[4].moment.iteration, 5);
  EXPECT_EQ(history.iterations[4].moment.evaluations, 500);
  EXPECT_DOUBLE_EQ(history.iterations[4].moment.seconds, 0.5);
  EXPECT_EQ(history.iterations[4].components, 3);
  EXPECT_EQ(history.iterations[4].elbo_estimate, -80.5);
  ASSERT_EQ(history.elbo.size(), 2u);
  EXPECT_EQ(history.elbo[1].moment.iteration, 20);
  EXPECT_EQ(history.elbo[1].value, -79.5);
  EXPECT_EQ(history.elbo[1].standard_error, 0.25);
  ASSERT_EQ(history.weights.size(), 20u);
  EXPECT_EQ(history.weights[6].ids, (std::vector<std::uint64_t>{0, 7}));
  ASSERT_EQ(history.metrics.at("entropy").size(), 2u);
  EXPECT_EQ(history.metrics.at("entropy")[0].value, 3.5);
  EXPECT_EQ(history.target_metrics.at("a b")[0].moment.iteration, 10);
}

TEST_F(HistoryTest, OfALongRunHasAllFreshEstimatesAndSomeIterations) {
  const History history = history_of(12345);
  EXPECT_EQ(history.elbo.size(), 1234u);
  EXPECT_LE(history.iterations.size(), 2000u);
  EXPECT_GE(history.iterations.size(), 1000u);
  EXPECT_LE(history.weights.size(), 200u);
  EXPECT_EQ(history.iterations.back().moment.iteration, 12345);
}

TEST_F(HistoryTest, LosesNoSeconds) {
  for (const int lines : {1, 199, 200, 201, 12345}) {
    const History history = history_of(lines);
    ASSERT_LE(history.bins.size(), 200u);
    EXPECT_EQ(history.bins.back().iteration, lines);
    std::int64_t count = 0;
    RankSeconds sum;
    for (const auto& bin : history.bins) {
      count += bin.count;
      sum += bin.seconds;
    }
    EXPECT_EQ(count, lines);
    EXPECT_EQ(sum, history.total_seconds);
    EXPECT_EQ(sum, (RankSeconds{.evaluation = 0.25 * lines, .weights = 1.0 * lines})) << "of one of two ranks";
  }
}

}  // namespace
}  // namespace gmmvi::report
