#include "evaluation/differences.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "evaluation/evaluator.hpp"
#include "evaluation/stopped.hpp"
#include "solver/memory_archive.hpp"
#include "support/ranks.hpp"

namespace gmmvi::evaluation {
namespace {

using test::MemoryArchive;
using test::world;
using FailurePolicy = EvaluationOptions::FailurePolicy;
using Scheduling = EvaluationOptions::Scheduling;
using Scheme = FiniteDifferencesOptions::Scheme;
constexpr double infinity = std::numeric_limits<double>::infinity();

using LogDensity = std::function<double(const Eigen::VectorXd&)>;

/// A log density of two parameters, without gradients, evaluated outside. Remembers what it was asked.
class Blind final : public Target {
 public:
  struct Asked {
    std::mutex mutex;
    std::vector<std::uint64_t> positions, points;
  };
  /// Outputs are the sample, over and over.
  explicit Blind(LogDensity function, Eigen::Index group_size = 1, std::shared_ptr<Asked> shared = {},
                 Eigen::Index outputs = 0)
      : asked(shared ? std::move(shared) : std::make_shared<Asked>()),
        function_(std::move(function)),
        group_size_(group_size),
        outputs_(outputs) {}

  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return false; }
  Eigen::Index group_size() const override { return group_size_; }
  bool runs_outside() const override { return true; }
  Eigen::Index outputs() const override { return outputs_; }
  std::vector<std::string> parameter_names() const override { return {"a", "b"}; }

  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    EXPECT_FALSE(want_gradients);
    Evaluation evaluation = Evaluation::of_size(2, samples.cols(), false, outputs_);
    for (Eigen::Index n = 0; n < samples.cols(); ++n) {
      evaluation.log_densities[n] = function_(samples.col(n));
      if (outputs_ > 0) evaluation.outputs.col(n) = samples.col(n).replicate(outputs_ / 2, 1);
      const std::lock_guard lock(asked->mutex);
      asked->positions.push_back(ids[static_cast<std::size_t>(n)].position);
      asked->points.push_back(ids[static_cast<std::size_t>(n)].point);
    }
    return evaluation;
  }

  std::shared_ptr<Asked> asked;

 private:
  LogDensity function_;
  Eigen::Index group_size_, outputs_;
};

double curved(const Eigen::VectorXd& x) {
  return std::sin(x[0]) - x[0] * x[1] * x[1];
}
Eigen::Vector2d gradient_of_curved(const Eigen::VectorXd& x) {
  return {std::cos(x[0]) - x[1] * x[1], -2.0 * x[0] * x[1]};
}

constexpr Eigen::Index many = 23;  // samples

/// Of numbers that are exact.
Eigen::VectorXd sample(Eigen::Index n) {
  const auto number = static_cast<double>(n);
  return Eigen::Vector2d(0.25 + 0.125 * number, 0.75 - 0.0625 * number);
}

EvaluationRequest request(Eigen::Index size = many, bool gradients = true) {
  return {.batch = 7,
          .size = size,
          .want_gradients = gradients,
          .draw = [](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) {
            for (Eigen::Index n = 0; n < out.cols(); ++n) out.col(n) = sample(first + n);
          }};
}

EvaluationOptions by(Scheme scheme, double step = 1e-4) {
  EvaluationOptions options{.max_retries = 0};
  options.finite_differences = {scheme, step};
  return options;
}

BatchEvaluation run(const LogDensity& function, const EvaluationOptions& options, Eigen::Index size = many,
                    EvaluationHost host = {}) {
  Blind target(function);
  return Evaluator(target, options, world(), std::move(host)).evaluate(request(size));
}

/// [3 x size] gradients above log densities, of all ranks; NaN in a column that nobody has.
Eigen::MatrixXd all_of(const BatchEvaluation& own, Eigen::Index size = many) {
  Eigen::MatrixXd columns(4, own.size());
  for (Eigen::Index n = 0; n < own.size(); ++n) {
    columns.col(n) << own.gradients.col(n), own.log_densities[n],
        static_cast<double>(own.positions[static_cast<std::size_t>(n)]);
    EXPECT_EQ(own.samples.col(n), sample(own.positions[static_cast<std::size_t>(n)]));
  }
  auto counts = world().all_gather(static_cast<std::size_t>(columns.size()));
  const auto numbers =
      world().all_gather(std::span<const double>(columns.data(), static_cast<std::size_t>(columns.size())), counts);
  Eigen::MatrixXd all = Eigen::MatrixXd::Constant(3, size, std::nan(""));
  EXPECT_EQ(std::ssize(numbers), 4 * size) << "a rank for each sample";
  for (std::size_t i = 0; i < numbers.size(); i += 4)
    all.col(static_cast<Eigen::Index>(numbers[i + 3])) = Eigen::Map<const Eigen::Vector3d>(&numbers[i]);
  return all;
}

