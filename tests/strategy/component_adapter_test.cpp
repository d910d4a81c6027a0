#include "gmmvi/strategy/component_adapter.hpp"

#include <cmath>
#include <limits>
#include <memory>

#include <Eigen/LU>
#include <gtest/gtest.h>

#include "math/golden_batch.hpp"
#include "math/situations.hpp"
#include "strategy/new_component.hpp"

namespace gmmvi {
namespace {

using strategy::ComponentAdapter;
using Indices = std::vector<Eigen::Index>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using History = std::vector<ComponentRecord::Outcome>;

std::vector<ComponentRecord> golden_records(const nlohmann::json& inputs) {
  std::vector<ComponentRecord> records(inputs.at("reward_history").size());
  for (std::size_t k = 0; k < records.size(); ++k) {
    const auto& rewards = inputs.at("reward_history")[k];
    for (std::size_t i = 0; i < rewards.size(); ++i)
      if (!rewards[i].is_null()) records[k].history.push_back({rewards[i], inputs.at("weight_history")[k][i]});
  }
  return records;
}

void forget(History& history, std::size_t kept) {
  if (history.size() > kept) history.erase(history.begin(), history.end() - static_cast<std::ptrdiff_t>(kept));
}

TEST(ComponentDeletion, IsTheReferencesFromNoMoreThanTheHistoryItAsksFor) {
  const auto cases = test::golden("component_deletion").at("cases");
  ASSERT_EQ(cases.size(), 2u);
  for (const auto& each : cases) {
    const auto& inputs = each.at("inputs");
    const auto adapter = ComponentAdapter::make(
        AdaptiveComponentsOptions{.del_iters = inputs.at("del_iters"),
                                  .min_weight_for_del_heuristic = inputs.at("min_weight_for_del_heuristic")});
    auto records = golden_records(inputs);
    EXPECT_EQ(adapter->deletions(records, 60), each.at("expected").at("deleted").get<Indices>());
    for (ComponentRecord& record : records) forget(record.history, adapter->history_length());
    EXPECT_EQ(adapter->deletions(records, 60), each.at("expected").at("deleted").get<Indices>());
  }
}

// A good, heavy component, and one that is old, stagnating and light: each test takes away one reason to delete it.
class AStagnatingComponent : public testing::Test {
 protected:
  static constexpr int del_iters = 9;
  static constexpr std::size_t window = 15;  // 9 + 2·⌊9/3⌋
  Indices deletions(std::int64_t updates = 100) const {
    const std::vector<ComponentRecord> records = {good, bad};
    return adapter->deletions(records, updates);
  }
  static ComponentRecord record(double reward, double weight) { return {.history = History(window, {reward, weight})}; }

