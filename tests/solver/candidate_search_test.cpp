#include "solver/candidate_search.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/sample_db.hpp"

#include "core/random.hpp"
#include "math/situations.hpp"
#include "support/ranks.hpp"

// The search finds what a look at all log densities finds, on any number of ranks.

namespace gmmvi::solver {
namespace {

using test::world;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint32_t unknown = SampleDB<FullCovariance>::no_component;

/// All that is to be found, by the definition alone.
std::optional<Eigen::Index> brute_force(const Eigen::VectorXd& target, const Eigen::VectorXd& model, double threshold) {
  double largest = -infinity;
  for (const double q : model)
    if (q > largest) largest = q;
  std::optional<Eigen::Index> best;
  double best_score = 0.0;
  for (Eigen::Index n = 0; n < target.size(); ++n) {
    const double floor = largest - threshold;
    const double score = target[n] - (model[n] > floor ? model[n] : floor);
    if (!std::isfinite(score) || (best && score <= best_score)) continue;
    best = n;
    best_score = score;
  }
  return best;
}

/// Components at some distance from each other, of weights that differ by powers of ten, ids not from 0 on.
template <class Covariance>
Mixture<Covariance> mixture_of(Eigen::Index size, Eigen::Index d, double distance, std::uint64_t seed) {
  const Eigen::MatrixXd means = distance * test::normal_matrix(d, size, seed);
  Eigen::VectorXd log_weights = -3.0 * test::normal_matrix(size, 1, seed + 1).col(0).cwiseAbs();
  log_weights[size - 1] -= size > 1 ? 60.0 : 0.0;
  std::vector<typename Mixture<Covariance>::Component> components;
  for (Eigen::Index k = 0; k < size; ++k)
    components.push_back(
        {static_cast<std::uint64_t>(5 + 3 * k),
         std::make_shared<const Gaussian<Covariance>>(
             means.col(k), Covariance::from_variances(
                               test::normal_vector(d, seed + 10 + static_cast<std::uint64_t>(k)).array().exp()))});
  Mixture<Covariance> mixture(std::move(components), Eigen::VectorXd::Zero(size));
  mixture.set_log_weights(log_weights);
  return mixture;
}

template <class Covariance>
struct Case {
  Mixture<Covariance> mixture;
  Eigen::MatrixXd samples;          // [D x C]
  std::vector<std::uint32_t> near;  // [C]
};

/// Samples around all components, and far from all; what is said to be near them is so, or not, or not there.
template <class Covariance>
Case<Covariance> case_of(Eigen::Index size, Eigen::Index d, Eigen::Index candidates, double distance,
                         std::uint64_t seed) {
  Case<Covariance> made{
      mixture_of<Covariance>(size, d, distance, seed), test::normal_matrix(d, candidates, seed + 2), {}};
  core::Stream stream(seed, core::Purpose::samples);
  for (Eigen::Index n = 0; n < candidates; ++n) {
    const auto k = static_cast<Eigen::Index>(stream.below(static_cast<std::uint64_t>(size)));
    const std::uint64_t kind = stream.below(10);
    made.samples.col(n) *= kind == 9 ? 30.0 : 1.0;
    made.samples.col(n) += made.mixture.gaussian(k).mean();
    const auto other = static_cast<Eigen::Index>(stream.below(static_cast<std::uint64_t>(size)));
    const std::uint64_t id = made.mixture.components()[static_cast<std::size_t>(kind < 7 ? k : other)].id;
    made.near.push_back(kind == 8 ? unknown : kind == 7 ? 4 : static_cast<std::uint32_t>(id));
  }
  return made;
}

/// The candidates of one rank: by their position, or rank 0 all, or the last rank all.
struct Share {
  std::string name;
  std::function<bool(Eigen::Index n)> is_own;
};
std::vector<Share> shares() {
  return {{"in turn", [](Eigen::Index n) { return n % world().size() == world().rank(); }},
          {"rank 0", [](Eigen::Index) { return world().rank() == 0; }},
          {"last rank", [](Eigen::Index) { return world().rank() + 1 == world().size(); }}};
}

/// Asks several times, with other values of the target, as where one of them is refuted.
template <class Covariance>
void expect_what_a_look_at_all_finds(const Case<Covariance>& given, const std::vector<Eigen::VectorXd>& targets,
                                     double threshold) {
  const Eigen::VectorXd model = given.mixture.log_density(given.samples);
  for (const Share& share : shares()) {
    std::vector<Eigen::Index> own;
    std::vector<std::uint32_t> near;
    for (Eigen::Index n = 0; n < model.size(); ++n) {
      if (!share.is_own(n)) continue;
      own.push_back(n);
      near.push_back(given.near[static_cast<std::size_t>(n)]);
    }
    const Eigen::MatrixXd samples = given.samples(Eigen::all, own);
    CandidateSearch<Covariance> search(given.mixture, samples, own, near, world());
    for (const Eigen::VectorXd& target : targets)
      EXPECT_EQ(search.best(target(own), threshold), brute_force(target, model, threshold))
          << share.name << ", threshold " << threshold << ", " << given.mixture.size() << " components";
    EXPECT_TRUE(test::same_bits(search.log_densities(), Eigen::VectorXd(model(own))));
    EXPECT_EQ(search.near().size(), own.size());
    for (const std::uint32_t id : search.near())
      EXPECT_TRUE(std::ranges::any_of(given.mixture.components(), [id](const auto& c) { return c.id == id; }));
  }
}

constexpr double thresholds[] = {0.0, 0.5, 3.0, 20.0, 300.0, 5000.0, infinity};

template <class Covariance>
void expect_it_of_many_mixtures() {
  std::uint64_t seed = 1;
  for (const Eigen::Index size : {1, 2, 7, 40})
    for (const Eigen::Index d : {1, 3, 12})
      for (const double distance : {0.5, 10.0}) {
        const auto given = case_of<Covariance>(size, d, 300, distance, seed += 100);
        const Eigen::VectorXd model = given.mixture.log_density(given.samples);
        const Eigen::VectorXd noise = test::normal_vector(model.size(), seed + 50);
        Eigen::VectorXd refuted = model + noise;
        std::vector<Eigen::VectorXd> targets = {refuted, -0.5 * noise.cwiseAbs2(), 100.0 * noise};
        for (int i = 0; i < 4; ++i) {  // the best one, again and again
          const auto best = brute_force(refuted, model, 20.0);
          if (!best) break;
          refuted[*best] = i % 2 == 0 ? refuted[*best] - 40.0 : -infinity;
          targets.push_back(refuted);
        }
        for (const double threshold : thresholds) expect_what_a_look_at_all_finds(given, targets, threshold);
      }
}

TEST(CandidateSearch, FindsWhatALookAtAllFinds) {
  expect_it_of_many_mixtures<FullCovariance>();
  expect_it_of_many_mixtures<DiagonalCovariance>();
}

TEST(CandidateSearch, FindsTheFirstOfEqualOnes) {
  auto given = case_of<FullCovariance>(5, 2, 200, 5.0, 3);
  for (Eigen::Index n = 100; n < 200; ++n) {  // each twice
    given.samples.col(n) = given.samples.col(199 - n);
    given.near[static_cast<std::size_t>(n)] = unknown;
  }
  const Eigen::VectorXd model = given.mixture.log_density(given.samples);
  const Eigen::VectorXd flat = Eigen::VectorXd::Constant(200, -7.0), same = model.array() + 3.0;
  const Eigen::VectorXd steps = (4.0 * test::normal_vector(200, 4)).array().round();
  for (const double threshold : thresholds) expect_what_a_look_at_all_finds(given, {flat, same, steps}, threshold);
}

// Scores that only rounding makes equal.
TEST(CandidateSearch, SeesHowRoundingMakesOnesEqual) {
  const auto given = case_of<FullCovariance>(4, 2, 150, 200.0, 8);
  Eigen::VectorXd target = Eigen::VectorXd::Constant(150, 1.0);
  for (Eigen::Index n = 0; n < 150; ++n) target[n] += 1e-16 * static_cast<double>((n * 37) % 150);
  for (const double threshold : thresholds) expect_what_a_look_at_all_finds(given, {target, 1e6 * target}, threshold);
}

TEST(CandidateSearch, PassesOverWhatIsNoNumber) {
  const auto given = case_of<FullCovariance>(6, 3, 120, 4.0, 5);
  Eigen::VectorXd some = test::normal_vector(120, 6), none = Eigen::VectorXd::Constant(120, -infinity);
  for (Eigen::Index n = 0; n < 120; ++n)
    if (n % 5 != 0) some[n] = n % 5 == 1 ? nan : n % 5 == 2 ? infinity : -infinity;
  none[3] = nan;
  none[4] = infinity;
  for (const double threshold : thresholds) expect_what_a_look_at_all_finds(given, {some, none}, threshold);
}

// log q = −∞ at some, and at all.
TEST(CandidateSearch, GoesWhereTheMixtureIsNothing) {
  auto given = case_of<FullCovariance>(3, 2, 40, 4.0, 5);
  const Eigen::VectorXd target = test::normal_vector(40, 7);
  for (const Eigen::Index begin : {20, 1, 0}) {
    given.samples.rightCols(40 - begin).setConstant(1e200);
    for (const double threshold : thresholds) {
      const Eigen::VectorXd model = given.mixture.log_density(given.samples);
      ASSERT_EQ(model[39], -infinity);
      std::vector<Eigen::Index> own;
      for (Eigen::Index n = world().rank(); n < 40; n += world().size()) own.push_back(n);
      const Eigen::MatrixXd samples = given.samples(Eigen::all, own);
      CandidateSearch<FullCovariance> search(given.mixture, samples, own, std::vector<std::uint32_t>(own.size(), 5),
                                             world());
      EXPECT_EQ(search.best(target(own), threshold), brute_force(target, model, threshold));
    }
  }
}

TEST(CandidateSearch, OfNoCandidatesFindsNone) {
  const auto given = case_of<FullCovariance>(3, 2, 0, 4.0, 5);
  expect_what_a_look_at_all_finds(given, {Eigen::VectorXd()}, 20.0);
}

// Otherwise it would be of no use.
TEST(CandidateSearch, EvaluatesFewWhereItIsToldWhatIsNear) {
  auto given = case_of<FullCovariance>(30, 4, 3000, 30.0, 6);
  const Eigen::VectorXd model = given.mixture.log_density(given.samples);
  Eigen::VectorXd target = model + test::normal_vector(3000, 9);
  target[1234] += 50.0;
  const Eigen::MatrixXd components = given.mixture.log_responsibilities(given.samples);
  for (Eigen::Index n = 0; n < 3000; ++n) {
    Eigen::Index k = 0;
    components.row(n).maxCoeff(&k);
    given.near[static_cast<std::size_t>(n)] =
        static_cast<std::uint32_t>(given.mixture.components()[static_cast<std::size_t>(k)].id);
  }
  std::vector<Eigen::Index> own;
  std::vector<std::uint32_t> near;
  for (Eigen::Index n = world().rank(); n < 3000; n += world().size()) {
    own.push_back(n);
    near.push_back(given.near[static_cast<std::size_t>(n)]);
  }
  const Eigen::MatrixXd samples = given.samples(Eigen::all, own);
  CandidateSearch<FullCovariance> search(given.mixture, samples, own, near, world());
  EXPECT_EQ(search.best(target(own), 5000.0), 1234);
  EXPECT_LE(search.evaluated(), 64);
}

}  // namespace
}  // namespace gmmvi::solver