std::vector<std::uint64_t> of_all_ranks(const std::vector<std::uint64_t>& own) {
  auto all = world().all_gather(std::span<const std::uint64_t>(own), world().all_gather(own.size()));
  std::ranges::sort(all);
  return all;
}
std::vector<std::uint64_t> asked_of_all_ranks(const Blind& target) {
  return of_all_ranks(target.asked->positions);
}

bool same_bits(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(double)) == 0;
}

// ------------------------------------------------------------------------------------------------------- the numbers

double largest_error(Scheme scheme, double step) {
  const Eigen::MatrixXd all = all_of(run(curved, by(scheme, step)));
  double largest = 0.0;
  for (Eigen::Index n = 0; n < many; ++n) {
    EXPECT_EQ(all(2, n), curved(sample(n))) << "of the sample itself";
    largest = std::max(largest, (all.col(n).head(2) - gradient_of_curved(sample(n))).cwiseAbs().maxCoeff());
  }
  return largest;
}

TEST(FiniteDifferences, AreGradientsUpToTheOrderOfTheirScheme) {
  EXPECT_NEAR(largest_error(Scheme::forward, 1e-2) / largest_error(Scheme::forward, 1e-3), 10.0, 0.5);
  EXPECT_NEAR(largest_error(Scheme::central, 1e-2) / largest_error(Scheme::central, 1e-3), 100.0, 5.0);
  EXPECT_LT(largest_error(Scheme::central, 1e-4), 1e-8);
}

// What a rank alone makes of it, whatever evaluates which point.
TEST(FiniteDifferences, AreTheSameBitsHoweverPointsAreDealtOut) {
  for (const Scheme scheme : {Scheme::forward, Scheme::central}) {
    Blind alone(curved);
    Evaluator evaluator(alone, by(scheme), Communicator());
    const BatchEvaluation expected = evaluator.evaluate(request());
    Eigen::MatrixXd numbers(3, many);
    numbers << expected.gradients, expected.log_densities.transpose();
    for (const auto scheduling : {Scheduling::fixed, Scheduling::on_demand})
      for (const int slots : {1, 5})
        for (const Eigen::Index group_size : {1, 4}) {
          if (slots > 1 && scheduling == Scheduling::fixed) continue;
          EvaluationOptions options = by(scheme);
          options.scheduling = scheduling;
          options.slots = slots;
          Blind target(curved, group_size);
          const auto make = [&] { return std::make_unique<Blind>(curved, group_size, target.asked); };
          Evaluator other(target, options, world(), {.make_target = make});
          EXPECT_TRUE(same_bits(all_of(other.evaluate(request())), numbers))
              << slots << " slots, groups of " << group_size;
        }
  }
}

TEST(FiniteDifferences, AreCountedAndHaveTheNumbersOfTheirSamples) {
  for (const auto& [scheme, each] : {std::pair{Scheme::forward, 3}, {Scheme::central, 5}}) {
    Blind target(curved);
    Evaluator evaluator(target, by(scheme), world());
    const BatchEvaluation own = evaluator.evaluate(request());
    EXPECT_EQ(own.evaluations, each * many);
    EXPECT_EQ(own.evaluations, evaluator.evaluations_of(many, true));
    EXPECT_EQ(own.failures, 0);
    EXPECT_EQ(own.own_evaluations, std::ssize(target.asked->positions));
    std::vector<std::uint64_t> expected, points;
    for (Eigen::Index n = 0; n < each * many; ++n) {
      expected.push_back(static_cast<std::uint64_t>(n / each));
      points.push_back(static_cast<std::uint64_t>(n / many));
    }
    EXPECT_EQ(asked_of_all_ranks(target), expected);
    EXPECT_EQ(of_all_ranks(target.asked->points), points) << "of each sample all, the sample itself included";
  }
}

