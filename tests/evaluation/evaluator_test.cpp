#include "evaluation/evaluator.hpp"

#include <atomic>
#include <cfenv>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "gmmvi/error.hpp"

#include "core/log.hpp"
#include "support/ranks.hpp"

namespace gmmvi::evaluation {
namespace {

using test::world;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t batch_number = 17;

/// Sample n of the batch is (n, −n); its log density is n, its gradient (1, 2). Every call is remembered.
class Recorder : public Target {
 public:
  using Answer = std::function<Evaluation(Evaluation good, std::span<const SampleId> ids)>;

  explicit Recorder(Eigen::Index group_size, Answer answer = nullptr, bool cheap = false)
      : group_size_(group_size), answer_(std::move(answer)), cheap_(cheap) {}
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return true; }
  Eigen::Index group_size() const override { return group_size_; }
  bool cheap() const override { return cheap_; }
  Eigen::Index outputs() const override { return says_outputs; }

  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    EXPECT_EQ(samples.rows(), 2);
    EXPECT_EQ(static_cast<std::size_t>(samples.cols()), ids.size());
    std::vector<std::uint64_t>& group = groups.emplace_back();
    for (Eigen::Index n = 0; n < samples.cols(); ++n) {
      EXPECT_EQ(ids[static_cast<std::size_t>(n)].batch, batch_number);
      group.push_back(ids[static_cast<std::size_t>(n)].position);
      EXPECT_EQ(samples(0, n), static_cast<double>(group.back())) << "the id belongs to the sample";
    }
    gradients_wanted = want_gradients;
    Evaluation good = Evaluation::of_size(2, samples.cols(), want_gradients);
    good.log_densities = samples.row(0).transpose();
    if (want_gradients) good.gradients.colwise() = Eigen::Vector2d(1.0, 2.0);
    return answer_ ? answer_(std::move(good), ids) : good;
  }

  std::vector<std::vector<std::uint64_t>> groups;
  bool gradients_wanted = false;
  Eigen::Index says_outputs = 0;

 private:
  Eigen::Index group_size_;
  Answer answer_;
  bool cheap_;
};

using Scheduling = EvaluationOptions::Scheduling;

EvaluationRequest request(Eigen::Index size, bool gradients = true) {
  return {.batch = batch_number,
          .size = size,
          .want_gradients = gradients,
          .draw = [](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) {
            for (Eigen::Index n = 0; n < out.cols(); ++n)
              out.col(n) << static_cast<double>(first + n), -static_cast<double>(first + n);
          }};
}

BatchEvaluation run(Target& target, Eigen::Index size, bool gradients = true,
                    Scheduling scheduling = Scheduling::on_demand) {
  Evaluator evaluator(target, {.scheduling = scheduling, .max_retries = 0}, world());
  return evaluator.evaluate(request(size, gradients));
}

std::vector<Eigen::Index> positions_of_all_ranks(const BatchEvaluation& own) {
  const auto counts = world().all_gather(own.positions.size());
  auto all = world().all_gather(std::span<const Eigen::Index>(own.positions), counts);
  std::ranges::sort(all);
  return all;
}

// ---------------------------------------------------------------------------------------------------- the deal

class Deal : public testing::TestWithParam<std::tuple<Scheduling, std::pair<Eigen::Index, Eigen::Index>>> {};

TEST_P(Deal, CoversEveryPositionOnceInOrderAndInWholeGroups) {
  const auto [scheduling, sizes] = GetParam();
  const auto [size, group_size] = sizes;
  Recorder target(group_size);
  const BatchEvaluation own = run(target, size, true, scheduling);

  const auto all = positions_of_all_ranks(own);
  ASSERT_EQ(static_cast<Eigen::Index>(all.size()), size);
  for (Eigen::Index n = 0; n < size; ++n) EXPECT_EQ(all[static_cast<std::size_t>(n)], n);
  for (const auto& group : target.groups) {
    const Groups groups(size, target);
    const auto number = groups.starting_at(static_cast<Eigen::Index>(group.front()));
    ASSERT_TRUE(number) << "a group starts where all ranks know";
    EXPECT_EQ(static_cast<Eigen::Index>(group.size()), groups.size(*number));
    for (std::size_t i = 1; i < group.size(); ++i) EXPECT_EQ(group[i], group[i - 1] + 1);
  }
  for (std::size_t n = 0; n < own.positions.size(); ++n) {
    const auto column = static_cast<Eigen::Index>(n);
    EXPECT_EQ(own.log_densities[column], static_cast<double>(own.positions[n]));
    EXPECT_EQ(own.samples(1, column), -static_cast<double>(own.positions[n]));
    EXPECT_EQ(own.gradients.col(column), Eigen::Vector2d(1.0, 2.0));
    EXPECT_EQ(own.status(column), EvaluationStatus::value);
  }
  EXPECT_TRUE(own.first_failure().empty());
}

