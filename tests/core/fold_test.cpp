#include "core/fold.hpp"

#include <string>

#include <gtest/gtest.h>

namespace gmmvi::core {
namespace {

TEST(Folded, BreaksAtBlanksOnly) {
  EXPECT_EQ(folded("one two three", 7), "one two\nthree");
  EXPECT_EQ(folded("a runs/of-a-long-name b", 8), "a\nruns/of-a-long-name\nb");
  EXPECT_EQ(folded("one two", 0), "one\ntwo");
}

TEST(Folded, LeavesWhatFits) {
  const std::string text = "a  b \n\n  c\n";
  EXPECT_EQ(folded(text, 5), text);
  EXPECT_EQ(folded("", 5), "");
}

TEST(Folded, CountsCharactersRatherThanBytes) {
  EXPECT_EQ(width("−ELBO ± 1"), 9U);
  EXPECT_EQ(folded("−ELBO ± 1", 9), "−ELBO ± 1");
  EXPECT_EQ(folded("−ELBO ± 1", 8), "−ELBO ±\n1");
}

TEST(Folded, GoesOnBelowTheSecondOfTwoColumns) {
  EXPECT_EQ(folded("time  1 s, 93 % of it", 12), "time  1 s,\n      93 %\n      of it");
  EXPECT_EQ(folded("  -n N  how many there are", 16), "  -n N  how many\n        there\n        are");
}

TEST(Folded, ItemsOfAListStandOut) {
  EXPECT_EQ(folded("wrong:\n  a.yml:1: this and that", 16), "wrong:\n  a.yml:1: this\n    and that");
}

TEST(Folded, GoesOnBehindMarks) {
  EXPECT_EQ(folded("!! one two\n   three four", 8), "!! one\n   two\n   three\n   four");
}

TEST(Folded, AColumnThatLeavesNoRoomIsNone) {
  EXPECT_EQ(folded("a name that is long  and more", 24), "a name that is long  and\nmore");
}

TEST(Folded, KeepsWhatIsToBeTypedInOneLine) {
  const std::string command = "    build/release/apps/gmmvi run --resume runs/first";
  EXPECT_EQ(folded("Go on with:\n" + command, 20), "Go on with:\n" + command);
}

}  // namespace
}  // namespace gmmvi::core
