#include "gmmvi/sample_db.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "gmmvi/mixture.hpp"

#include "core/contract.hpp"
#include "math/golden_batch.hpp"
#include "samples/situations.hpp"
#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

Database database(Eigen::Index dimension, Database::Settings settings = {}, bool gradients = true) {
  return Database::build_from_config(settings, dimension, gradients, world());
}

template <class Covariance>
WholeBatchOf<Covariance> golden_batch(const nlohmann::json& given) {
  return {.gaussians = golden_mixture<Covariance>({{"means", given["means"]},
                                                   {"chols", given["chols"]},
                                                   {"weights", std::vector<double>(given["means"].size(), 1.0)}})
                           .gaussians(),
          .mapping = given["mapping"].get<std::vector<std::int32_t>>(),
          .samples = matrix_of_columns(given["x"]),
          .log_densities = vector(given["target_log_density"]),
          .gradients = matrix_of_columns(given["target_grad"])};
}

template <class Covariance>
struct GoldenCase {
  explicit GoldenCase(const nlohmann::json& given) : expected(given["expected"]) {
    for (const auto& batch : given["inputs"]["batches"]) batches.push_back(golden_batch<Covariance>(batch));
  }
  Eigen::Index dimension() const { return batches.front().samples.rows(); }
  std::int64_t size() const {
    std::int64_t sum = 0;
    for (const auto& batch : batches) sum += batch.samples.cols();
    return sum;
  }
  SampleDB<Covariance> filled(const Split& split, typename SampleDB<Covariance>::Settings settings = {}) const {
    auto result = SampleDB<Covariance>::build_from_config(settings, dimension(), true, world());
    for (const auto& batch : batches) result.add_samples(part(batch, split, world()));
    return result;
  }

  std::vector<WholeBatchOf<Covariance>> batches;
  nlohmann::json expected;
};

template <class Covariance>
std::vector<GoldenCase<Covariance>> golden_cases(std::size_t count) {
  const auto found = cases<Covariance>(golden("sample_db"), count);
  return {found.begin(), found.end()};
}

template <class Covariance>
void expect_the_references_newest(std::size_t count) {
  for (const auto& given : golden_cases<Covariance>(count)) {
    const auto database = given.filled(splits()[2]);
    for (const auto& [number, expected] : given.expected["newest"].items()) {
      const auto newest = database.get_newest_samples(std::stoll(number));
      expect_near_relative(newest.samples, matrix_of_columns(expected["x"]), 0.0);
      expect_near_relative(newest.background_log_densities, vector(expected["background_log_density"]), 1e-10);
    }
  }
}

TEST(SampleDBGolden, NewestSamplesAndTheirBackground) {
  expect_the_references_newest<FullCovariance>(3);
  expect_the_references_newest<DiagonalCovariance>(2);
}

// An empty batch that does not fit makes the database delete every second sample.
template <class Covariance>
void expect_the_references_thinning(std::size_t count) {
  for (const auto& given : golden_cases<Covariance>(count)) {
    const Eigen::Index d = given.dimension();
    auto thinned = given.filled(splits()[3], {.max_samples = given.size()});
    EXPECT_EQ(thinned.generation(), 0U);
    const std::int64_t half = (given.size() + 1) / 2;
    const WholeBatchOf<Covariance> last{.gaussians = {given.batches.back().gaussians.front()},
                                        .mapping = {0},
                                        .samples = Eigen::VectorXd::Zero(d),
                                        .log_densities = Eigen::VectorXd::Zero(1),
                                        .gradients = Eigen::VectorXd::Zero(d),
                                        .reusable = false};
    thinned.add_samples(part(last, splits()[0], world()));
    ASSERT_EQ(thinned.size(), half + 1);
    EXPECT_EQ(thinned.samples_written(), given.size() + 1);
    const auto newest = thinned.get_newest_samples(half + 1);  // without the last, which is not reusable
    expect_near_relative(newest.samples, matrix_of_columns(given.expected["x_after_thinning_by_two"]), 0.0);
    expect_near_relative(newest.background_log_densities, vector(given.expected["background_of_all_after_thinning"]),
                         1e-10);
    const std::set<std::int32_t> used(newest.mapping.begin(), newest.mapping.end());
    EXPECT_EQ(used.size(), given.expected["gaussians_left_after_thinning"].template get<std::size_t>());
  }
}