  const std::unique_ptr<ComponentAdapter> adapter =
      ComponentAdapter::make(AdaptiveComponentsOptions{.del_iters = del_iters, .min_weight_for_del_heuristic = 1e-6});
  ComponentRecord good = record(0.0, 1.0 - 1e-9);
  ComponentRecord bad = record(-100.0, 1e-9);
};

TEST_F(AStagnatingComponent, IsDeleted) {
  EXPECT_EQ(adapter->history_length(), window);
  EXPECT_EQ(deletions(), Indices{1});
}

TEST_F(AStagnatingComponent, IsKeptWhileItSleepsAndWaitsForItsTurn) {
  constexpr auto turn = static_cast<std::int64_t>(window);
  for (const std::int64_t pauses : {std::int64_t{1}, 10 * turn - 1, 10 * turn})
    for (const std::int64_t updates : {turn - 1, turn}) {
      bad.pauses = pauses;
      bad.updates_received = updates;
      EXPECT_EQ(deletions(), pauses < 10 * turn && updates < turn ? Indices{} : Indices{1});
    }
}

TEST_F(AStagnatingComponent, IsKeptInTheFirstIterations) {
  EXPECT_EQ(deletions(del_iters), Indices{});
  EXPECT_EQ(deletions(del_iters + 1), Indices{1});
}

TEST_F(AStagnatingComponent, IsKeptWhileItIsYoung) {
  bad.history.pop_back();
  EXPECT_EQ(deletions(), Indices{});
}

TEST_F(AStagnatingComponent, IsKeptIfItOnceHadWeightInTheWindow) {
  bad.history.front().weight = 1e-6;
  EXPECT_EQ(deletions(), Indices{});
}

TEST_F(AStagnatingComponent, IsKeptIfItsRewardsWouldOnceHaveGivenItWeight) {
  bad.history.front().reward = -13.0;  // softmax 2e-6
  EXPECT_EQ(deletions(), Indices{});
}

TEST_F(AStagnatingComponent, IsKeptOnceItImprovesByMoreThanFortyPercentOfWhatItLacked) {
  for (const auto& [now, deleted] : {std::pair{-60.1, true}, {-59.9, false}}) {
    for (auto outcome = bad.history.begin() + 6; outcome != bad.history.end(); ++outcome)
      outcome->reward = now;  // the older window holds −100
    EXPECT_EQ(deletions(), deleted ? Indices{1} : Indices{}) << now;
  }
}

TEST_F(AStagnatingComponent, IsKeptIfItIsTheOnlyOne) {
  const std::vector<ComponentRecord> alone = {bad};
  EXPECT_EQ(adapter->deletions(alone, 100), Indices{});
}

TEST(ComponentDeletion, NeverTakesAll) {
  const auto adapter =
      ComponentAdapter::make(AdaptiveComponentsOptions{.del_iters = 3, .min_weight_for_del_heuristic = 1.0});
  const ComponentRecord bad{.history = History(5, {-1.0, 0.25})};
  for (const std::size_t size : {1u, 2u, 4u}) {
    const std::vector<ComponentRecord> records(size, bad);
    EXPECT_EQ(adapter->deletions(records, 100).size(), size - 1);
  }
}

TEST(ComponentDeletion, ExtremeRewardsAreNoHarm) {
  const auto adapter = ComponentAdapter::make(AdaptiveComponentsOptions{.del_iters = 3});
  const auto record = [](double reward, double weight) {
    return ComponentRecord{.history = History(5, {reward, weight})};
  };
  const std::vector<ComponentRecord> records = {record(-1e300, 1e-20), record(1e6, 1.0), record(-1e6, 1e-20)};
  EXPECT_EQ(adapter->deletions(records, 100), (Indices{0, 2}));
}

template <class Covariance>
void expect_the_references(std::size_t cases) {
  const auto file = test::golden("component_addition");
  const double tolerance = file.at("tolerance");
  for (const auto& each : test::cases<Covariance>(file, cases)) {
    const auto& inputs = each.at("inputs");
    const auto& expected = each.at("expected");
    auto mixture = test::golden_mixture<Covariance>(inputs);
    const Eigen::MatrixXd candidates = test::matrix_of_columns(inputs.at("candidates"));
    const auto adapter =
        ComponentAdapter::make(AdaptiveComponentsOptions{.thresholds_for_add_heuristic = {inputs.at("threshold")}});
    const auto chosen =
        adapter->choose(test::vector(inputs.at("target_log_density")), mixture.log_density(candidates), 0);
    ASSERT_EQ(chosen, expected.at("chosen").template get<Eigen::Index>());

    std::optional<double> prior_entropy;
    if (!inputs.at("prior_average_entropy").is_null()) prior_entropy = inputs.at("prior_average_entropy");
    const Eigen::Index dimension = mixture.dimension();
    const double variance =
        strategy::new_component_variance(dimension, mixture.average_entropy(), prior_entropy, inputs.at("a"));
    const auto added = std::make_shared<const Gaussian<Covariance>>(
        candidates.col(*chosen), Covariance::from_variances(Eigen::VectorXd::Constant(dimension, variance)));
    mixture.add(added, strategy::new_component_weight);
    test::expect_near_relative(std::sqrt(variance), expected.at("standard_deviation").template get<double>(),
                               tolerance);
    test::expect_near_relative(added->entropy(), expected.at("entropy").template get<double>(), tolerance);
    test::expect_near_relative(mixture.log_weights(), test::vector(expected.at("log_weights")), tolerance);
  }
}

TEST(ComponentAddition, IsTheReferences) {
  expect_the_references<FullCovariance>(12);
  expect_the_references<DiagonalCovariance>(8);
}

TEST(ComponentAddition, IsDueEverySoManyIterationsButNotAtTheFirst) {
  const AdaptiveComponentsOptions options{.add_iters = 3, .num_database_samples = 11, .num_prior_samples = 5};
  const auto adapter = ComponentAdapter::make(options);
  for (std::int64_t updates = 0; updates < 20; ++updates)
    EXPECT_EQ(adapter->candidates({.updates = updates, .components = 1}).has_value(), updates > 0 && updates % 3 == 0)
        << updates;
  EXPECT_EQ(adapter->candidates({.updates = 3, .components = 1})->from_database, 11);
  EXPECT_EQ(adapter->candidates({.updates = 3, .components = 1})->from_prior, 5);

  const auto always = ComponentAdapter::make(AdaptiveComponentsOptions{.add_iters = 1});
  EXPECT_FALSE(always->candidates({.updates = 1, .components = 1}));
  EXPECT_TRUE(always->candidates({.updates = 2, .components = 1}));
}

TEST(ComponentAddition, EndsAtTheLargestNumberOfComponents) {
  const auto adapter = ComponentAdapter::make(AdaptiveComponentsOptions{.add_iters = 2, .max_components = 4});
  EXPECT_TRUE(adapter->candidates({.updates = 2, .components = 3}));
  EXPECT_FALSE(adapter->candidates({.updates = 2, .components = 4}));
  EXPECT_FALSE(adapter->candidates({.updates = 2, .components = 5}));
}

TEST(ComponentAddition, ThresholdsTakeTurns) {
  const auto adapter = ComponentAdapter::make(AdaptiveComponentsOptions{.thresholds_for_add_heuristic = {20, 80, 30}});
  // The first candidate scores 0; the second, where q is lower by far, τ − 50.
  const Eigen::Vector2d target(0.0, -50.0), model(0.0, -1000.0);
  for (std::int64_t additions = 0; additions < 9; ++additions)
    EXPECT_EQ(adapter->choose(target, model, additions), additions % 3 == 1 ? 1 : 0) << additions;
}

TEST(ComponentAddition, AfterEachByAThresholdSomeAreNearby) {
  const auto adapter = ComponentAdapter::make(
      AdaptiveComponentsOptions{.thresholds_for_add_heuristic = {1000, 300}, .nearby_additions = 2}, 8);
  // In eight dimensions nearby is 4 + 2 nats below the peak. By it the second candidate scores 6 − 3; the third scores
  // 250 − 200 by thresholds beyond that, and the fourth 1000 − 800 by the first of them.
  const Eigen::Vector4d target(0.0, -3.0, -200.0, -800.0), model(0.0, -7.0, -250.0, -5000.0);
  constexpr Eigen::Index chosen[] = {3, 1, 1, 2, 1, 1};
  for (std::int64_t additions = 0; additions < 12; ++additions)
    EXPECT_EQ(adapter->choose(target, model, additions), chosen[additions % 6]) << additions;
}

TEST(ComponentAddition, NearbyOnlyWhereThereIsSomethingToGain) {
  const auto adapter = ComponentAdapter::make(
      AdaptiveComponentsOptions{.thresholds_for_add_heuristic = {1000, 300}, .nearby_additions = 1}, 8);
  // All log ratios within six nats of the peak are 2, but for the second.
  const Eigen::Vector4d model(0.0, -5.0, -5.5, -5000.0);
  for (const auto& [more, gains] : {std::pair{1.1, true}, {0.9, false}, {-50.0, false}}) {
    Eigen::Vector4d target = model.array() + 2.0;
    target[1] += more;
    target[3] = -200.0;
    EXPECT_EQ(adapter->choose(target, model, 1), gains ? 1 : 3) << more;
  }
}

// ------------------------------------------------------------------------------------------------- additions by need

AdaptiveComponentsOptions by_need(int add_iters = 20, int nearby_additions = 0) {
  return {.add_iters = add_iters,
          .max_components = 10,
          .thresholds_for_add_heuristic = {1000, 300},
          .num_database_samples = 70,
          .num_prior_samples = 7,
          .nearby_additions = nearby_additions,
          .additions = AdaptiveComponentsOptions::Additions::needed};
}

/// A mixture of one component after `updates` iterations, in each of which the ELBO grew by that much.
ComponentRecord grown(std::int64_t updates, double by) {
  ComponentRecord record;
  record.updates_received = updates;
  for (std::int64_t i = 0; i < updates; ++i) record.history.push_back({by * static_cast<double>(i), 1.0});
  return record;
}

TEST(AdditionByNeed, IsDueOnceTheMixtureDoesNotGrowAnyMore) {
  const auto adapter = ComponentAdapter::make(by_need());
  const auto is_due = [&](std::int64_t updates, double by) {
    const std::vector<ComponentRecord> records = {grown(updates, by)};
    return adapter->candidates({.updates = updates, .components = 1, .records = records}).has_value();
  };
  for (std::int64_t updates = 1; updates < 100; ++updates) {
    EXPECT_EQ(is_due(updates, 0.019), updates >= 20 && updates % 5 == 0) << updates;
    EXPECT_EQ(is_due(updates, 0.021), updates >= 80 && updates % 5 == 0) << updates;
  }
  const std::vector<ComponentRecord> records = {grown(20, 0.0)};
  const auto request = adapter->candidates({.updates = 20, .components = 1, .records = records});
  EXPECT_EQ(request->from_database, 70);
  EXPECT_EQ(request->from_prior, 7);
  EXPECT_FALSE(request->elsewhere);
  EXPECT_EQ(request->components, 1);
  EXPECT_FALSE(adapter->candidates({.updates = 20, .components = 10, .records = records}));
}

TEST(AdditionByNeed, WaitsForTheComponentThatCameLast) {
  const auto adapter = ComponentAdapter::make(by_need());
  std::vector<ComponentRecord> records = {grown(40, 0.0), grown(19, 0.0)};
  EXPECT_FALSE(adapter->candidates({.updates = 40, .components = 2, .records = records}));
  records[1].pauses = 1;
  EXPECT_TRUE(adapter->candidates({.updates = 40, .components = 2, .records = records})) << "but not if it sleeps";
}

TEST(AdditionByNeed, IsSoonerElsewhereWhereModesStandApart) {
  const auto adapter = ComponentAdapter::make(by_need());
  int asked = 0;
  const auto request = [&](std::int64_t age, double by, double room, bool apart) {
    const std::vector<ComponentRecord> records = {grown(40, by), grown(age, by)};
    return adapter->candidates(
        {.updates = 41, .components = 2, .records = records, .room = room, .has_modes_apart = [&] {
           ++asked;
           return apart;
         }});
  };
  EXPECT_FALSE(request(4, 0.0, 0.0, true));
  EXPECT_FALSE(request(5, 0.021, 0.0, true));
  EXPECT_EQ(asked, 0) << "it is not asked for in vain";
  EXPECT_FALSE(request(5, 0.0, 0.0, false));
  const auto elsewhere = request(5, 0.0, 0.0, true);
  ASSERT_TRUE(elsewhere);
  EXPECT_TRUE(elsewhere->elsewhere);
  EXPECT_EQ(elsewhere->from_database, 70);
  EXPECT_EQ(elsewhere->from_prior, 0);
  EXPECT_EQ(elsewhere->components, 1);
  EXPECT_EQ(request(5, 0.0, 3.9, true)->components, 3);
  EXPECT_EQ(request(5, 0.0, 100.0, true)->components, 8) << "up to ten in all";
}

// However long nothing was found, both are searched for.
TEST(AdditionByNeed, IsElsewhereAndNearbyInTurnWhereBothAreDue) {
  const auto adapter = ComponentAdapter::make(by_need());
  for (const std::int64_t age : {40, 45, 200, 205}) {
    const std::vector<ComponentRecord> records = {grown(age, 0.0)};
    for (const bool apart : {true, false}) {
      const auto request = adapter->candidates(
          {.updates = age, .components = 1, .records = records, .has_modes_apart = [apart] { return apart; }});
      ASSERT_TRUE(request);
      EXPECT_EQ(request->elsewhere, apart && age % 2 == 1) << age;
    }
  }
}

TEST(AdditionByNeed, LooksAtAllCandidatesAsTheMixtureIsGoingToBe) {
  const auto adapter = ComponentAdapter::make(by_need());
  EXPECT_EQ(adapter->threshold(0), std::nullopt);
  EXPECT_TRUE(adapter->judges_by_prospects());
  EXPECT_FALSE(ComponentAdapter::make(AdaptiveComponentsOptions{})->judges_by_prospects());
  EXPECT_FALSE(ComponentAdapter::make(FixedComponentsOptions{})->judges_by_prospects());
}

// In eight dimensions. The last candidate is 100 nats below the target's peak; at 151 below the mixture's it is at a
// flank, however much it stands out, and at 153 of a peak of its own.
TEST(AdditionByNeed, IsNotAtTheFlankOfWhatIsThere) {
  const auto adapter = ComponentAdapter::make(by_need(), 8);
  const Eigen::Vector3d target(2.0, -1.0, -98.0);
  EXPECT_EQ(adapter->choose(target, Eigen::Vector3d(0.0, -3.0, -151.0), 0), std::nullopt);
  EXPECT_EQ(adapter->choose(target, Eigen::Vector3d(0.0, -3.0, -153.0), 0), 2);
}

TEST(AdditionByNeed, IsOfWhatStandsOutNearbyWhereNothingElseIs) {
  for (const int nearby_additions : {0, 1})
    for (std::int64_t additions = 0; additions < 4; ++additions) {
      const auto adapter = ComponentAdapter::make(by_need(20, nearby_additions), 8);
      const Eigen::Vector4d model(0.0, -2.0, -5.0, -5.5);
      Eigen::Vector4d target = model.array() + 2.0;
      EXPECT_EQ(adapter->choose(target, model, additions), std::nullopt);
      target[2] += 1.1;
      EXPECT_EQ(adapter->choose(target, model, additions), 2);
    }
}

TEST(AdditionByNeed, ElsewhereIsOfWhatGradientsLeadToAnotherPeak) {
  const auto adapter = ComponentAdapter::make(by_need(), 8);
  // All but the first two stand out; by thresholds of 1,000 and 300 the best are the last and the one before.
  const Eigen::VectorXd target{{0.0, -2.0, -400.0, -300.0, -800.0}}, model{{0.0, -2.0, -410.0, -310.0, -1600.0}};
  const auto choose = [&](const Eigen::VectorXd& explained, std::int64_t additions) {
    return adapter->choose_elsewhere(target, model, explained, additions);
  };
  const Eigen::VectorXd none = Eigen::VectorXd::Zero(5), all = Eigen::VectorXd::Ones(5);
  EXPECT_EQ(choose(none, 0), 4);
  EXPECT_EQ(choose(none, 1), 3);
  EXPECT_EQ(choose(Eigen::VectorXd{{0.0, 0.0, 0.0, 1.0, 1.0}}, 0), 2);
  EXPECT_EQ(choose(all, 0), std::nullopt);
  EXPECT_EQ(choose(Eigen::VectorXd{{0.0, 0.0, 1.0, 1.0, 1.0}}, 0), std::nullopt) << "what is left does not stand out";
  EXPECT_EQ(choose({}, 0), 4) << "without gradients, what is of another peak by log densities alone";
  EXPECT_EQ(choose({}, 1), 4);
  EXPECT_EQ(ComponentAdapter::make(FixedComponentsOptions{})->choose_elsewhere(target, model, none, 0), std::nullopt);
}

TEST(ComponentAddition, OfEquallyGoodCandidatesTakesTheFirst) {
  const auto adapter = ComponentAdapter::make(AdaptiveComponentsOptions{});
  EXPECT_EQ(adapter->choose(Eigen::Vector4d(1.0, 2.0, 2.0, 2.0), Eigen::Vector4d::Zero(), 0), 1);
}

TEST(ComponentAddition, PassesOverCandidatesWithoutAFiniteScore) {
  const auto adapter = ComponentAdapter::make(AdaptiveComponentsOptions{});
  EXPECT_EQ(adapter->choose(Eigen::Vector4d(-infinity, nan, -1e300, infinity), Eigen::Vector4d::Zero(), 0), 2);
  EXPECT_EQ(adapter->choose(Eigen::Vector2d(1.0, 0.0), Eigen::Vector2d(-infinity, 0.0), 0), 0);
}

TEST(ComponentAddition, TakesNoneWhereNoScoreIsFinite) {
  const auto adapter = ComponentAdapter::make(AdaptiveComponentsOptions{});
  EXPECT_EQ(adapter->choose(Eigen::Vector2d(-infinity, nan), Eigen::Vector2d::Zero(), 0), std::nullopt);
  EXPECT_EQ(adapter->choose(Eigen::VectorXd(), Eigen::VectorXd(), 0), std::nullopt);
}

TEST(FixedComponents, NeitherGoNorCome) {
  const auto adapter = ComponentAdapter::make(FixedComponentsOptions{});
  const std::vector<ComponentRecord> records(2);
  EXPECT_EQ(adapter->deletions(records, 1000), Indices{});
  EXPECT_FALSE(adapter->candidates({.updates = 30, .components = 2}));
  EXPECT_EQ(adapter->choose(Eigen::Vector2d(1.0, 2.0), Eigen::Vector2d(0.0, 0.0), 0), std::nullopt);
}

TEST(ComponentAddition, BeginsAsItsOptionsSay) {
  EXPECT_FALSE(ComponentAdapter::make(AdaptiveComponentsOptions{})->beginning().in_neighbourhood);
  EXPECT_FALSE(ComponentAdapter::make(FixedComponentsOptions{})->beginning().in_neighbourhood);
  const auto beginning =
      ComponentAdapter::make(
          AdaptiveComponentsOptions{.initial_covariance = AdaptiveComponentsOptions::InitialCovariance::neighbourhood,
                                    .initial_weight = 0.125})
          ->beginning();
  EXPECT_TRUE(beginning.in_neighbourhood);
  EXPECT_EQ(beginning.weight, 0.125);
}

// By densities that are written out, of two components in two dimensions.
TEST(NeighbourhoodCovariance, IsThatOfTheComponentsByTheirResponsibilities) {
  const Eigen::Matrix2d a{{2.0, 0.5}, {0.5, 1.0}}, b{{0.7, -0.2}, {-0.2, 3.0}};
  const Eigen::Vector2d at_a(0.0, 0.0), at_b(2.0, 1.0), point(1.0, -0.5);
  const auto gaussian = [](const Eigen::Vector2d& mean, const Eigen::Matrix2d& covariance) {
    return std::make_shared<const Gaussian<FullCovariance>>(mean, *FullCovariance::from_matrix(covariance));
  };
  const auto density = [&](const Eigen::Vector2d& mean, const Eigen::Matrix2d& covariance) {
    const Eigen::Vector2d r = point - mean;
    return std::exp(-0.5 * r.dot(covariance.inverse() * r)) / std::sqrt(covariance.determinant());
  };
  const Mixture<FullCovariance> mixture({gaussian(at_a, a), gaussian(at_b, b)}, Eigen::Vector2d(0.3, 0.7));
  const double of_a = 0.3 * density(at_a, a), of_b = 0.7 * density(at_b, b);
  const Eigen::Matrix2d expected = (of_a * a + of_b * b) / (of_a + of_b);
  const auto covariance = strategy::neighbourhood_covariance(mixture, point);
  ASSERT_TRUE(covariance);
  EXPECT_LT(test::largest_error(covariance->matrix(), expected), 1e-12);
}

TEST(NeighbourhoodCovariance, OfOneComponentIsItsOwn) {
  const auto full = test::overlapping_mixture(1, 5, 3);
  const Eigen::VectorXd point = full.gaussian(0).mean() + test::normal_vector(5, 4);
  EXPECT_LT(test::largest_error(strategy::neighbourhood_covariance(full, point)->matrix(),
                                full.gaussian(0).covariance().matrix()),
            1e-12);
  const auto own = std::make_shared<const Gaussian<DiagonalCovariance>>(
      point, DiagonalCovariance::from_variances(Eigen::VectorXd::LinSpaced(5, 0.5, 3.0)));
  const Mixture<DiagonalCovariance> diagonal({own}, Eigen::VectorXd::Ones(1));
  EXPECT_LT(
      test::largest_error(strategy::neighbourhood_covariance(diagonal, point)->matrix(), own->covariance().matrix()),
      1e-12);
}

TEST(NeighbourhoodCovariance, EndsWhereNoComponentReaches) {
  const auto unit = std::make_shared<const Gaussian<DiagonalCovariance>>(
      Eigen::VectorXd::Zero(4), DiagonalCovariance::from_variances(Eigen::VectorXd::Ones(4)));
  const auto wide = std::make_shared<const Gaussian<DiagonalCovariance>>(
      Eigen::VectorXd::Zero(4), DiagonalCovariance::from_variances(Eigen::VectorXd::Constant(4, 100.0)));
  const Mixture<DiagonalCovariance> alone({unit}, Eigen::VectorXd::Ones(1));
  const Mixture<DiagonalCovariance> both({unit, wide}, Eigen::Vector2d(0.5, 0.5));
  const Mixture<DiagonalCovariance> hardly({unit, wide}, Eigen::Vector2d(1.0, 1e-9));
  for (const auto& [distance, reached] : {std::pair{4.9, true}, {5.1, false}}) {  // √4 + 3
    const Eigen::VectorXd point = distance * Eigen::VectorXd::Unit(4, 2);
    EXPECT_EQ(strategy::neighbourhood_covariance(alone, point).has_value(), reached);
    EXPECT_TRUE(strategy::neighbourhood_covariance(both, point));
    EXPECT_EQ(strategy::neighbourhood_covariance(hardly, point).has_value(), reached) << "next to no weight";
  }
}

TEST(NewComponentVariance, HasTheMixedEntropy) {
  for (const Eigen::Index dimension : {1, 3, 50})
    for (const double mix : {0.0, 0.3, 1.0}) {
      const double variance = strategy::new_component_variance(dimension, 2.5, -4.0, mix);
      const Gaussian<FullCovariance> added(
          Eigen::VectorXd::Zero(dimension),
          FullCovariance::from_variances(Eigen::VectorXd::Constant(dimension, variance)));
      EXPECT_NEAR(added.entropy(), mix * 2.5 - (1.0 - mix) * 4.0, 1e-12);
    }
}

TEST(NewComponentVariance, IsThatOfTheAverageEntropyWithoutAPrior) {
  for (const double mix : {0.0, 0.7})
    EXPECT_EQ(strategy::new_component_variance(3, 2.5, std::nullopt, mix),
              strategy::new_component_variance(3, 2.5, -4.0, 1.0));
}

}  // namespace
}  // namespace gmmvi