TEST_P(Deal, GivesEveryRankAnEqualShareOfGroups) {
  const auto [scheduling, sizes] = GetParam();
  if (scheduling != Scheduling::fixed) return;
  const auto [size, group_size] = sizes;
  Recorder target(group_size);
  run(target, size, true, scheduling);
  const auto counts = world().all_gather(target.groups.size());
  EXPECT_LE(*std::ranges::max_element(counts) - *std::ranges::min_element(counts), 1U);
}

TEST(FixedShares, GiveTwoRanksAsManySamplesOfACheapTarget) {
  if (world().size() != 2) return;
  for (const Eigen::Index size : {2, 30, 94, 130, 600}) {
    Recorder target(64, nullptr, true);
    EXPECT_EQ(static_cast<Eigen::Index>(run(target, size, true, Scheduling::automatic).positions.size()), size / 2);
  }
}

INSTANTIATE_TEST_SUITE_P(SizesAndGroups, Deal,
                         testing::Combine(testing::Values(Scheduling::fixed, Scheduling::on_demand),
                                          testing::Values(std::pair(0, 1), std::pair(1, 1), std::pair(5, 1),
                                                          std::pair(100, 1), std::pair(1, 32), std::pair(33, 32),
                                                          std::pair(96, 32), std::pair(100, 32), std::pair(1000, 7))));

// --------------------------------------------------------------------------------------------- what a target says

TEST(Gradients, AreNotStoredUnlessAskedFor) {
  Recorder target(4);
  const BatchEvaluation own = run(target, 40, false);
  EXPECT_FALSE(target.gradients_wanted);
  EXPECT_EQ(own.gradients.rows(), 2);
  EXPECT_EQ(own.gradients.cols(), 0);
}

TEST(Gradients, MayBeGivenUnasked) {
  Recorder target(4, [](Evaluation good, auto ids) {
    good.gradients.setConstant(2, static_cast<Eigen::Index>(ids.size()), not_a_number);
    return good;
  });
  const BatchEvaluation own = run(target, 40, false);
  EXPECT_EQ(own.gradients.cols(), 0);
  for (Eigen::Index n = 0; n < own.size(); ++n) EXPECT_EQ(own.status(n), EvaluationStatus::value);
}

/// Its three outputs of sample n are n, 10 n, and NaN where n is even.
Recorder with_outputs(bool given, Eigen::Index rows = 3) {
  Recorder target(4, [=](Evaluation good, std::span<const SampleId> ids) {
    if (given) good.outputs.setConstant(rows, static_cast<Eigen::Index>(ids.size()), not_a_number);
    for (Eigen::Index n = 0; n < good.outputs.cols(); ++n) {
      const auto position = static_cast<double>(ids[static_cast<std::size_t>(n)].position);
      good.outputs.col(n).head(2) << position, 10.0 * position;
      if (ids[static_cast<std::size_t>(n)].position % 2 == 1) good.outputs(2, n) = 1.0;
    }
    return good;
  });
  target.says_outputs = 3;
  return target;
}

TEST(Outputs, ComeWithTheirSamples) {
  for (const Scheduling scheduling : {Scheduling::fixed, Scheduling::on_demand}) {
    Recorder target = with_outputs(true);
    const BatchEvaluation own = run(target, 50, true, scheduling);
    ASSERT_EQ(own.outputs.rows(), 3);
    ASSERT_EQ(own.outputs.cols(), own.size());
    for (std::size_t n = 0; n < own.positions.size(); ++n) {
      const auto column = static_cast<Eigen::Index>(n);
      EXPECT_EQ(own.outputs(1, column), 10.0 * static_cast<double>(own.positions[n]));
      EXPECT_EQ(std::isnan(own.outputs(2, column)), own.positions[n] % 2 == 0);
      EXPECT_EQ(own.status(column), EvaluationStatus::value) << "whatever the outputs are";
    }
  }
}

