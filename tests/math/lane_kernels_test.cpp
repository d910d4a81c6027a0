#include "math/lane_kernels.hpp"

#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi::math {
namespace {

using Triangle = FullCovariance::Triangle;

struct Products {
  Block lower, some_rows, transposed;
};

Products products_of(const LaneKernels& kernels, Eigen::Index d, Eigen::Index samples) {
  const Triangle t = test::normal_matrix(d, d, 1).triangularView<Eigen::Lower>().toDenseMatrix();
  const Block x = test::normal_matrix(lanes, d, 2).array();
  Products products{Block::Zero(lanes, d), Block::Zero(lanes, d), test::normal_matrix(lanes, d, 3).array()};
  kernels.lower_product_rows(t.data(), d, 0, d, x.data(), products.lower.data(), samples);
  kernels.lower_product_rows(t.data(), d, d / 3, d - d / 4, x.data(), products.some_rows.data(), samples);
  kernels.subtract_lower_transposed_product(t.data(), d, x.data(), products.transposed.data());
  return products;
}

bool fuses(const LaneKernels& kernels) {
  return std::string_view(kernels.name) != "plain";
}

// One package is as quick as each machine allows, and gives the same bits on all that have AVX2.
TEST(LaneKernels, OfEveryKindOfCpuGiveTheSameBits) {
  const auto all = runnable_lane_kernels();
  ASSERT_FALSE(all.empty());
  for (const LaneKernels* kernels : all) {
    if (!fuses(*kernels)) continue;
    for (const Eigen::Index d : {1, 2, 3, 5, 6, 7, 10, 20, 31, 64, 65, 100})
      for (const Eigen::Index samples : {1, 16, 17, 32}) {
        const Products quickest = products_of(*all.front(), d, samples), now = products_of(*kernels, d, samples);
        EXPECT_TRUE(test::same_bits(now.lower.topRows(samples), quickest.lower.topRows(samples))) << kernels->name;
        EXPECT_TRUE(test::same_bits(now.some_rows.topRows(samples), quickest.some_rows.topRows(samples)));
        EXPECT_TRUE(test::same_bits(now.transposed, quickest.transposed)) << kernels->name;
      }
  }
}

TEST(LaneKernels, AreTheProducts) {
  for (const LaneKernels* kernels : runnable_lane_kernels())
    for (const Eigen::Index d : {1, 4, 10, 33, 70}) {
      const Eigen::MatrixXd t = test::normal_matrix(d, d, 1).triangularView<Eigen::Lower>().toDenseMatrix();
      const Eigen::MatrixXd x = test::normal_matrix(lanes, d, 2), before = test::normal_matrix(lanes, d, 3);
      const Products products = products_of(*kernels, d, lanes);
      const double tolerance = 1e-15 * static_cast<double>(10 + d);
      EXPECT_LT(test::largest_error(products.lower.matrix(), x * t.transpose()), tolerance) << kernels->name;
      EXPECT_LT(test::largest_error(products.transposed.matrix(), before - x * t), tolerance) << kernels->name;
    }
}

TEST(LaneKernels, ThatAreChosenCanRunHere) {
  EXPECT_TRUE(std::ranges::count(runnable_lane_kernels(), &lane_kernels()) == 1);
}

}  // namespace
}  // namespace gmmvi::math
