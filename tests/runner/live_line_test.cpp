#include "runner/live_line.hpp"

#include <gtest/gtest.h>

#include "runner/columns.hpp"

namespace gmmvi::runner {
namespace {

LiveLine line() {
  return {.iteration = 1234,
          .negative_elbo = "78.413 ± 0.023",
          .components = 12,
          .evaluations = 123456,
          .evaluations_per_second = 1200.0,
          .batch = "",
          .utilization = 0.931,
          .seconds_left = 3780.0};
}

TEST(LiveLine, SaysAllThereIsWhereThereIsRoom) {
  EXPECT_EQ(to_text(line(), 200),
            "iteration 1234  −ELBO 78.413 ± 0.023  components 12  evaluations 123456  1200/s  93 % utilised  1 h 3 min "
            "left");
}

TEST(LiveLine, LeavesOutWhatMattersLeast) {
  EXPECT_EQ(to_text(line(), 79), "iteration 1234  −ELBO 78.413 ± 0.023  evaluations 123456  1 h 3 min left");
  EXPECT_EQ(to_text(line(), 60), "iteration 1234  −ELBO 78.413 ± 0.023  1200/s  1 h 3 min left");
}

TEST(LiveLine, SaysHowFarABatchIsBeforeAllCounts) {
  LiveLine with_batch = line();
  with_batch.batch = "57 of 400 in this batch";
  EXPECT_EQ(to_text(with_batch, 79), "iteration 1234  −ELBO 78.413 ± 0.023  57 of 400 in this batch  1 h 3 min left");
}

TEST(LiveLine, SaysWhatIsInFlight) {
  LiveLine several = line();
  several.batch = "57 of 400 in this batch";
  several.utilization = {};
  several.batches_in_flight = 3;
  several.oldest_seconds = 75.0;
  EXPECT_EQ(
      to_text(several, 200),
      "iteration 1234  −ELBO 78.413 ± 0.023  components 12  evaluations 123456  1200/s  57 of 400 in this batch  3 "
      "batches in flight  oldest evaluation 1 min 15 s  1 h 3 min left");
  several.batches_in_flight = 1;
  several.oldest_seconds = 0.3;
  EXPECT_EQ(to_text(several, 200).find("flight"), std::string::npos);
  EXPECT_EQ(to_text(several, 200).find("oldest"), std::string::npos);
}

TEST(LiveLine, IsOfShortWordsOnANarrowTerminal) {
  EXPECT_EQ(to_text(line(), 39), "it. 1234  −ELBO 78.413  1 h 3 min left");
}

TEST(LiveLine, FitsEveryWidthAndNeverEndsInsideACharacter) {
  LiveLine estimate = line();
  estimate.negative_elbo = "≈ 78.41";
  estimate.batch = "57 of 400 for candidates or metrics";
  for (const LiveLine& shown : {line(), estimate}) {
    for (std::size_t columns = 0; columns < 200; ++columns) {
      const std::string text = to_text(shown, columns);
      EXPECT_LE(width(text), columns) << text;
      if (columns < 39) continue;
      EXPECT_NE(text.find(" left"), std::string::npos) << columns << ": " << text;
      EXPECT_NE(text.find("−ELBO"), std::string::npos) << columns << ": " << text;
    }
  }
}

TEST(LiveLine, IsSilentOfWhatIsNotKnown) {
  EXPECT_EQ(to_text({.iteration = 1, .negative_elbo = "–", .components = 2, .evaluations = 40}, 79),
            "iteration 1  −ELBO –  components 2  evaluations 40");
}

}  // namespace
}  // namespace gmmvi::runner