TEST(Outputs, MayBeLeftOut) {
  Recorder target = with_outputs(false);
  const BatchEvaluation own = run(target, 50);
  EXPECT_EQ(own.outputs.rows(), 3);
  EXPECT_EQ(own.outputs.cols(), own.size());
  EXPECT_TRUE(own.outputs.array().isNaN().all());
  for (Eigen::Index n = 0; n < own.size(); ++n) EXPECT_EQ(own.status(n), EvaluationStatus::value);
}

TEST(Outputs, AreNotKeptOfATargetThatSaysItHasNone) {
  Recorder target = with_outputs(true);
  target.says_outputs = 0;
  EXPECT_FALSE(run(target, 50).has_outputs());
}

TEST(Outputs, OfAnotherNumberFailTheirGroup) {
  Recorder target = with_outputs(true, 4);
  const BatchEvaluation own = run(target, 50);
  for (Eigen::Index n = 0; n < own.size(); ++n) EXPECT_EQ(own.status(n), EvaluationStatus::failure);
  EXPECT_TRUE(own.outputs.array().isNaN().all());
  if (own.size() > 0)
    EXPECT_NE(own.first_failure().find("outputs of shape [4 x "), std::string::npos) << own.first_failure();
}

using Change = std::function<void(Evaluation& evaluation, Eigen::Index column)>;

// The status of position 6 where a target of groups of four changes its answer for that sample.
void expect_of_position_6(const Change& change, EvaluationStatus expected, const std::string& reason) {
  Recorder target(4, [&](Evaluation good, std::span<const SampleId> ids) {
    for (std::size_t n = 0; n < ids.size(); ++n)
      if (ids[n].position == 6) change(good, static_cast<Eigen::Index>(n));
    return good;
  });
  const BatchEvaluation own = run(target, 20);
  for (std::size_t n = 0; n < own.positions.size(); ++n) {
    const auto column = static_cast<Eigen::Index>(n);
    const bool is_changed = own.positions[n] == 6;
    EXPECT_EQ(own.status(column), is_changed ? expected : EvaluationStatus::value) << "position " << own.positions[n];
    if (!is_changed) continue;
    EXPECT_EQ(own.gradients.col(column), Eigen::Vector2d::Zero());
    if (expected == EvaluationStatus::outside_support)
      EXPECT_EQ(own.log_densities[column], -infinity);
    else
      EXPECT_TRUE(std::isnan(own.log_densities[column]));
    EXPECT_NE(own.first_failure().find(reason), std::string::npos) << own.first_failure();
  }
}

TEST(Answers, NaNIsAFailure) {
  expect_of_position_6([](Evaluation& e, Eigen::Index n) { e.log_densities[n] = not_a_number; },
                       EvaluationStatus::failure, "nan");
}

TEST(Answers, PlusInfinityIsAFailure) {
  expect_of_position_6([](Evaluation& e, Eigen::Index n) { e.log_densities[n] = infinity; }, EvaluationStatus::failure,
                       "inf");
}

TEST(Answers, AGradientThatIsNotFiniteIsAFailure) {
  expect_of_position_6([](Evaluation& e, Eigen::Index n) { e.gradients(1, n) = not_a_number; },
                       EvaluationStatus::failure, "gradient");
  expect_of_position_6([](Evaluation& e, Eigen::Index n) { e.gradients(0, n) = infinity; }, EvaluationStatus::failure,
                       "gradient");
}

TEST(Answers, MinusInfinityIsOutsideTheSupportWhateverTheGradient) {
  expect_of_position_6(
      [](Evaluation& e, Eigen::Index n) {
        e.log_densities[n] = -infinity;
        e.gradients.col(n).setConstant(not_a_number);
      },
      EvaluationStatus::outside_support, "");
}

void say(Evaluation& evaluation, Eigen::Index column, EvaluationStatus status) {
  evaluation.status.assign(static_cast<std::size_t>(evaluation.log_densities.size()), EvaluationStatus::value);
  evaluation.status[static_cast<std::size_t>(column)] = status;
}

