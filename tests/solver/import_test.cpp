// Evaluations that were made elsewhere: what becomes of them, and that the answer does not depend on the ranks.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "io/checkpoint.hpp"
#include "solver/memory_archive.hpp"
#include "solver/situations.hpp"
#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Eigen::Index d = 3;

/// Two standard normals of equal mass, one at the origin, the other too far away to be found from there.
class TwoModes final : public PointwiseTarget {
 public:
  TwoModes() : PointwiseTarget(d, 4) {}
  static Eigen::VectorXd far() { return Eigen::VectorXd::Constant(d, 40.0); }

  double value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) override {
    const double near_by = -0.5 * x.squaredNorm(), far_off = -0.5 * (x - far()).squaredNorm();
    gradient = near_by > far_off ? Eigen::VectorXd(-x) : Eigen::VectorXd(far() - x);
    const double greatest = std::max(near_by, far_off);
    return greatest + std::log(0.5 * (std::exp(near_by - greatest) + std::exp(far_off - greatest))) -
           0.5 * static_cast<double>(d) * std::log(2.0 * std::numbers::pi);
  }
};

/// `count` points around the far mode, the last of them outside the support, and one with a log density that is not the
/// target's, but by far the greatest.
Evaluations earlier(Eigen::Index count = 50) {
  TwoModes target;
  Evaluations all{.samples = Eigen::MatrixXd(d, count),
                  .log_densities = Eigen::VectorXd(count),
                  .gradients = Eigen::MatrixXd(d, 0)};
  Eigen::VectorXd gradient(d);
  for (Eigen::Index n = 0; n < count; ++n) {
    const double t = static_cast<double>(n);
    const Eigen::VectorXd offset{{std::sin(t), std::cos(2.0 * t), std::sin(3.0 * t)}};
    all.samples.col(n) = TwoModes::far() + 2.0 * offset;
    all.log_densities[n] = target.value(all.samples.col(n), gradient);
  }
  all.log_densities[7] += 300.0;
  all.log_densities[count - 1] = -infinity;
  return all;
}

/// Begins at the origin; components come after every fourth iteration.
Options samtron() {
  Options options;
  options.seed = 5;
  options.model_initialization = {.num_initial_components = 2, .prior_scale = {2.0}, .initial_cov = {}};
  options.component_adapter = AdaptiveComponentsOptions{.del_iters = 8,
                                                        .add_iters = 4,
                                                        .max_components = 6,
                                                        .thresholds_for_add_heuristic = {500, 50},
                                                        .num_database_samples = 300};
  options.sample_selector = ComponentBasedSelectionOptions{.desired_samples_per_component = 25};
  return options;
}

struct Situation {
  std::string name;
  Options options;
};

std::vector<Situation> situations() {
  Options thinning = samtron(), diagonal = samtron(), more = samtron();
  thinning.max_database_size = 170;
  diagonal.model_initialization.use_diagonal_covs = true;
  more.natural_gradient = MoreOptions{};
  return {{"Samtron", samtron()}, {"Thinning", thinning}, {"Diagonal", diagonal}, {"Zamtron", more}};
}

class Import : public testing::TestWithParam<Situation> {
 protected:
  static constexpr int before = 5, after = 19;  // iterations

  Gmmvi build(const Communicator& ranks, std::shared_ptr<Archive> archive = nullptr) {
    return Gmmvi::build_from_config(GetParam().options, target_, ranks, {.archive = std::move(archive)});
  }
  static void iterate(Gmmvi& solver, Trace& trace, int iterations) {
    for (int i = 0; i < iterations; ++i) append(trace, solver.train_iter(), solver);
  }
  /// Only rank 0 has the evaluations.
  static void import_into(Gmmvi& solver, const Communicator& ranks) {
    solver.add_evaluations(ranks.is_root() ? earlier() : Evaluations());
  }
  Trace trace_on(const Communicator& ranks, bool with_import = true) {
    Trace trace;
    Gmmvi solver = build(ranks);
    iterate(solver, trace, before);
    if (with_import) import_into(solver, ranks);
    iterate(solver, trace, after);
    return trace;
  }
  Trace of_one_rank(bool with_import = true) {
    Trace trace = world().is_root() ? trace_on({}, with_import) : Trace{};
    world().broadcast(trace.hashes);
    world().broadcast(trace.numbers);
    return trace;
  }

  TwoModes target_;
};

TEST_P(Import, SameBitsOnAnyNumberOfRanks) {
  const Trace serial = of_one_rank();
  ASSERT_EQ(world().size(), 7);
  for (const int count : {1, 2, 3, 7}) {
    const Communicator ranks = world().split(world().rank() < count ? 0 : 1);
    if (world().rank() < count) {
      EXPECT_TRUE(trace_on(ranks) == serial) << count << " ranks";
    }
    world().barrier();
  }
}

