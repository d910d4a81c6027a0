#include "gmmvi/target.hpp"

#include <gtest/gtest.h>

namespace gmmvi {
namespace {

struct Flat : Target {
  Eigen::Index dimension() const override { return 3; }
  bool has_gradients() const override { return false; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>,
                      bool gradients) override {
    return Evaluation::of_size(dimension(), samples.cols(), gradients);
  }
};

TEST(Target, NamesItsParametersByNumberUnlessItSaysOtherwise) {
  EXPECT_EQ(Flat().parameter_names(), (std::vector<std::string>{"x1", "x2", "x3"}));
}

TEST(Target, IsExpensiveAndEvaluatedOneByOneUnlessItSaysOtherwise) {
  EXPECT_FALSE(Flat().cheap());
  EXPECT_EQ(Flat().group_size(), 1);
}

TEST(Evaluation, HasRoomForGradientsOnlyIfTheyAreWanted) {
  const Evaluation with = Evaluation::of_size(3, 5, true);
  EXPECT_EQ(with.log_densities.size(), 5);
  EXPECT_EQ(with.gradients.rows(), 3);
  EXPECT_EQ(with.gradients.cols(), 5);
  EXPECT_TRUE(with.status.empty());
  EXPECT_EQ(Evaluation::of_size(3, 5, false).gradients.size(), 0);
}

}  // namespace
}  // namespace gmmvi