TEST(SampleDBGolden, ThinningByTwo) {
  expect_the_references_thinning<FullCovariance>(3);
  expect_the_references_thinning<DiagonalCovariance>(2);
}

// ------------------------------------------------------------------------------------------------ splits over ranks

void expect_same(const Database::NewestSamples& a, const Database::NewestSamples& b) {
  EXPECT_TRUE(same_bits(a.samples, b.samples));
  EXPECT_TRUE(same_bits(a.log_densities, b.log_densities));
  EXPECT_TRUE(same_bits(a.gradients, b.gradients));
  EXPECT_TRUE(same_bits(a.background_log_densities, b.background_log_densities));
  EXPECT_EQ(a.mapping, b.mapping);
}

// Batches of changing size, of which a limited database keeps a part.
struct Life {
  std::vector<WholeBatch> batches;
  Database::Settings settings;
};

Life long_life() {
  core::Stream stream(11, core::Purpose::samples);
  std::vector<Full> gaussians;
  for (int m = 0; m < 4; ++m) gaussians.push_back(random_gaussian(3, stream));
  Life life{.batches = {}, .settings = {.max_samples = 150}};
  for (const Eigen::Index size : {40, 1, 33, 64, 7, 50, 2, 90}) {
    gaussians[static_cast<std::size_t>(stream.below(4))] = random_gaussian(3, stream);
    life.batches.push_back(random_batch(gaussians, size, stream));
    life.batches.back().reusable = size != 7;
  }
  return life;
}

TEST(SampleDBSplits, SameBitsForAnySplitAndForOneRankAtEveryPointOfALongLife) {
  const Life life = long_life();
  for (const Split& split : splits()) {
    Database spread = database(3, life.settings);
    Database alone = Database::build_from_config(life.settings, 3, true);
    for (const WholeBatch& batch : life.batches) {
      spread.add_samples(part(batch, split, world()));
      alone.add_samples(part(batch, splits()[0], Communicator()));
      EXPECT_EQ(spread.size(), alone.size());
      EXPECT_EQ(spread.gaussians(), alone.gaussians());
      EXPECT_EQ(spread.generation(), alone.generation());
      for (const std::int64_t count : {1, 10, 100, 1000})
        expect_same(spread.get_newest_samples(count), alone.get_newest_samples(count));
      const auto random = spread.get_random_sample(20, 5), expected = alone.get_random_sample(20, 5);
      EXPECT_TRUE(same_bits(random.samples, expected.samples));
      EXPECT_TRUE(same_bits(random.log_densities, expected.log_densities));
    }
    EXPECT_GT(spread.generation(), 1U) << "the limit was to be met more than once";
    EXPECT_LE(spread.size(), 150);
  }
}

TEST(SampleDBSplits, TheRanksPartsOfAWindowAreTheWindow) {
  const Life life = long_life();
  Database spread = database(3, life.settings);
  for (const WholeBatch& batch : life.batches) spread.add_samples(part(batch, splits()[3], world()));
  const Window window = spread.newest(60);
  ASSERT_EQ(window.size(), 60);
  const auto own = spread.own_samples(window);
  const auto all = spread.get_newest_samples(60);
  const auto holders = spread.holders(window);
  ASSERT_EQ(holders.size(), 60U);
  std::vector<Eigen::Index> positions;
  for (Eigen::Index n = 0; n < 60; ++n)
    if (holders[static_cast<std::size_t>(n)] == world().rank()) positions.push_back(n);
  ASSERT_EQ(positions.size(), own.indices.size());
  EXPECT_TRUE(same_bits(own.samples, all.samples(Eigen::all, positions)));
  EXPECT_TRUE(same_bits(own.gradients, all.gradients(Eigen::all, positions)));
  EXPECT_EQ(spread.own_samples(own.indices).indices, own.indices);
  EXPECT_EQ(spread.holders(own.indices),
            std::vector<std::int32_t>(own.indices.size(), static_cast<std::int32_t>(world().rank())));
}

