#include "gmmvi/lanes.hpp"

#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi {
namespace {

TEST(Lanes, ALoadedBlockHoldsOneSamplePerLane) {
  const Eigen::MatrixXd samples = test::normal_matrix(3, 50, 1);
  Block block;
  load_block(samples, 10, block);
  for (Eigen::Index lane = 0; lane < lanes; ++lane)
    EXPECT_TRUE(test::same_bits(block.row(lane).transpose(), samples.col(10 + lane)));
}

// Around every size of a register.
TEST(Lanes, ABlockHoldsItsSamplesWhateverTheirNumberAndDimension) {
  for (const Eigen::Index d : {1, 2, 3, 4, 7, 8, 9, 16, 21})
    for (const Eigen::Index count : {1, 3, 4, 7, 8, 9, 20, 31, 32}) {
      const Eigen::MatrixXd samples = test::normal_matrix(d, count, 4);
      Block block;
      load_block(samples, 0, block);
      EXPECT_TRUE(test::same_bits(block.topRows(count).matrix().transpose(), samples));
      Eigen::MatrixXd stored = Eigen::MatrixXd::Constant(d, count + 1, -1.0);
      store_block(block, 0, count, stored);
      EXPECT_TRUE(test::same_bits(stored.leftCols(count), samples));
      EXPECT_TRUE((stored.col(count).array() == -1.0).all());
    }
}

TEST(Lanes, LanesPastTheEndAreZero) {
  Block block = Block::Constant(lanes, 3, 7.0);
  load_block(test::normal_matrix(3, 40, 2), 32, block);
  EXPECT_TRUE((block.topRows(8) != 0.0).all());
  EXPECT_TRUE((block.bottomRows(lanes - 8) == 0.0).all());
}

TEST(Lanes, StoringGivesBackWhatWasLoadedAndTouchesNothingElse) {
  const Eigen::MatrixXd samples = test::normal_matrix(4, 45, 3);
  Eigen::MatrixXd stored = Eigen::MatrixXd::Constant(4, 46, -1.0);
  Block block;
  for (const Eigen::Index first : {Eigen::Index{0}, lanes}) {
    load_block(samples, first, block);
    store_block(block, first, std::min(lanes, samples.cols() - first), stored);
  }
  EXPECT_TRUE(test::same_bits(stored.leftCols(45), samples));
  EXPECT_TRUE((stored.col(45).array() == -1.0).all());
}

}  // namespace
}  // namespace gmmvi
