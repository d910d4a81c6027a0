// Nothing here depends on how fast the machine is: tests wait for what has to come, however long that takes.

#include "evaluation/worker.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/thread.hpp"

namespace gmmvi::evaluation {
namespace {

using namespace std::chrono_literals;

/// The group that is known by its number.
FinishedGroup group(std::int64_t number) {
  FinishedGroup group;
  group.first = number;
  return group;
}

Worker::Task task(std::int64_t number) {
  return [number](int) { return group(number); };
}

Worker::Task task_that_throws(const std::string& text) {
  return [text](int) -> FinishedGroup { throw std::runtime_error(text); };
}

/// A task that says when it has begun, and ends when it is told to.
class Gate {
 public:
  Worker::Task task(std::int64_t number) {
    return [state = state_, number](int) {
      state->begun.set_value();
      state->open.get_future().wait();
      state->ended = true;
      return group(number);
    };
  }
  void wait_for_begin() { state_->begun.get_future().wait(); }
  void open() { state_->open.set_value(); }
  bool has_ended() const { return state_->ended; }

 private:
  struct State {
    std::promise<void> begun, open;
    std::atomic<bool> ended = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();  // a task left behind outlives the test
};

/// The number of the next group, however long it takes.
std::int64_t next(Worker& worker) {
  while (true) {
    if (const auto finished = worker.take_finished()) return finished->group.first;
    worker.wait(1h);
  }
}

/// Writes all of an array on the stack.
[[gnu::noinline]] std::int64_t use_stack() {
  constexpr std::size_t size = std::size_t{32} << 20, page = 4096;
  volatile char array[size];
  for (std::size_t at = 0; at < size; at += page) array[at] = 1;
  std::int64_t sum = 0;
  for (std::size_t at = 0; at < size; at += page) sum += array[at];
  return sum;
}

// As simulators do, with `ulimit -s unlimited` or a small limit.
TEST(Worker, TasksMayUseMuchStack) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_STACK, &before), 0);
  for (const rlim_t limit : {rlim_t{2} << 20, before.rlim_max}) {
    const rlimit set{limit, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_STACK, &set), 0);
    EXPECT_GE(core::generous_stack(), std::size_t{64} << 20);
    Worker worker;
    worker.submit([](int) { return group(use_stack()); });
    EXPECT_EQ(next(worker), 32 * 256);
  }
  const rlimit large{std::min(before.rlim_max, rlim_t{100} << 20), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_STACK, &large), 0);
  EXPECT_EQ(core::generous_stack(), large.rlim_cur) << "the limit, where it is larger";
  ASSERT_EQ(::setrlimit(RLIMIT_STACK, &before), 0);
}

TEST(Worker, HasNothingBeforeATask) {
  Worker worker;
  EXPECT_FALSE(worker.take_finished());
  EXPECT_FALSE(worker.running_since());
  worker.wait(0ns);
  worker.wait(1us);
  EXPECT_FALSE(worker.take_finished());
}

TEST(Worker, GivesGroupsInTheOrderOfTheTasks) {
  Worker worker;
  for (std::int64_t n = 0; n < 1000; ++n) worker.submit(task(n));
  for (std::int64_t n = 0; n < 1000; ++n) EXPECT_EQ(next(worker), n);
  EXPECT_FALSE(worker.take_finished());
}

TEST(Worker, WorksInOneThreadThatIsNotTheOwners) {
  Worker worker;
  std::vector<std::thread::id> threads(50);
  for (std::int64_t n = 0; n < 50; ++n)
    worker.submit([&threads, n](int) {
      threads[static_cast<std::size_t>(n)] = std::this_thread::get_id();
      return group(n);
    });
  for (int n = 0; n < 50; ++n) next(worker);
  EXPECT_NE(threads.front(), std::this_thread::get_id());
  for (const std::thread::id& id : threads) EXPECT_EQ(id, threads.front());
}

TEST(Worker, RunsAsManyTasksAtOnceAsItHasSlots) {
  constexpr int slots = 5;
  Worker worker(slots);
  std::vector<Gate> gates(slots);
  for (std::int64_t n = 0; n < slots; ++n) worker.submit(gates[static_cast<std::size_t>(n)].task(n), 10 * n);
  for (Gate& gate : gates) gate.wait_for_begin();
  gates[3].open();
  worker.wait(1h);
  const auto first = worker.take_finished();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->group.first, 3);
  EXPECT_EQ(first->tag, 30);
  for (const std::size_t n : {0U, 1U, 2U, 4U}) gates[n].open();
  for (int n = 0; n < slots - 1; ++n) next(worker);
  EXPECT_FALSE(worker.take_finished());
}