// Two ranks begin and import, others go on: from the state after it, with samples that were evaluated after that.
TEST_P(Import, SameBitsAfterAStop) {
  const Trace whole = of_one_rank();
  for (const int count : {2, 3, 7}) {
    const auto archive = std::make_shared<MemoryArchive>();
    std::string state;
    const Communicator first = world().split(world().rank() < 2 ? 0 : 1);
    if (world().rank() < 2) {
      Gmmvi solver = build(first, archive);
      Trace trace;
      iterate(solver, trace, before);
      import_into(solver, first);
      state = io::to_bytes({.solver = solver.state()});
      iterate(solver, trace, 3);
    }
    world().broadcast(state);
    const Communicator second = world().split(world().rank() < count ? 0 : 1);
    if (world().rank() < count) {
      archive->begin_again();
      Gmmvi solver = build(second, archive);
      ASSERT_EQ(solver.restore(io::checkpoint_of(state).solver), 0) << "samples are missing";
      Trace rest;
      iterate(solver, rest, after);
      EXPECT_TRUE(std::ranges::equal(rest.hashes, std::span(whole.hashes).subspan(before))) << count << " ranks";
      EXPECT_TRUE(std::ranges::equal(rest.numbers, std::span(whole.numbers).last(rest.numbers.size())));
    }
  }
}

// What is evaluated next is numbered as if there had been no import, so that journals which have it stay of use.
TEST_P(Import, ChangesNothingBeforeAComponentIsAdded) {
  const Trace with = of_one_rank(), without = of_one_rank(false);
  EXPECT_EQ(std::ranges::mismatch(with.hashes, without.hashes).in1 - with.hashes.begin(),
            GetParam().name == "Thinning" ? before : 7);
  if (!world().is_root()) return;
  Gmmvi solver = build({});
  solver.train_iter();
  const auto evaluations = solver.evaluations();
  const auto batches = solver.state().database.batches_written;
  import_into(solver, {});
  EXPECT_EQ(solver.evaluations(), evaluations);
  EXPECT_EQ(solver.state().database.batches_written, batches);
}

TEST_P(Import, GivesAFarModeAComponent) {
  if (!world().is_root()) return;
  const auto mass_far_off = [&](bool with_import) {
    Gmmvi solver = build({});
    if (with_import) import_into(solver, {});
    for (int i = 0; i < 60; ++i) solver.train_iter();
    return std::visit(
        [](const auto& mixture) {
          double mass = 0.0;
          for (Eigen::Index k = 0; k < mixture.size(); ++k)
            if ((mixture.gaussian(k).mean() - TwoModes::far()).norm() < 1.0) mass += mixture.weights()[k];
          return mass;
        },
        solver.mixture());
  };
  EXPECT_EQ(mass_far_off(false), 0.0) << "the situation is not what it should be";
  EXPECT_NEAR(mass_far_off(true), 0.5, 0.1);
}

INSTANTIATE_TEST_SUITE_P(Situations, Import, testing::ValuesIn(situations()),
                         [](const auto& instance) { return instance.param.name; });

/// A target that notes where it is evaluated.
class Noting final : public PointwiseTarget {
 public:
  Noting() : PointwiseTarget(d, 4) {}
  double value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) override {
    if (fails_at_ && x == *fails_at_) throw std::runtime_error("no value there");
    points_.push_back(x);
    return target_.value(x, gradient);
  }
  void fail_at(const Eigen::VectorXd& x) { fails_at_ = x; }
  std::ptrdiff_t times(const Eigen::VectorXd& x) const { return std::ranges::count(points_, x); }

 private:
  TwoModes target_;
  std::vector<Eigen::VectorXd> points_;
  std::optional<Eigen::VectorXd> fails_at_;
};

std::int64_t components_at(const Gmmvi& solver, const Eigen::VectorXd& x) {
  return std::visit(
      [&](const auto& mixture) {
        std::int64_t count = 0;
        for (Eigen::Index k = 0; k < mixture.size(); ++k) count += (mixture.gaussian(k).mean() - x).norm() < 1.0;
        return count;
      },
      solver.mixture());
}

// One wrong value is asked about once, costs one evaluation, and no component is ever put there; what is said of the
// place from then on is what the target says.
TEST(WrongImport, IsNoPlaceForAComponent) {
  const Eigen::VectorXd wrong = Eigen::VectorXd::Constant(d, -25.0);
  for (const bool fails : {false, true}) {
    if (!world().is_root()) break;
    Noting target;
    if (fails) target.fail_at(wrong);
    Gmmvi solver = Gmmvi::build_from_config(samtron(), target, Communicator());
    solver.add_evaluations({wrong, Eigen::VectorXd::Zero(1), Eigen::MatrixXd(d, 0)});
    for (int i = 0; i < 40; ++i) {
      const auto before = components_at(solver, wrong);
      EXPECT_EQ(before, 0) << i;
      solver.train_iter();
    }
    EXPECT_EQ(target.times(wrong), fails ? 0 : 1);
    EXPECT_EQ(solver.state().failures, fails ? 1 : 0);
    EXPECT_EQ(solver.state().asked_imports.size(), 1U);
  }
}

