#include "math/lane_products.hpp"

#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi {
namespace {

using Triangle = FullCovariance::Triangle;

// Dimensions around every size of a tile, and around 64.
class LaneProducts : public testing::TestWithParam<Eigen::Index> {
 protected:
  Eigen::Index dimension() const { return GetParam(); }
  Triangle triangle() const {
    return test::normal_matrix(dimension(), dimension(), 1).triangularView<Eigen::Lower>().toDenseMatrix();
  }
  Block block(std::uint64_t seed) const { return test::normal_matrix(lanes, dimension(), seed).array(); }
  double tolerance() const { return 1e-15 * static_cast<double>(10 + dimension()); }
};

TEST_P(LaneProducts, LowerProductIsTheDenseProduct) {
  const Triangle t = triangle();
  const Block x = block(2);
  Block y(lanes, dimension());
  math::lower_product(t.data(), dimension(), x.data(), y.data());
  EXPECT_LT(test::largest_error(y.matrix(), x.matrix() * t.transpose()), tolerance());
}

TEST_P(LaneProducts, OfTheFirstSamplesHasTheSameBits) {
  const Triangle t = triangle();
  const Block x = block(2);
  Block all(lanes, dimension());
  math::lower_product(t.data(), dimension(), x.data(), all.data());
  for (const Eigen::Index samples : {1, 15, 16, 17, 31, 32}) {
    Block y = Block::Zero(lanes, dimension());
    math::lower_product(t.data(), dimension(), x.data(), y.data(), samples);
    EXPECT_TRUE(test::same_bits(y.topRows(samples), all.topRows(samples)));
  }
}

TEST_P(LaneProducts, OfSomeRowsHasTheSameBits) {
  const Triangle t = triangle();
  const Block x = block(2);
  Block all(lanes, dimension()), parts = Block::Zero(lanes, dimension());
  math::lower_product(t.data(), dimension(), x.data(), all.data());
  const Eigen::Index first = dimension() / 3, second = dimension() / 2;
  math::lower_product_rows(t.data(), dimension(), second, dimension(), x.data(), parts.data(), lanes);
  math::lower_product_rows(t.data(), dimension(), 0, first, x.data(), parts.data(), lanes);
  EXPECT_TRUE((parts.middleCols(first, second - first) == 0.0).all());
  math::lower_product_rows(t.data(), dimension(), first, second, x.data(), parts.data(), lanes);
  EXPECT_TRUE(test::same_bits(parts, all));
}

TEST_P(LaneProducts, TransposedProductIsSubtracted) {
  const Triangle t = triangle();
  const Block x = block(3), before = block(4);
  Block y = before;
  math::subtract_lower_transposed_product(t.data(), dimension(), x.data(), y.data());
  EXPECT_LT(test::largest_error(y.matrix(), before.matrix() - x.matrix() * t), tolerance());
}

TEST_P(LaneProducts, EveryLaneDoesTheSameArithmetic) {
  const Triangle t = triangle();
  const Block x = block(5).row(7).replicate(lanes, 1);
  Block y(lanes, dimension());
  Block z = Block::Zero(lanes, dimension());
  math::lower_product(t.data(), dimension(), x.data(), y.data());
  math::subtract_lower_transposed_product(t.data(), dimension(), x.data(), z.data());
  for (Eigen::Index lane = 1; lane < lanes; ++lane) {
    EXPECT_TRUE(test::same_bits(y.row(lane), y.row(0)));
    EXPECT_TRUE(test::same_bits(z.row(lane), z.row(0)));
  }
}

INSTANTIATE_TEST_SUITE_P(Dimensions, LaneProducts, testing::Range<Eigen::Index>(1, 71));

}  // namespace
}  // namespace gmmvi
