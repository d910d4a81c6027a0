#include "samples/density_table.hpp"

#include <gtest/gtest.h>

#include "samples/gather.hpp"
#include "samples/situations.hpp"
#include "support/golden.hpp"
#include "support/ranks.hpp"

namespace gmmvi::samples {
namespace {

using test::Database;
using test::Full;
using test::same_bits;
using test::world;

/// A database whose model changes as the solver's does, and a table that follows it.
class DensityTableTest : public testing::Test {
 protected:
  static constexpr Eigen::Index dimension = 3;

  void replace_some() {
    for (Full& gaussian : model_)
      if (stream_.below(3) > 0) gaussian = test::random_gaussian(dimension, stream_);
  }
  void add_component() { model_.push_back(test::random_gaussian(dimension, stream_)); }
  void remove_component() { model_.erase(model_.begin() + static_cast<std::ptrdiff_t>(stream_.below(model_.size()))); }
  void add_batch(Eigen::Index size, bool reusable = true) {
    test::WholeBatch batch = test::random_batch(model_, size, stream_);
    batch.reusable = reusable;
    database_.add_samples(test::part(batch, test::splits()[stream_.below(4)], world()));
  }

  void move_to(std::int64_t count) {
    window_ = database_.newest(count);
    table_.move_to(database_.generation(), window_.slices, database_.own_samples(window_));
  }
  DensityTable<FullCovariance> fresh_table() const {
    DensityTable<FullCovariance> fresh;
    fresh.move_to(database_.generation(), window_.slices, database_.own_samples(window_));
    return fresh;
  }
  Eigen::VectorXd background_of(DensityTable<FullCovariance>& table) const {
    return table.background(window_.slices, [this](const BatchSlice& slice) { return database_.background(slice); });
  }
  void expect_components_as_fresh() {
    EXPECT_TRUE(same_bits(table_.components(model_), fresh_table().components(model_)));
  }
  void expect_background_as_fresh() {
    const Eigen::VectorXd background = background_of(table_);
    auto fresh = fresh_table();
    EXPECT_TRUE(same_bits(background, background_of(fresh)));
    const CanonicalGather gather(world(), database_.holders(window_));
    test::expect_near_relative(gather(background.transpose()).transpose(),
                               database_.get_newest_samples(window_.size()).background_log_densities, 1e-12);
  }

  core::Stream stream_{21, core::Purpose::samples};
  std::vector<Full> model_{test::random_gaussian(dimension, stream_), test::random_gaussian(dimension, stream_)};
  Database database_ = Database::build_from_config({.max_samples = 700}, dimension, true, world());
  DensityTable<FullCovariance> table_;
  Window window_;
};

TEST_F(DensityTableTest, KnowsNothingOfAnEmptyWindow) {
  move_to(10);
  EXPECT_EQ(table_.components(model_).rows(), 0);
  EXPECT_EQ(background_of(table_).size(), 0);
}

TEST_F(DensityTableTest, FollowsAWindowThatCutsSlices) {
  add_batch(40);
  replace_some();
  add_batch(50);
  for (const std::int64_t count : {90, 60, 10, 55, 90, 1, 89}) {
    move_to(count);
    expect_background_as_fresh();
    expect_components_as_fresh();
  }
}

TEST_F(DensityTableTest, FollowsAWindowThatMovesOnWithoutBeingAsked) {
  add_batch(40);
  move_to(40);
  expect_components_as_fresh();
  expect_background_as_fresh();
  for (int round = 0; round < 3; ++round) {
    replace_some();
    add_batch(30);
    move_to(60);
  }
  expect_components_as_fresh();
  expect_background_as_fresh();
}

TEST_F(DensityTableTest, FollowsReplacedAddedAndRemovedGaussians) {
  add_batch(60);
  move_to(60);
  expect_components_as_fresh();
  replace_some();
  expect_components_as_fresh();
  add_component();
  expect_components_as_fresh();
  std::swap(model_[0], model_[2]);
  expect_components_as_fresh();
  model_.erase(model_.begin());
  expect_components_as_fresh();
  expect_background_as_fresh();
}

TEST_F(DensityTableTest, TakesNumbersThatWereComputedElsewhere) {
  add_batch(60);
  move_to(60);
  const Eigen::MatrixXd given = math::component_log_densities<FullCovariance>(model_, table_.own().samples);
  table_.adopt(model_, given);
  expect_components_as_fresh();
  add_batch(20);
  move_to(80);
  expect_components_as_fresh();
  expect_background_as_fresh();
}

TEST_F(DensityTableTest, ForgetsWhatThinningMoved) {
  for (int round = 0; round < 3; ++round) add_batch(200);
  move_to(500);
  expect_background_as_fresh();
  expect_components_as_fresh();
  add_batch(150);
  ASSERT_EQ(database_.size(), 450);
  move_to(300);
  expect_background_as_fresh();
  expect_components_as_fresh();
}

// Whatever the order of events and questions, the table has the bits of one that has just been made.
TEST_F(DensityTableTest, EqualsAFreshTableThroughAnyLife) {
  std::uint64_t questions = 0;
  for (int event = 0; event < 400; ++event) {
    switch (stream_.below(8)) {
      case 0:
        replace_some();
        break;
      case 1:
        add_component();
        break;
      case 2:
        if (model_.size() > 1) remove_component();
        break;
      case 3:
        add_batch(static_cast<Eigen::Index>(1 + stream_.below(80)), stream_.below(4) > 0);
        break;
      case 4:
      case 5:
        move_to(static_cast<std::int64_t>(stream_.below(300)));
        break;
      case 6:
        move_to(window_.size() + 5);  // the window has to be of the database as it is
        expect_components_as_fresh();
        ++questions;
        break;
      default:
        move_to(window_.size());
        expect_background_as_fresh();
        ++questions;
        break;
    }
  }
  EXPECT_GT(questions, 50U);
  EXPECT_GT(database_.generation(), 1U) << "thinning was to happen";
}

}  // namespace
}  // namespace gmmvi::samples