// Whatever is noted stays with its sample while others are deleted.
TEST(SampleDBSplits, AComponentStaysWithTheSampleThatIsNearToIt) {
  const auto id = [](double of) { return static_cast<std::uint32_t>(std::llround(std::abs(of) * 1e6)); };
  for (const Split& split : splits()) {
    Database spread = database(3, long_life().settings);
    for (const WholeBatch& batch : long_life().batches) {
      auto own = part(batch, split, world());
      for (std::size_t m = 0; m < own.gaussians.size(); ++m) own.components.push_back(7 + m);
      const auto before = spread.size();
      spread.add_samples(own);
      std::vector<std::int64_t> all(static_cast<std::size_t>(spread.size()));
      std::iota(all.begin(), all.end(), 0);
      const auto samples = spread.own_samples(all);
      EXPECT_EQ(samples.gradients.cols(), 0);
      auto near = spread.nearest(all);
      ASSERT_EQ(near.size(), static_cast<std::size_t>(samples.size()));
      std::size_t fresh = 0;
      for (std::size_t n = 0; n < near.size(); ++n) {
        const auto now = id(samples.samples(0, static_cast<Eigen::Index>(n)));
        if (near[n] >= 7 && near[n] < 7 + own.gaussians.size() && near[n] != now)
          ++fresh;
        else
          EXPECT_EQ(near[n], now) << before;
        near[n] = now;
      }
      EXPECT_EQ(fresh, own.own_positions.size());
      spread.note_nearest(all, near);
    }
  }
}

// Numbers of a sample, by which it is known again.
Eigen::MatrixXd outputs_of(const Eigen::MatrixXd& samples) {
  Eigen::MatrixXd outputs(4, samples.cols());
  outputs << 2.0 * samples, samples.colwise().sum();
  return outputs;
}

/// Of every sample of this rank; of imported ones there are none.
void expect_own_outputs(const Database& database) {
  for (const SampleBatch& batch : database.batches()) {
    const Window window{{{batch.number, batch.first, batch.count}}};
    const auto own = database.own_samples(window, true);
    ASSERT_EQ(own.outputs.rows(), 4);
    ASSERT_EQ(own.outputs.cols(), own.size());
    if ((batch.number & SampleBatch::imported) != 0)
      EXPECT_TRUE(own.outputs.array().isNaN().all());
    else
      EXPECT_TRUE(same_bits(own.outputs, outputs_of(own.samples)));
    EXPECT_FALSE(database.own_samples(window).has_outputs());
  }
}

TEST(SampleDBSplits, OutputsStayWithTheirSamplesThroughALongLife) {
  Life life = long_life();
  for (WholeBatch& batch : life.batches) {
    const bool imported = batch.samples.cols() == 33;
    if (imported) batch.number = SampleBatch::imported | 5;
    if (!imported) batch.outputs = outputs_of(batch.samples);
  }
  for (const Split& split : splits()) {
    Database spread = database(3, life.settings);
    spread.keep_outputs(4, 4);
    for (const WholeBatch& batch : life.batches) {
      spread.add_samples(part(batch, split, world()));
      expect_own_outputs(spread);
    }
    EXPECT_GT(spread.generation(), 1U);

    Database again = Database::restored(life.settings, 3, true, world(), spread.state(), {});
    again.keep_outputs(4, 4);
    Database::OwnSamples found{Evaluations::of_size(3, 0, true, 4), {}};
    for (const SampleBatch& batch : spread.batches()) {
      auto own = spread.own_samples(Window{{{batch.number, batch.first, batch.count}}}, true);
      found.append(own);
      found.indices.insert(found.indices.end(), own.indices.begin(), own.indices.end());
    }
    EXPECT_EQ(again.adopt(found), 0);
    expect_own_outputs(again);
  }
}