// A right one is asked about once, too, and gets its component.
TEST(RightImport, IsEvaluatedOnceMore) {
  if (!world().is_root()) return;
  Noting target;
  Gmmvi solver = Gmmvi::build_from_config(samtron(), target, Communicator());
  const Eigen::VectorXd right = TwoModes::far();
  Eigen::VectorXd gradient(d);
  solver.add_evaluations(
      {right, Eigen::VectorXd::Constant(1, TwoModes().value(right, gradient)), Eigen::MatrixXd(d, 0)});
  for (int i = 0; i < 40; ++i) solver.train_iter();
  EXPECT_EQ(target.times(right), 1);
  EXPECT_EQ(components_at(solver, right), 1);
}

// Where every claim is wrong, only so many of them are asked about at a time.
TEST(WrongImport, OfAllIsNotAskedAboutAtOnce) {
  if (!world().is_root()) return;
  Noting target;
  Gmmvi solver = Gmmvi::build_from_config(samtron(), target, Communicator());
  Evaluations all = earlier();
  all.log_densities.head(49).array() += 1000.0;
  solver.add_evaluations(all);
  for (int i = 0; i < 4; ++i) solver.train_iter();
  EXPECT_EQ(solver.state().asked_imports.size(), 10U);
}

class BadImport : public testing::Test {
 protected:
  /// It is refused on every rank, and nothing has changed.
  void expect_refusal(const Evaluations& bad, const std::string& part, const Options& options = samtron()) {
    TwoModes target;
    Gmmvi solver = Gmmvi::build_from_config(options, target, world());
    expect_refusal_of(solver, bad, part);
  }
  static void expect_refusal_of(Gmmvi& solver, const Evaluations& bad, const std::string& part) {
    const auto size = [&] {
      return std::visit([](const auto& database) { return database.size(); }, solver.sample_db());
    };
    const auto before = size();
    try {
      solver.add_evaluations(world().is_root() ? bad : Evaluations());
      ADD_FAILURE() << "accepted; expected: " << part;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
    EXPECT_EQ(size(), before);
  }
};

TEST_F(BadImport, IsRefused) {
  Evaluations bad = earlier();
  bad.samples(1, 3) = std::nan("");
  expect_refusal(bad, "have to be finite");
  bad = earlier();
  bad.log_densities[2] = infinity;
  expect_refusal(bad, "have to be finite");
  bad = earlier();
  bad.gradients = Eigen::MatrixXd::Zero(d, 2);
  expect_refusal(bad, "gradients have to be as many");
  bad = earlier();
  bad.log_densities.conservativeResize(4);
  expect_refusal(bad, "50 samples, and 4 log densities");
  bad = earlier();
  bad.samples.conservativeResize(2, Eigen::NoChange);
  expect_refusal(bad, "they have 2 parameters, and the target has 3");
  expect_refusal(Evaluations(), "there are none");
}

TEST_F(BadImport, IsOneThatTheDatabaseDoesNotKeep) {
  Options options = samtron();
  options.use_sample_database = false;
  expect_refusal(earlier(), "use_sample_database: false", options);
  options = samtron();
  options.max_database_size = 49;
  expect_refusal(earlier(), "there are 50 evaluations to import, and the sample database may have 49", options);
}

TEST_F(BadImport, IsASecondOneOfTheSame) {
  TwoModes target;
  Gmmvi solver = Gmmvi::build_from_config(samtron(), target, world());
  solver.add_evaluations(earlier());
  expect_refusal_of(solver, earlier(), "the very same ones were imported before");
  solver.add_evaluations(earlier(49));
  EXPECT_EQ(std::visit([](const auto& database) { return database.size(); }, solver.sample_db()), 99);
}

TEST(SmallImport, MayBeASinglePointOrHugeOnes) {
  TwoModes target;
  Gmmvi solver = Gmmvi::build_from_config(samtron(), target, world());
  Evaluations single{Eigen::MatrixXd::Constant(d, 1, 7.0), Eigen::VectorXd::Zero(1), Eigen::MatrixXd(d, 0)};
  solver.add_evaluations(single);
  Evaluations huge{Eigen::MatrixXd::Constant(d, 3, 1e300), Eigen::VectorXd::Zero(3), Eigen::MatrixXd::Ones(d, 3)};
  huge.samples(0, 1) = -1e308;
  solver.add_evaluations(huge);
  EXPECT_TRUE(std::isfinite(
      std::visit([](const auto& database) { return database.gaussian(1)->entropy(); }, solver.sample_db())));
}

}  // namespace
}  // namespace gmmvi::test