TEST(FiniteDifferences, OfNoSamplesAreNone) {
  const BatchEvaluation own = run(curved, by(Scheme::central), 0);
  EXPECT_EQ(own.size(), 0);
  EXPECT_EQ(own.evaluations, 0);
}

TEST(FiniteDifferences, AreNotMadeWhereNoGradientIsWanted) {
  Blind target(curved);
  Evaluator evaluator(target, by(Scheme::central), world());
  const BatchEvaluation own = evaluator.evaluate(request(many, false));
  EXPECT_EQ(own.gradients.cols(), 0);
  EXPECT_EQ(asked_of_all_ranks(target).size(), static_cast<std::size_t>(many));
}

// ------------------------------------------------------------------------------------------------- what has no value

TEST(FiniteDifferences, AreOneSidedWhereOneSideHasNoValue) {
  for (const double nothing : {-infinity, std::nan("")}) {
    const auto cut = [=](const Eigen::VectorXd& x) { return x[0] <= 0.25 && x[1] >= 0.75 ? curved(x) : nothing; };
    const BatchEvaluation own = run(cut, by(Scheme::central), 1);
    EXPECT_TRUE(all_of(own, 1).col(0).head(2).isApprox(gradient_of_curved(sample(0)), 1e-3));
    EXPECT_TRUE(own.failed.empty());
    EXPECT_EQ(own.failures, std::isnan(nothing) ? 2 : 0) << "of neighbours";
  }
}

TEST(FiniteDifferences, ASampleFailsWhereNoSideHasAValue) {
  const auto slit = [](const Eigen::VectorXd& x) { return x[0] == 0.25 || x[0] > 0.3 ? curved(x) : -infinity; };
  for (const Scheme scheme : {Scheme::forward, Scheme::central}) {
    std::vector<FailedSample> told;
    const BatchEvaluation own = run(
        slit, by(scheme), many, {.report_failures = [&](const std::vector<FailedSample>& failed) { told = failed; }});
    EXPECT_EQ(own.failed, std::vector<Eigen::Index>{0});
    EXPECT_EQ(own.failures, 1) << "the sample: its neighbours have not failed";
    EXPECT_TRUE(all_of(own).rightCols(many - 1).allFinite());
    if (!world().is_root()) continue;
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].sample, sample(0));
    EXPECT_NE(told[0].reason.find("beside it in a can"), std::string::npos) << told[0].reason;
  }
}

TEST(FiniteDifferences, FailuresOfPointsAreToldOfThePointsUnderTheirSamplesNumber) {
  const auto hole = [](const Eigen::VectorXd& x) {
    if (x[1] > 0.75) throw std::runtime_error("did not converge");  // above the first sample
    if (x == sample(3)) throw std::runtime_error("the fourth");
    return curved(x);
  };
  std::vector<FailedSample> told;
  const BatchEvaluation own =
      run(hole, by(Scheme::central), many, {.report_failures = [&](const std::vector<FailedSample>& f) { told = f; }});
  EXPECT_EQ(own.failed, std::vector<Eigen::Index>{3});
  EXPECT_EQ(own.failures, 2);
  if (!world().is_root()) return;
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].position, 0);
  EXPECT_EQ(told[0].sample, Eigen::Vector2d(0.25, 0.75 + 1e-4));
  EXPECT_EQ(told[0].reason, "did not converge");
  EXPECT_EQ(told[1].position, 3);
  EXPECT_EQ(told[1].sample, sample(3));
}

TEST(FiniteDifferences, ASampleFailsWhereItsGradientIsNoNumber) {
  const auto cliff = [](const Eigen::VectorXd& x) { return x[0] > 0.25 ? 1e307 : curved(x); };
  const BatchEvaluation own = run(cliff, by(Scheme::central), 1);
  EXPECT_EQ(own.failed, std::vector<Eigen::Index>{0});
}