TEST(SampleDBSplits, WithoutOutputsKeepsNone) {
  Life life = long_life();
  Database plain = database(3, life.settings);
  for (WholeBatch& batch : life.batches) {
    batch.outputs = outputs_of(batch.samples);
    plain.add_samples(part(batch, splits()[2], world()));
  }
  EXPECT_EQ(plain.outputs(), 0);
  EXPECT_FALSE(plain.own_samples(plain.newest(100), true).has_outputs());
}

// ------------------------------------------------------------------------------------------------------ small rules

class SmallDatabase : public testing::Test {
 protected:
  WholeBatch batch(Eigen::Index size) { return random_batch({gaussian_}, size, stream_); }
  void add(Database& to, const WholeBatch& batch) { to.add_samples(part(batch, splits()[2], world())); }

  core::Stream stream_{3, core::Purpose::samples};
  Full gaussian_ = random_gaussian(2, stream_);
};

TEST_F(SmallDatabase, EmptyResultsForNoneAskedOrNoneThere) {
  Database empty = database(2);
  for (int round = 0; round < 2; ++round) {
    const auto newest = empty.get_newest_samples(round == 0 ? 5 : 0);
    EXPECT_EQ(newest.samples.rows(), 2);
    EXPECT_EQ(newest.samples.cols(), 0);
    EXPECT_EQ(newest.gradients.cols(), 0);
    EXPECT_EQ(newest.background_log_densities.size(), 0);
    EXPECT_TRUE(newest.mapping.empty());
    EXPECT_EQ(newest.log_densities.size(), 0);
    EXPECT_EQ(empty.get_random_sample(round == 0 ? 5 : 0, 1).samples.cols(), 0);
    add(empty, batch(3));
  }
}

TEST_F(SmallDatabase, WithoutGradients) {
  Database plain = database(2, {}, false);
  WholeBatch added = batch(6);
  added.gradients.resize(2, 0);
  add(plain, added);
  const auto newest = plain.get_newest_samples(4);
  EXPECT_EQ(newest.gradients.rows(), 2);
  EXPECT_EQ(newest.gradients.cols(), 0);
  EXPECT_TRUE(same_bits(newest.samples, added.samples.rightCols(4)));
}

TEST_F(SmallDatabase, KeepsLogDensitiesOutsideTheSupport) {
  Database with_outside = database(2);
  WholeBatch added = batch(5);
  added.log_densities[3] = -std::numeric_limits<double>::infinity();
  add(with_outside, added);
  EXPECT_TRUE(same_bits(with_outside.get_newest_samples(5).log_densities, added.log_densities));
}

TEST_F(SmallDatabase, GrowsWithoutALimit) {
  Database unlimited = database(2);
  for (int round = 0; round < 5; ++round) add(unlimited, batch(100));
  EXPECT_EQ(unlimited.size(), 500);
  EXPECT_EQ(unlimited.samples_written(), 500);
  EXPECT_EQ(unlimited.generation(), 0U);
}

TEST_F(SmallDatabase, KeepsOnlyTheNewestBatchIfAsked) {
  Database newest_only = database(2, {.max_samples = std::nullopt, .keep_only_newest = true});
  for (int round = 0; round < 3; ++round) {
    const WholeBatch added = batch(10 + round);
    add(newest_only, added);
    EXPECT_EQ(newest_only.size(), 10 + round);
    EXPECT_EQ(newest_only.gaussians(), 1U);
    EXPECT_TRUE(same_bits(newest_only.get_newest_samples(1000).samples, added.samples));
  }
  EXPECT_EQ(newest_only.samples_written(), 33);
}

