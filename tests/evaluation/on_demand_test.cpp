// What evaluations that are dealt out on demand do when they take their time, fail, or are to stop. Nothing here
// depends on how fast the machine is, but for sleeps that bound how long something may not take.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "gmmvi/unavailable.hpp"

#include "evaluation/evaluator.hpp"
#include "evaluation/stopped.hpp"
#include "solver/memory_archive.hpp"
#include "support/ranks.hpp"

namespace gmmvi::evaluation {
namespace {

using namespace std::chrono_literals;
using test::world;
using Scheduling = EvaluationOptions::Scheduling;
using Clock = std::chrono::steady_clock;

/// Sample n is (n); its log density is n. What happens on the way is up to the test.
class Simulator : public Target {
 public:
  std::function<void(std::uint64_t position)> run = [](std::uint64_t) {};
  std::atomic<int> begun = 0, ended = 0;

  Eigen::Index dimension() const override { return 1; }
  bool has_gradients() const override { return false; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids, bool) override {
    ++begun;
    run(ids.front().position);
    ++ended;
    Evaluation evaluation = Evaluation::of_size(1, samples.cols(), false);
    evaluation.log_densities = samples.row(0).transpose();
    return evaluation;
  }
};

/// Sleeps in a way that can be interrupted.
class Sleeper : public Simulator {
 public:
  bool interruptible() const override { return true; }
  void interrupt() override {
    {
      const std::lock_guard lock(mutex_);
      interrupted_ = true;
    }
    woken_.notify_all();
  }
  void sleep(std::chrono::duration<double> duration) {
    std::unique_lock lock(mutex_);
    interrupted_ = false;
    if (woken_.wait_for(lock, duration, [this] { return interrupted_; })) throw std::runtime_error("interrupted");
  }

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  bool interrupted_ = false;
};

EvaluationRequest request(Eigen::Index size, std::uint64_t batch = 0) {
  return {.batch = batch,
          .size = size,
          .want_gradients = false,
          .draw = [](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) {
            for (Eigen::Index n = 0; n < out.cols(); ++n) out(0, n) = static_cast<double>(first + n);
          }};
}

std::optional<double> grace_if(bool stop, double grace) {
  return stop ? std::optional(grace) : std::nullopt;
}

int sum_of_ranks(int own) {
  const auto all = world().all_gather(own);
  return std::reduce(all.begin(), all.end());
}

/// Everything as all ranks together know it, by position.
std::vector<double> all_log_densities(const BatchEvaluation& own, Eigen::Index size) {
  const auto counts = world().all_gather(own.positions.size());
  const auto positions = world().all_gather(std::span<const Eigen::Index>(own.positions), counts);
  const auto values =
      world().all_gather(std::span<const double>(own.log_densities.data(), own.positions.size()), counts);
  EXPECT_EQ(static_cast<Eigen::Index>(positions.size()), size) << "every sample once";
  std::vector<double> by_position(static_cast<std::size_t>(size), -1.0);
  for (std::size_t i = 0; i < positions.size(); ++i) by_position[static_cast<std::size_t>(positions[i])] = values[i];
  return by_position;
}

TEST(OnDemand, WhateverTheOrderInWhichEvaluationsEndTheSameComesOut) {
  Simulator simulator;
  simulator.run = [](std::uint64_t position) { std::this_thread::sleep_for((position * 7919) % 13 * 200us); };
  Evaluator evaluator(simulator, {}, world());
  for (const Eigen::Index size : {150, 3, 0, 77}) {
    const auto values = all_log_densities(evaluator.evaluate(request(size)), size);
    for (std::size_t n = 0; n < values.size(); ++n) EXPECT_EQ(values[n], static_cast<double>(n));
  }
  EXPECT_EQ(sum_of_ranks(simulator.ended), 230);
}

TEST(OnDemand, NobodyWaitsForASlowEvaluation) {
  Simulator simulator;
  simulator.run = [](std::uint64_t position) { std::this_thread::sleep_for(position == 0 ? 500ms : 1ms); };
  Evaluator evaluator(simulator, {}, world());
  const BatchEvaluation own = evaluator.evaluate(request(100));
  const auto counts = world().all_gather(own.positions.size());
  if (world().size() > 1) {
    EXPECT_LE(counts[0], 3U) << "rank 0 had the slow one, and the others the rest";
  }
}

TEST(OnDemand, ALateRankLeavesTheLettersOfTheNextEvaluatorAlone) {
  Simulator simulator;
  for (const std::uint64_t batch : {0, 1}) {
    Evaluator evaluator(simulator, {}, world());
    evaluator.submit(request(1, batch));  // rank 0's, which then goes on to the next evaluator
    if (!world().is_root()) std::this_thread::sleep_for(50ms);
    evaluator.collect(batch);
  }
  EXPECT_EQ(sum_of_ranks(simulator.ended), 2);
}

TEST(OnDemand, ShortEvaluationsGoToAllRanks) {
  Simulator simulator;
  Evaluator evaluator(simulator, {}, world());
  for (int batch = 0; batch < 20; ++batch) evaluator.evaluate(request(1000));
  EXPECT_EQ(sum_of_ranks(simulator.ended), 20 * 1000);
}

TEST(OnDemand, RankZeroHearsHowFarABatchIs) {
  Simulator simulator;
  simulator.run = [](std::uint64_t) { std::this_thread::sleep_for(2ms); };
  const auto archive = std::make_shared<test::MemoryArchive>();
  std::vector<std::int64_t> heard;
  std::int64_t known = 0;
  const auto note = [&](const BatchProgress& progress) {
    EXPECT_EQ(progress.size, 30);
    EXPECT_EQ(progress.known, known);
    EXPECT_FALSE(progress.beside);
    heard.push_back(progress.done);
  };
  const auto expect_all_heard = [&] {
    heard.clear();
    Evaluator(simulator, {}, world(), {.report_progress = note, .archive = archive}).evaluate(request(30));
    ASSERT_EQ(heard.empty(), !world().is_root());
    if (!world().is_root()) return;
    EXPECT_TRUE(std::ranges::is_sorted(heard));
    EXPECT_GE(heard.front(), known);
    EXPECT_LT(heard.front(), 30);
    EXPECT_EQ(heard.back(), 30);
  };
  expect_all_heard();

  archive->kept.resize(1);
  archive->begin_again();
  known = world().size();
  expect_all_heard();
}

TEST(OnDemand, AnErrorOfTheListenerIsEverybodys) {
  for (const std::int64_t when : {1, 30}) {
    Simulator simulator;
    const auto refuse = [&](const BatchProgress& progress) {
      if (progress.done >= when) throw Error("nobody listens");
    };
    Evaluator evaluator(simulator, {}, world(), {.report_progress = refuse});
    EXPECT_THROW(evaluator.evaluate(request(30)), Error) << when;
    EXPECT_EQ(sum_of_ranks(1), world().size()) << "no rank waits for another";
  }
}

// ------------------------------------------------------------------------------------------- several batches at once

/// Samples of batch b whose evaluations have begun, here.
class ByBatch : public Simulator {
 public:
  std::array<std::atomic<int>, 10> begun_of{};
  std::function<void(const SampleId& id)> run_id = [](const SampleId&) {};

  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    ++begun_of.at(ids.front().batch);
    run_id(ids.front());
    return Simulator::evaluate(samples, ids, want_gradients);
  }
};

void expect_all_of(Evaluator& evaluator, std::uint64_t batch, Eigen::Index size) {
  const auto values = all_log_densities(evaluator.collect(batch), size);
  for (std::size_t n = 0; n < values.size(); ++n) EXPECT_EQ(values[n], static_cast<double>(n)) << "batch " << batch;
}

TEST(InFlight, BatchesAreCollectedInTheirOrderWhateverEndsFirst) {
  ByBatch simulator;
  simulator.run_id = [](const SampleId& id) {
    std::this_thread::sleep_for((id.position * 7919 + id.batch) % 13 * 200us);
  };
  Evaluator evaluator(simulator, {}, world());
  const std::array<Eigen::Index, 6> sizes = {40, 3, 0, 77, 1, 25};
  evaluator.submit(request(sizes[0], 0));
  evaluator.submit(request(sizes[1], 1));
  for (std::uint64_t batch = 0; batch < sizes.size(); ++batch) {
    if (batch + 2 < sizes.size()) evaluator.submit(request(sizes[batch + 2], batch + 2));
    expect_all_of(evaluator, batch, sizes[batch]);
  }
  EXPECT_EQ(sum_of_ranks(simulator.ended), 146);
}

TEST(InFlight, WhoHasNothingLeftOfABatchBeginsTheNext) {
  ByBatch simulator;
  simulator.run_id = [&](const SampleId& id) {
    // The slow one ends when this rank, or another, has begun the next batch.
    if (id.batch != 0 || id.position != 0) return std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(world().size() == 1 ? 0ms : 300ms);
  };
  Evaluator evaluator(simulator, {}, world());
  evaluator.submit(request(20, 0));
  evaluator.submit(request(20, 1));
  expect_all_of(evaluator, 0, 20);
  const int begun = sum_of_ranks(simulator.begun_of[1]);
  if (world().size() > 1) {
    EXPECT_EQ(begun, 20) << "while the slow one ran, the others made all of the next batch";
  }
  expect_all_of(evaluator, 1, 20);
}

TEST(InFlight, WhatIsBesideComesFirst) {
  constexpr int many = 6000;  // seconds of work
  ByBatch simulator;
  simulator.run_id = [](const SampleId&) { std::this_thread::sleep_for(2ms); };
  Evaluator evaluator(simulator, {}, world());
  evaluator.submit(request(many, 0));
  evaluator.submit(request(many, 1));
  for (std::uint64_t batch = 5; batch < 10; ++batch) {
    EvaluationRequest beside = request(5, batch);
    beside.beside = true;
    evaluator.evaluate(beside);
    EXPECT_EQ(sum_of_ranks(simulator.begun_of[batch]), 5);
  }
  EXPECT_LT(sum_of_ranks(simulator.begun_of[0]), many);
  EXPECT_EQ(sum_of_ranks(simulator.begun_of[1]), 0);
  evaluator.end_all();
}

TEST(InFlight, GoOnWhileTheRankDoesSomethingElse) {
  ByBatch simulator;
  Evaluator evaluator(simulator, {}, world());
  evaluator.submit(request(50, 0));
  while (sum_of_ranks(simulator.ended) < 50)  // collectives look after them
    if (world().size() == 1) evaluator.look_after();
  expect_all_of(evaluator, 0, 50);
}

TEST(InFlight, AStopEndsAllOfThem) {
  ByBatch simulator;
  bool stop = false;
  simulator.run_id = [](const SampleId&) { std::this_thread::sleep_for(1ms); };
  const auto asked = [&] { return grace_if(stop && world().rank() == world().size() - 1 && simulator.begun > 5, 1.0); };
  Evaluator evaluator(simulator, {}, world(), {.stop_requested = asked});
  for (int round = 0; round < 10; ++round) {
    stop = true;
    for (std::uint64_t batch = 0; batch < 3; ++batch) evaluator.submit(request(3000, batch));
    EXPECT_THROW(evaluator.collect(0), Stopped);
    EXPECT_EQ(simulator.begun, simulator.ended);
    stop = false;
    for (std::uint64_t batch = 0; batch < 3; ++batch) evaluator.submit(request(20, batch));
    for (std::uint64_t batch = 0; batch < 3; ++batch) expect_all_of(evaluator, batch, 20);
  }
}

TEST(InFlight, TheyCanBeEnded) {
  ByBatch simulator;
  simulator.run_id = [](const SampleId&) { std::this_thread::sleep_for(1ms); };
  Evaluator evaluator(simulator, {}, world());
  for (int round = 0; round < 10; ++round) {
    evaluator.submit(request(20, 0));
    evaluator.submit(request(30000, 1));
    expect_all_of(evaluator, 0, 20);
    evaluator.end_all();
    EXPECT_EQ(simulator.begun, simulator.ended);
    EXPECT_LT(sum_of_ranks(simulator.begun_of[1]), (round + 1) * 30000) << "no batch waits for a later one";
  }
}

TEST(InFlight, AFailureThatAbortsIsEverybodysWhicheverBatchItIsOf) {
  ByBatch simulator;
  simulator.run_id = [](const SampleId& id) {
    std::this_thread::sleep_for(1ms);
    if (id.batch == 1 && id.position == 3) throw std::runtime_error("the mesh is torn");
  };
  Evaluator evaluator(simulator, {.on_failure = EvaluationOptions::FailurePolicy::abort}, world());
  for (std::uint64_t batch = 0; batch < 3; ++batch) evaluator.submit(request(10, batch));
  const auto collect_all = [&] {
    for (std::uint64_t batch = 0; batch < 3; ++batch) evaluator.collect(batch);
  };
  EXPECT_THROW(collect_all(), Error);
  EXPECT_EQ(sum_of_ranks(1), world().size()) << "no rank waits for another";
}

TEST(OnDemand, ATargetThatIsAwayEndsTheBatchRatherThanFailsASample) {
  for (const Scheduling scheduling : {Scheduling::on_demand, Scheduling::fixed}) {
    Simulator simulator;
    simulator.run = [](std::uint64_t position) {
      if (position == 7) throw Unavailable("no server answers");
    };
    Evaluator evaluator(simulator, {.scheduling = scheduling, .grace = 1.0}, world());
    try {
      evaluator.evaluate(request(20));
      FAIL() << "on every rank";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::unavailable);
      EXPECT_NE(std::string(error.what()).find("no server answers"), std::string::npos) << error.what();
    }
  }
}