TEST(FiniteDifferences, ASampleFailsWhereTheStepIsLostInRounding) {
  for (const Scheme scheme : {Scheme::forward, Scheme::central}) {
    EvaluationOptions options = by(scheme, 1e-17);
    const BatchEvaluation own = run(curved, options, 3);
    EXPECT_EQ(own.failed, (std::vector<Eigen::Index>{0, 1, 2}));
    EXPECT_TRUE(own.log_densities.array().isNaN().all());
    EXPECT_TRUE(own.first_failure().empty() ||
                own.first_failure().find("1e-17, is lost in rounding") != std::string::npos);
    options.on_failure = FailurePolicy::abort;
    EXPECT_THROW(run(curved, options, 3), Error);
  }
}

TEST(FiniteDifferences, OutsideOfTheSupportASampleHasNoGradient) {
  const auto half = [](const Eigen::VectorXd& x) { return x[0] > 1.0 ? curved(x) : -infinity; };
  const BatchEvaluation own = run(half, by(Scheme::central));
  EXPECT_TRUE(own.failed.empty());
  const Eigen::MatrixXd all = all_of(own);
  EXPECT_EQ(all(2, 0), -infinity);
  EXPECT_EQ(all.col(0).head(2), Eigen::Vector2d::Zero());
}

TEST(FiniteDifferences, WhatFailsAbortsWhereFailuresAreTo) {
  EvaluationOptions options = by(Scheme::central);
  options.on_failure = FailurePolicy::abort;
  const auto slit = [](const Eigen::VectorXd& x) { return x[0] == 0.25 ? curved(x) : -infinity; };
  EXPECT_THROW(run(slit, options), Error);
  EXPECT_NO_THROW(run(curved, options));
}

// ------------------------------------------------------------------------------------------------------------ resuming

TEST(FiniteDifferences, PointsThatAnEarlierProcessEvaluatedAreNotEvaluatedAgain) {
  const Eigen::MatrixXd expected = all_of(run(curved, by(Scheme::central)));
  const auto archive = std::make_shared<MemoryArchive>();
  std::size_t known = 0;
  {
    Blind target(curved);
    const auto stop = [&]() -> std::optional<double> {
      const std::lock_guard lock(target.asked->mutex);
      if (target.asked->positions.size() < 12) return std::nullopt;
      return 10.0;
    };
    Evaluator evaluator(target, by(Scheme::central), world(), {.stop_requested = stop, .archive = archive});
    EXPECT_THROW(evaluator.evaluate(request()), Stopped);
    known = asked_of_all_ranks(target).size();
    EXPECT_LT(known, static_cast<std::size_t>(5 * many));
  }
  archive->begin_again();
  Blind target(curved);
  Evaluator evaluator(target, by(Scheme::central), world(), {.archive = archive});
  EXPECT_TRUE(same_bits(all_of(evaluator.evaluate(request())), expected));
  EXPECT_EQ(known + asked_of_all_ranks(target).size(), static_cast<std::size_t>(5 * many));
  // Samples with their gradients are kept, too: a database finds them there.
  std::size_t samples = 0;
  for (const FinishedGroup& group : archive->kept)
    samples += group.has_gradients() ? static_cast<std::size_t>(group.size()) : 0;
  const auto all = world().all_gather(samples);
  EXPECT_EQ(std::accumulate(all.begin(), all.end(), std::size_t{0}), static_cast<std::size_t>(many));
}

// They may be many, and nobody asks for them.
TEST(FiniteDifferences, OutputsOfPointsBesideSamplesAreNotKept) {
  constexpr Eigen::Index outputs = 4, points = 5;
  for (const Eigen::Index group_size : {1, 2}) {
    const auto archive = std::make_shared<MemoryArchive>();
    for (const bool again : {false, true}) {
      Blind target(curved, group_size, {}, outputs);
      Evaluator evaluator(target, by(Scheme::central), world(), {.archive = archive});
      const BatchEvaluation own = evaluator.evaluate(request());
      EXPECT_EQ(asked_of_all_ranks(target).empty(), again) << "what has no outputs is not evaluated again";
      EXPECT_EQ(own.outputs, own.samples.replicate(outputs / 2, 1));
      for (const FinishedGroup& group : archive->kept) {
        const bool has_sample =
            group.first % points == 0 || group.first / points != (group.first + group.size() - 1) / points;
        // Once in what one process keeps: with the sample as a point, or with its gradient.
        EXPECT_EQ(group.has_outputs(), group.has_gradients() ? again : has_sample) << group.first;
      }
      archive->begin_again();
    }
  }
}

}  // namespace
}  // namespace gmmvi::evaluation