TEST_F(SmallDatabase, StoresAGaussianOnce) {
  Database stored = database(2);
  for (int round = 0; round < 3; ++round) add(stored, batch(4));
  EXPECT_EQ(stored.gaussians(), 1U);
  const Full other = random_gaussian(2, stream_);
  WholeBatch mixed = random_batch({other, gaussian_}, 2, stream_);
  mixed.mapping = {0, 1};
  add(stored, mixed);
  EXPECT_EQ(stored.gaussians(), 2U);
  EXPECT_EQ(stored.get_newest_samples(3).mapping, (std::vector<std::int32_t>{0, 1, 0}));
}

// What the solver replaces is gone; the database has it still.
TEST_F(SmallDatabase, BackgroundOutlivesTheGaussiansHandedIn) {
  Database kept = database(2);
  WholeBatch added = batch(20);
  add(kept, added);
  const Eigen::VectorXd before = kept.get_newest_samples(20).background_log_densities;
  added.gaussians.clear();
  gaussian_.reset();
  EXPECT_TRUE(same_bits(kept.get_newest_samples(20).background_log_densities, before));
}

TEST_F(SmallDatabase, NonReusableBatchesAreNeverAmongTheNewestButAmongTheRandom) {
  Database mixed = database(2);
  const WholeBatch first = batch(8);
  WholeBatch aside = batch(50);
  aside.reusable = false;
  add(mixed, first);
  add(mixed, aside);
  EXPECT_EQ(mixed.size(), 58);
  EXPECT_TRUE(same_bits(mixed.get_newest_samples(58).samples, first.samples));
  EXPECT_EQ(mixed.get_random_sample(58, 1).samples.cols(), 58);
}

// Batches that come later keep the numbers that they would have had.
TEST_F(SmallDatabase, AnImportedBatchHasANumberOfItsOwn) {
  Database database_of_both = database(2);
  add(database_of_both, batch(4));
  WholeBatch imported = batch(6);
  imported.reusable = false;
  imported.number = SampleBatch::imported | 77;
  add(database_of_both, imported);
  add(database_of_both, batch(3));
  EXPECT_EQ(database_of_both.batches_written(), 2U);
  const std::vector<SampleBatch>& batches = database_of_both.batches();
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_EQ(batches[0].number, 0U);
  EXPECT_EQ(batches[1].number, SampleBatch::imported | 77);
  EXPECT_EQ(batches[2].number, 1U);
  EXPECT_EQ(database_of_both.index_of(batches[1], 5), 9);
  EXPECT_EQ(database_of_both.index_of(batches[1], 6), std::nullopt);
  EXPECT_EQ(database_of_both.index_of(batches[2], 0), 10);
}

TEST_F(SmallDatabase, ABatchLargerThanTheLimitIsStoredAllTheSame) {
  Database tiny = database(2, {.max_samples = 4});
  add(tiny, batch(3));
  const WholeBatch large = batch(10);
  add(tiny, large);
  EXPECT_TRUE(same_bits(tiny.get_newest_samples(10).samples, large.samples));
  EXPECT_EQ(tiny.size(), 11);
  EXPECT_EQ(tiny.samples_written(), 13);
}

TEST_F(SmallDatabase, BackgroundIsTheWeightedMixtureOfGaussians) {
  const Full other = random_gaussian(2, stream_);
  const Eigen::MatrixXd x = batch(7).samples;
  const Eigen::Vector2d weights(0.25, 0.75);
  const Mixture<FullCovariance> mixture({gaussian_, other}, weights);
  expect_near_relative(Database::evaluate_background(weights, {gaussian_, other}, x), mixture.log_density(x), 1e-13);
}

// A batch of `size` samples, all of the one Gaussian.
WholeBatch batch_of(const Full& gaussian, Eigen::Index size, core::Stream& stream) {
  return random_batch({gaussian}, size, stream);
}

class Stored : public testing::Test {
 protected:
  Stored() : gaussian(random_gaussian(2, stream)) {}
  // The index of the Gaussian that the newest sample came from.
  static std::int32_t newest(const Database& db) { return db.get_newest_samples(1).mapping.back(); }
  void add(Database& db, const Full& from, Eigen::Index size = 2) {
    db.add_samples(part(batch_of(from, size, stream), splits()[2], world()));
  }

