#include "evaluation/group.hpp"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

namespace gmmvi::evaluation {
namespace {

class Grouping : public Target {
 public:
  Grouping(Eigen::Index group_size, bool cheap) : group_size_(group_size), cheap_(cheap) {}
  Eigen::Index dimension() const override { return 1; }
  bool has_gradients() const override { return false; }
  Eigen::Index group_size() const override { return group_size_; }
  bool cheap() const override { return cheap_; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>,
                      bool want_gradients) override {
    return Evaluation::of_size(1, samples.cols(), want_gradients);
  }

 private:
  Eigen::Index group_size_;
  bool cheap_;
};

constexpr Eigen::Index sizes[] = {1, 2, 3, 31, 32, 33, 64, 94, 96, 100, 129, 1000};

TEST(Groups, CoverTheBatchInEqualParts) {
  for (const bool cheap : {false, true})
    for (const Eigen::Index group_size : {1, 3, 32, 64})
      for (const Eigen::Index size : sizes) {
        const Groups groups(size, Grouping(group_size, cheap));
        Eigen::Index next = 0, smallest = size, largest = 0;
        for (Eigen::Index group = 0; group < groups.count(); ++group) {
          EXPECT_EQ(groups.first(group), next);
          next += groups.size(group);
          smallest = std::min(smallest, groups.size(group));
          largest = std::max(largest, groups.size(group));
        }
        EXPECT_EQ(next, size);
        EXPECT_LE(largest, group_size);
        EXPECT_GE(smallest, 1);
        EXPECT_LE(largest - smallest, 1) << size << " samples, groups of at most " << group_size;
      }
}

TEST(Groups, AreAsFewAsCanBe) {
  EXPECT_EQ(Groups(0, Grouping(32, false)).count(), 0);
  EXPECT_EQ(Groups(94, Grouping(std::numeric_limits<Eigen::Index>::max(), false)).count(), 1);
  EXPECT_EQ(Groups(32, Grouping(32, false)).count(), 1);
  EXPECT_EQ(Groups(33, Grouping(32, false)).count(), 2);
  EXPECT_EQ(Groups(94, Grouping(32, false)).count(), 3);
}

TEST(Groups, OfACheapTargetAreEven) {
  EXPECT_EQ(Groups(0, Grouping(32, true)).count(), 0);
  EXPECT_EQ(Groups(1, Grouping(32, true)).count(), 1) << "no group is empty";
  EXPECT_EQ(Groups(32, Grouping(32, true)).count(), 2);
  EXPECT_EQ(Groups(94, Grouping(32, true)).count(), 4);
  EXPECT_EQ(Groups(5, Grouping(1, true)).count(), 5);
}

TEST(Groups, AreFoundByTheirFirstSample) {
  for (const Eigen::Index group_size : {1, 3, 32})
    for (const Eigen::Index size : sizes) {
      const Groups groups(size, Grouping(group_size, false));
      Eigen::Index group = 0;
      for (Eigen::Index position = 0; position < size; ++position) {
        const bool starts = group < groups.count() && groups.first(group) == position;
        EXPECT_EQ(groups.starting_at(position), starts ? std::optional(group++) : std::nullopt);
      }
      EXPECT_FALSE(groups.starting_at(-1));
      EXPECT_FALSE(groups.starting_at(size));
    }
}

}  // namespace
}  // namespace gmmvi::evaluation