// ---------------------------------------------------------------------------------------------------------- slots

/// Instances that count how many of them run, and stay until `together` do.
class Outside : public Simulator {
 public:
  struct Shared {
    std::atomic<int> running = 0, most = 0, instances = 0;
    int together = 1;
  };
  explicit Outside(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {
    ++shared_->instances;
    run = [this](std::uint64_t) {
      EXPECT_FALSE(busy_.exchange(true)) << "an instance makes one evaluation at a time";
      int now = ++shared_->running;
      for (int seen = shared_->most; seen < now && !shared_->most.compare_exchange_weak(seen, now);) {
      }
      for (int wait = 0; wait < 2000 && shared_->most < shared_->together; ++wait) std::this_thread::sleep_for(1ms);
      --shared_->running;
      busy_ = false;
    };
  }
  bool runs_outside() const override { return true; }

 private:
  std::shared_ptr<Shared> shared_;
  std::atomic<bool> busy_ = false;
};

TEST(Slots, ARankMakesAsManyEvaluationsAtATime) {
  constexpr int slots = 5;
  const auto shared = std::make_shared<Outside::Shared>();
  shared->together = slots;
  Outside first(shared);
  Evaluator evaluator(first, {.slots = slots}, world(),
                      {.make_target = [&] { return std::make_unique<Outside>(shared); }});
  EXPECT_EQ(shared->instances, slots);
  const Eigen::Index size = Eigen::Index{40} * world().size();
  evaluator.submit(request(size, 0));
  evaluator.submit(request(7, 1));
  expect_all_of(evaluator, 0, size);
  expect_all_of(evaluator, 1, 7);
  EXPECT_EQ(shared->most, slots);
  const double busy = evaluator.busy(BusyClock::Kind::iteration);
  EXPECT_GT(busy, 0.0);
}

TEST(Slots, AreNotForTargetsOfTheRanksOwnProcess) {
  Simulator inside;
  const auto make = [] { return std::make_unique<Simulator>(); };
  EXPECT_THROW(Evaluator(inside, {.slots = 2}, world(), {.make_target = make}), Error);
  const auto shared = std::make_shared<Outside::Shared>();
  Outside outside(shared);
  EXPECT_THROW(Evaluator(outside, {.slots = 2}, world()), Error) << "nobody makes instances";
  EXPECT_THROW(Evaluator(outside, {.slots = 2, .scheduling = Scheduling::fixed}, world(),
                         {.make_target = [&] { return std::make_unique<Outside>(shared); }}),
               Error);
}

// ------------------------------------------------------------------------------------------------------- failures

TEST(Retries, AnEvaluationThatFailsIsMadeAgain) {
  Simulator simulator;
  std::vector<int> attempts(40, 0);  // of each position, here
  simulator.run = [&](std::uint64_t position) {
    if (++attempts[position] <= static_cast<int>(position % 4)) throw std::runtime_error("no licence");
  };
  Evaluator evaluator(simulator, {.max_retries = 2}, world());
  const BatchEvaluation own = evaluator.evaluate(request(40));
  for (const Eigen::Index position : own.positions)
    EXPECT_EQ(attempts[static_cast<std::size_t>(position)], std::min<Eigen::Index>(3, position % 4 + 1));
  std::vector<Eigen::Index> expected;
  for (Eigen::Index n = 3; n < 40; n += 4) expected.push_back(n);
  EXPECT_EQ(own.failed, expected) << "known to all ranks";
}

TEST(Failures, MayEndTheRunOnAllRanks) {
  Simulator simulator;
  simulator.run = [](std::uint64_t position) {
    if (position == 11) throw std::runtime_error("the mesh is torn");
  };
  for (const auto scheduling : {Scheduling::fixed, Scheduling::on_demand}) {
    Evaluator evaluator(simulator, {.scheduling = scheduling, .on_failure = EvaluationOptions::FailurePolicy::abort},
                        world());
    try {
      evaluator.evaluate(request(40));
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::unavailable);
      EXPECT_NE(std::string(error.what()).find("sample 11 of batch 0"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("the mesh is torn"), std::string::npos) << error.what();
    }
  }
}

TEST(TimeLimit, EndsAnEvaluationThatHangs) {
  Sleeper sleeper;
  sleeper.run = [&](std::uint64_t position) {
    if (position % 10 == 4) sleeper.sleep(1h);
  };
  Evaluator evaluator(sleeper, {.max_retries = 1, .time_limit = 0.02}, world());
  const BatchEvaluation own = evaluator.evaluate(request(30));
  EXPECT_EQ(own.failed, (std::vector<Eigen::Index>{4, 14, 24}));
  EXPECT_EQ(sum_of_ranks(sleeper.begun), 33) << "tried twice";
  if (std::ranges::count(own.positions, 4) > 0) {
    EXPECT_EQ(own.first_failure(), "interrupted");
  }
}

TEST(TimeLimit, IsThatOfEveryAttempt) {
  Sleeper sleeper;
  std::vector<int> attempts(20, 0);
  sleeper.run = [&](std::uint64_t position) { sleeper.sleep(++attempts[position] == 1 ? 1h : 0.1s); };
  Evaluator evaluator(sleeper, {.max_retries = 1, .time_limit = 0.3}, world());
  EXPECT_TRUE(evaluator.evaluate(request(5)).failed.empty()) << "the second attempt has all of its time";
}

TEST(TimeLimit, IsRefusedWhereItCannotBeKept) {
  Simulator simulator;
  EXPECT_THROW(Evaluator(simulator, {.time_limit = 1.0}, world()), Error);
}

// ----------------------------------------------------------------------------------------------------------- stops

TEST(Stop, OnAnyRankEndsAllAndLetsRunningEvaluationsEnd) {
  for (int asking = 0; asking < world().size(); ++asking) {
    Simulator simulator;
    simulator.run = [](std::uint64_t) { std::this_thread::sleep_for(5ms); };
    const auto stop = [&] { return grace_if(world().rank() == asking && simulator.begun >= 2, 60.0); };
    Evaluator evaluator(simulator, {}, world(), {.stop_requested = stop});
    EXPECT_THROW(evaluator.evaluate(request(10000)), Stopped);
    EXPECT_EQ(simulator.begun, simulator.ended) << "none was left behind";
    EXPECT_LT(sum_of_ranks(simulator.begun), 10000);
  }
}

TEST(Stop, LeavesNothingForTheNextBatch) {
  Simulator simulator;
  bool stop = false;
  simulator.run = [](std::uint64_t) { std::this_thread::sleep_for(1ms); };
  const auto asked = [&] { return grace_if(stop && world().is_root() && simulator.begun % 7 == 3, 1.0); };
  Evaluator evaluator(simulator, {}, world(), {.stop_requested = asked});
  for (int round = 0; round < 20; ++round) {
    stop = true;
    EXPECT_THROW(evaluator.evaluate(request(10000)), Stopped);
    stop = false;
    const auto values = all_log_densities(evaluator.evaluate(request(50)), 50);
    for (std::size_t n = 0; n < values.size(); ++n) EXPECT_EQ(values[n], static_cast<double>(n));
  }
}

TEST(Stop, BeginsNothingAgain) {
  Sleeper sleeper;
  sleeper.run = [&](std::uint64_t) { sleeper.sleep(1h); };
  Evaluator evaluator(sleeper, {.max_retries = 5}, world(),
                      {.stop_requested = [&] { return grace_if(sleeper.begun > 0, 0.01); }});
  EXPECT_THROW(evaluator.evaluate(request(100)), Stopped);
  EXPECT_LE(sleeper.begun, 1);
}

TEST(Stop, InterruptsWhatDoesNotEndInTime) {
  Sleeper sleeper;
  sleeper.run = [&](std::uint64_t) { sleeper.sleep(1h); };
  const auto start = Clock::now();
  Evaluator evaluator(sleeper, {}, world(), {.stop_requested = [&] { return grace_if(sleeper.begun > 0, 0.01); }});
  EXPECT_THROW(evaluator.evaluate(request(100)), Stopped);
  EXPECT_LT(Clock::now() - start, 1min);
}

TEST(Stop, LeavesBehindWhatCannotBeInterrupted) {
  static Simulator simulator;  // the evaluation goes on
  static std::atomic<bool> go_on = false;
  simulator.run = [](std::uint64_t) {
    while (!go_on) std::this_thread::sleep_for(1ms);
  };
  {
    Evaluator evaluator(simulator, {}, world(), {.stop_requested = [] { return grace_if(simulator.begun > 0, 0.01); }});
    EXPECT_THROW(evaluator.evaluate(request(100)), Stopped);
    EXPECT_EQ(evaluator.left_one_behind(), simulator.begun > 0);
  }
  EXPECT_EQ(simulator.ended, 0);
  go_on = true;
  while (simulator.ended < simulator.begun) std::this_thread::sleep_for(1ms);
}

}  // namespace
}  // namespace gmmvi::evaluation