  core::Stream stream{1, core::Purpose::random_samples};
  const Full gaussian;
};

TEST_F(Stored, AGaussianIsKnownAgainAfterThousandsOfOthers) {
  Database db = database(2);
  add(db, gaussian);
  for (int i = 0; i < 5000; ++i) add(db, random_gaussian(2, stream));
  add(db, gaussian);
  EXPECT_EQ(newest(db), 0);
  EXPECT_EQ(db.gaussians(), 5001U);
}

TEST_F(Stored, AGaussianIsKnownAgainAfterOthersWereDroppedBeforeIt) {
  Database db = database(2, {.max_samples = 9});
  add(db, random_gaussian(2, stream), 1);  // at canonical index 0, which stays
  add(db, random_gaussian(2, stream), 1);  // at 1, which goes with its Gaussian
  add(db, gaussian, 6);
  add(db, gaussian, 4);
  EXPECT_EQ(db.gaussians(), 2U);
  EXPECT_EQ(newest(db), 1);
  EXPECT_EQ(db.gaussian(newest(db)), gaussian);
}

TEST_F(Stored, AClearedDatabaseKnowsNone) {
  Database db = database(2, {.keep_only_newest = true});
  for (int i = 0; i < 3; ++i) {
    add(db, gaussian);
    EXPECT_EQ(newest(db), 0);
    EXPECT_EQ(db.gaussians(), 1U);
  }
}

// An allocator gives the same address again: 200 Gaussians one after the other, of which none lives on.
TEST_F(Stored, AnotherGaussianAtTheSameAddressIsAnother) {
  Database db = database(2);
  for (int i = 0; i < 200; ++i) add(db, random_gaussian(2, stream));
  EXPECT_EQ(db.gaussians(), 200U);
  EXPECT_EQ(newest(db), 199);
}

// In release builds, too, and on every rank.
TEST(SampleDB, WrongShapesAndIndicesAreBugsThatTouchNoMemory) {
  const auto gaussian = std::make_shared<const Gaussian<FullCovariance>>(
      Eigen::VectorXd::Zero(2), FullCovariance::from_variances(Eigen::VectorXd::Ones(2)));
  const auto violates = [&](const std::function<void(Database::NewSamples&)>& change) {
    Database db = database(2);
    const std::int64_t first = 3 * world().rank();
    Database::NewSamples added{{Eigen::MatrixXd::Zero(2, 3), Eigen::VectorXd::Zero(3), Eigen::MatrixXd::Zero(2, 3)},
                               {gaussian},
                               std::vector<std::int32_t>(3 * static_cast<std::size_t>(world().size()), 0),
                               {},
                               {first, first + 1, first + 2}};
    change(added);
    try {
      db.add_samples(added);
      return false;
    } catch (const core::ContractViolation&) {
      return true;
    }
  };
  EXPECT_FALSE(violates([](auto&) {}));
  EXPECT_TRUE(violates([](auto& added) { added.own_positions.pop_back(); }));
  EXPECT_TRUE(violates([](auto& added) { added.own_positions[0] = -1; }));
  EXPECT_TRUE(violates([](auto& added) { added.own_positions[2] = 1000; }));
  EXPECT_TRUE(violates([](auto& added) { added.samples.resize(3, 3); }));
  EXPECT_TRUE(violates([](auto& added) { added.log_densities.resize(2); }));
  EXPECT_TRUE(violates([](auto& added) { added.gradients.resize(2, 2); }));
  EXPECT_TRUE(violates([](auto& added) { added.gradients.resize(3, 3); }));
  EXPECT_TRUE(violates([](auto& added) { added.outputs.resize(2, 2); }));
  EXPECT_TRUE(violates([](auto& added) { added.mapping[1] = 1; }));
  EXPECT_TRUE(violates([](auto& added) { added.mapping[1] = -1; }));
  EXPECT_TRUE(violates([](auto& added) { added.mapping.pop_back(); }));
}

}  // namespace
}  // namespace gmmvi::test