TEST(Worker, EverySlotHasOneTaskAtATime) {
  constexpr int slots = 3;
  std::array<std::atomic<int>, slots> running{};
  std::atomic<bool> ever_two = false;
  {
    Worker worker(slots);
    for (std::int64_t n = 0; n < 300; ++n)
      worker.submit([&, n](int slot) {
        auto& own = running.at(static_cast<std::size_t>(slot));
        if (++own > 1) ever_two = true;
        std::this_thread::yield();
        --own;
        return group(n);
      });
    std::vector<std::int64_t> came(300);
    std::ranges::generate(came, [&] { return next(worker); });
    std::ranges::sort(came);
    for (std::int64_t n = 0; n < 300; ++n) EXPECT_EQ(came[static_cast<std::size_t>(n)], n);
  }
  EXPECT_FALSE(ever_two);
}

TEST(Worker, WaitingEndsWithWhatCame) {
  Worker worker;
  for (int time = 0; time < 100; ++time) {
    worker.submit(task(time));
    worker.wait(1h);
    worker.wait(1h);  // it is still there
    const auto finished = worker.take_finished();
    ASSERT_TRUE(finished) << "waiting ended without anything";
    EXPECT_EQ(finished->group.first, time);
  }
  worker.submit(task_that_throws("the mesh is torn"));
  worker.wait(1h);
  EXPECT_THROW(worker.take_finished(), std::runtime_error);
}

TEST(Worker, ThrowsWhatTasksThrewInTheirPlacesAndGoesOn) {
  Worker worker;
  worker.submit(task(1));
  worker.submit(task_that_throws("the mesh is torn"));
  worker.submit(task_that_throws("the mesh is gone"));
  worker.submit(task(2));
  Gate gate;
  worker.submit(gate.task(3));
  gate.wait_for_begin();  // all before it have come
  std::vector<std::string> came;
  for (int n = 0; n < 4; ++n) {
    try {
      const auto finished = worker.take_finished();
      came.push_back(finished ? std::to_string(finished->group.first) : "nothing");
    } catch (const std::runtime_error& error) {
      came.emplace_back(error.what());
    }
  }
  EXPECT_EQ(came, (std::vector<std::string>{"1", "the mesh is torn", "the mesh is gone", "2"}));
  EXPECT_FALSE(worker.take_finished());
  gate.open();
  EXPECT_EQ(next(worker), 3);
}

TEST(Worker, RunsSinceATaskBegan) {
  Worker worker;
  Gate gate;
  const auto before = Worker::Clock::now();
  worker.submit(gate.task(1));
  gate.wait_for_begin();
  const auto since = worker.running_since();
  ASSERT_TRUE(since);
  EXPECT_GE(*since, before);
  EXPECT_LE(*since, Worker::Clock::now());
  EXPECT_EQ(worker.running_since(), since) << "since then, and not since now";
  EXPECT_FALSE(worker.take_finished());
  gate.open();
  EXPECT_EQ(next(worker), 1);
  EXPECT_FALSE(worker.running_since());
}

TEST(Worker, ForgetsTasksThatHaveNotBegun) {
  Worker worker;
  Gate gate;
  worker.submit(gate.task(1));
  worker.submit(task(2));
  worker.submit(task_that_throws("never made"));
  gate.wait_for_begin();
  worker.drop_queued();
  gate.open();
  worker.submit(task(3));
  EXPECT_EQ(next(worker), 1) << "that ran already";
  EXPECT_EQ(next(worker), 3);
  EXPECT_FALSE(worker.take_finished());
}

TEST(Worker, ForgetsWhatCame) {
  Worker worker;
  worker.submit(task(1));
  worker.submit(task_that_throws("the mesh is torn"));
  Gate gate;
  worker.submit(gate.task(2));
  gate.wait_for_begin();  // both before it have come
  worker.drop_finished();
  EXPECT_FALSE(worker.take_finished());
  gate.open();
  EXPECT_EQ(next(worker), 2);
}

TEST(Worker, WaitsForTheRunningTaskWhenItEnds) {
  std::atomic<bool> ended = false;
  {
    Worker worker;
    std::promise<void> begun;
    worker.submit([&](int) {
      begun.set_value();
      std::this_thread::sleep_for(10ms);
      ended = true;
      return group(1);
    });
    begun.get_future().wait();
  }
  EXPECT_TRUE(ended);
}

TEST(Worker, LeavesATaskBehind) {
  Gate gate;
  {
    Worker worker;
    worker.submit(gate.task(1));
    worker.submit([](int) -> FinishedGroup { std::abort(); });  // forgotten
    gate.wait_for_begin();
    worker.abandon();
    EXPECT_TRUE(worker.running_since()) << "it goes on";
    worker.abandon();  // once is enough
  }
  EXPECT_FALSE(gate.has_ended());
  gate.open();
  while (!gate.has_ended()) std::this_thread::sleep_for(1ms);
}

}  // namespace
}  // namespace gmmvi::evaluation