TEST(Answers, AStatusOverridesTheNumber) {
  expect_of_position_6([](Evaluation& e, Eigen::Index n) { say(e, n, EvaluationStatus::failure); },
                       EvaluationStatus::failure, "the target said so");
  expect_of_position_6([](Evaluation& e, Eigen::Index n) { say(e, n, EvaluationStatus::outside_support); },
                       EvaluationStatus::outside_support, "");
}

TEST(Answers, AStatusCannotMakeAValueOfNaN) {
  expect_of_position_6(
      [](Evaluation& e, Eigen::Index n) {
        say(e, n, EvaluationStatus::value);
        e.log_densities[n] = not_a_number;
      },
      EvaluationStatus::failure, "nan");
}

// The group of four around position 6 fails as a whole, and no other.
void expect_group_fails(const Recorder::Answer& answer, const std::string& reason) {
  Recorder target(4, [&](Evaluation good, std::span<const SampleId> ids) {
    return ids.front().position == 4 ? answer(std::move(good), ids) : good;
  });
  const BatchEvaluation own = run(target, 20);
  for (std::size_t n = 0; n < own.positions.size(); ++n) {
    const bool in_group = own.positions[n] / 4 == 1;
    EXPECT_EQ(own.status(static_cast<Eigen::Index>(n)), in_group ? EvaluationStatus::failure : EvaluationStatus::value);
    EXPECT_EQ(std::isnan(own.log_densities[static_cast<Eigen::Index>(n)]), in_group);
    if (!in_group) continue;
    EXPECT_NE(own.first_failure().find(reason), std::string::npos) << own.first_failure();
  }
}

TEST(Answers, AnExceptionFailsTheGroupAndIsQuoted) {
  expect_group_fails([](auto, auto) -> Evaluation { throw std::runtime_error("the licence server is down"); },
                     "the licence server is down");
}

TEST(Answers, AnExceptionWithoutTextHasAReasonToo) {
  expect_group_fails([](auto, auto) -> Evaluation { throw std::runtime_error(""); }, "exception");
}

TEST(Answers, AnExceptionOfAnyTypeFailsTheGroup) {
  expect_group_fails([](auto, auto) -> Evaluation { throw 42; }, "exception");
}

TEST(Answers, WrongShapesFailTheGroup) {
  const auto changed = [](const std::function<void(Evaluation&)>& change) {
    return [change](Evaluation good, auto) {
      change(good);
      return good;
    };
  };
  expect_group_fails(changed([](Evaluation& e) { e.log_densities.setZero(3); }), "3 log densities for 4 samples");
  expect_group_fails(changed([](Evaluation& e) { e.log_densities.setZero(0); }), "0 log densities for 4 samples");
  expect_group_fails(changed([](Evaluation& e) { e.gradients.setZero(4, 2); }), "[4 x 2] instead of [2 x 4]");
  expect_group_fails(changed([](Evaluation& e) { e.gradients.setZero(2, 0); }), "[2 x 0] instead of [2 x 4]");
  expect_group_fails(changed([](Evaluation& e) { e.status.assign(5, EvaluationStatus::value); }),
                     "5 statuses for 4 samples");
}

TEST(Answers, TheFirstFailureIsTheOneReported) {
  Recorder target(1, [](Evaluation, std::span<const SampleId> ids) -> Evaluation {
    throw std::runtime_error("position " + std::to_string(ids.front().position));
  });
  const BatchEvaluation own = run(target, 30, true, Scheduling::fixed);
  ASSERT_FALSE(own.positions.empty());
  EXPECT_EQ(own.first_failure(), "position " + std::to_string(own.positions.front()));
}

// ------------------------------------------------------------------------------------------ what targets leave behind

/// What rank 0 warns of while it lives.
class Warnings {
 public:
  Warnings() { core::log().logger().sinks().push_back(sink_); }
  ~Warnings() { std::erase(core::log().logger().sinks(), sink_); }
  Warnings(const Warnings&) = delete;
  Warnings& operator=(const Warnings&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::sinks::ostream_sink_st> sink_ = std::make_shared<spdlog::sinks::ostream_sink_st>(text_);
};

class FloatingPoint : public testing::TestWithParam<std::tuple<Scheduling, std::string>> {};

/// Leaves it so, and returns or throws.
Evaluation change(const std::string& what, Evaluation good) {
  if (what == "rounding") std::fesetround(FE_UPWARD);
  if (what == "traps") ::feenableexcept(FE_DIVBYZERO);
#if defined(__x86_64__)
  constexpr unsigned flush_to_zero = 1U << 15, denormals_are_zero = 1U << 6;
  if (what == "denormals") _mm_setcsr(_mm_getcsr() | flush_to_zero | denormals_are_zero);
#endif
  if (what == "rounding") throw std::runtime_error("after that");
  return good;
}

TEST_P(FloatingPoint, IsAsBeforeAfterEveryEvaluationAndThatIsSaidOnce) {
  const auto& [scheduling, what] = GetParam();
#if !defined(__x86_64__)
  if (what == "denormals") GTEST_SKIP() << "as x86-64 does it";
#endif
  const bool here = world().rank() == world().size() - 1;
  bool was_as_before = true;
  std::atomic<int> calls = 0;
  volatile double zero = 0.0, tiny = std::numeric_limits<double>::min();
  Recorder target(1, [&](Evaluation good, std::span<const SampleId>) {
    was_as_before = was_as_before && std::fegetround() == FE_TONEAREST && ::fegetexcept() == 0 && tiny / 2.0 > 0.0;
    ++calls;
    return here ? change(what, std::move(good)) : good;
  });
  const Warnings warnings;
  Evaluator evaluator(target, {.scheduling = scheduling, .max_retries = 0}, world());
  for (int batch = 0; batch < 3; ++batch) evaluator.evaluate(request(4 * world().size()));
  EXPECT_TRUE(was_as_before);
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  EXPECT_EQ(::fegetexcept(), 0);
  EXPECT_TRUE(std::isinf(1.0 / zero));
  EXPECT_GT(tiny / 2.0, 0.0);
  const std::string said = warnings.text(), part = "changed how floating-point numbers";
  if (world().is_root()) {
    EXPECT_NE(said.find("an evaluation on rank " + std::to_string(world().size() - 1)), std::string::npos) << said;
    EXPECT_EQ(said.find(part, said.find(part) + 1), std::string::npos) << said;
  } else {
    EXPECT_EQ(said, "");
  }
}

INSTANTIATE_TEST_SUITE_P(SchedulesAndChanges, FloatingPoint,
                         testing::Combine(testing::Values(Scheduling::fixed, Scheduling::on_demand),
                                          testing::Values("rounding", "traps", "denormals")));

// -------------------------------------------------------------------------------------------------------- time limits

class Interruptible : public Recorder {
 public:
  using Recorder::Recorder;
  bool interruptible() const override { return true; }
  void interrupt() override { interrupted = true; }
  std::atomic<bool> interrupted = false;
};

TEST(TimeLimit, OfEvaluationsThatCannotBeInterruptedIsRefused) {
  const auto refusal = [](Target& target, Scheduling scheduling) {
    try {
      Evaluator(target, {.scheduling = scheduling, .time_limit = 1.0}, world());
      return std::string("none");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::configuration);
      return std::string(error.what());
    }
  };
  Recorder plain(1);
  Interruptible interruptible(1), cheap(1, nullptr, true);
  EXPECT_NE(refusal(plain, Scheduling::on_demand).find("evaluation.time_limit is set"), std::string::npos);
  for (Target* target : {&interruptible, &cheap}) {
    const std::string said = refusal(*target, Scheduling::fixed);
    EXPECT_NE(said.find("evaluation.time_limit"), std::string::npos) << said;
    EXPECT_NE(said.find("evaluation.scheduling"), std::string::npos) << said;
    EXPECT_EQ(refusal(*target, Scheduling::automatic), "none");
    EXPECT_EQ(refusal(*target, Scheduling::on_demand), "none");
  }
}

TEST(TimeLimit, OfACheapTargetIsObeyed) {
  Interruptible* self = nullptr;
  Interruptible target(
      1,
      [&](Evaluation good, std::span<const SampleId>) -> Evaluation {
        while (!self->interrupted) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        self->interrupted = false;
        throw std::runtime_error("interrupted");
        return good;
      },
      true);
  self = &target;
  Evaluator evaluator(target, {.max_retries = 0, .time_limit = 0.01}, world());
  const BatchEvaluation result = evaluator.evaluate(request(world().size()));
  EXPECT_EQ(result.failed.size(), static_cast<std::size_t>(world().size()));
}

}  // namespace
}  // namespace gmmvi::evaluation
