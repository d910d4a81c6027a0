#include "evaluation/on_demand.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <utility>

#include "comm/backoff.hpp"
#include "comm/foreign_code.hpp"
#include "core/seconds_since.hpp"

namespace gmmvi::evaluation {
namespace {

using Clock = Worker::Clock;
using namespace std::chrono_literals;

using core::seconds_since;

// Before the jobs of an OnDemand that rank 0 makes: enough numbers for the jobs of each.
std::uint64_t first_job() {
  static std::atomic<std::uint64_t> made = 0;
  return ++made << 40;
}

// A rank that works looks into its mailbox when a task has ended. Between, it looks for signals, limits and stops only.
constexpr auto longest_look_away = 20ms;

// Of a rank that waits for work: many of them on few cores would keep these busy with looking.
constexpr auto longest_sleep = 1ms;

}  // namespace

OnDemand::OnDemand(const Communicator& ranks)
    : ranks_(ranks), mailbox_(ranks), idle_since_(Clock::now()), job_(first_job()) {
  ranks_.broadcast(job_);
}

OnDemand::End OnDemand::run(const Job& job) {
  failed_ = nullptr;
  ++job_;
  job.attempts->allow_more();
  idle_since_ = Clock::now();
  // Every rank knows its first task without being told.
  if (ranks_.rank() < job.count) take_on(job, ranks_.rank(), 1);
  const Message end = ranks_.is_root() ? coordinate(job) : follow(job);
  const bool stopped = end.grace != going_on;
  if (stopped) wind_up(job, end.grace);
  if (failed_) std::rethrow_exception(failed_);
  if (stopped) return End::stopped;
  return end.unclean == 0 ? End::clean : End::done;
}

std::optional<double> OnDemand::asked_to_stop(const Job& job) const {
  if (failed_) return job.grace_after_errors;
  return job.stop ? job.stop() : std::nullopt;
}

// ------------------------------------------------------------------------------------------------- every rank's part

void OnDemand::take_on(const Job& job, std::int64_t first, std::int64_t count) {
  const double waited = under_way_.empty() ? seconds_since(idle_since_) : 0.0;
  if (under_way_.empty()) left_in_front_ = count;
  under_way_.push_back({.kind = Message::Kind::done, .job = job_, .count = count, .waited = waited});
  for (std::int64_t task = first; task < first + count; ++task)
    worker_.submit([evaluate = job.evaluate, task] { return evaluate(task); });
}

// The next letter of the present job.
std::optional<comm::Mailbox<OnDemand::Message>::Letter> OnDemand::fetch() {
  auto letter = mailbox_.fetch();
  while (letter && letter->content.job != job_) letter = mailbox_.fetch();
  return letter;
}

// Takes what the worker has finished; returns a chunk that is done with it, if one is.
std::optional<OnDemand::Message> OnDemand::collect(const Job& job) {
  while (!under_way_.empty()) {
    Message& front = under_way_.front();
    try {
      auto group = worker_.take_finished();
      if (!group) break;
      front.seconds += group->seconds;
      front.unclean += !group->failure.empty() || job.attempts->take_news() ? 1 : 0;
      job.take(*std::move(group));
    } catch (...) {
      if (!failed_) failed_ = std::current_exception();
      ++front.unclean;
    }
    if (--left_in_front_ > 0) continue;
    const Message done = front;
    under_way_.pop_front();
    left_in_front_ = under_way_.empty() ? 0 : under_way_.front().count;
    idle_since_ = Clock::now();
    return done;
  }
  return std::nullopt;
}

void OnDemand::guard_time(const Job& job) {
  if (job.time_limit && job.interrupt) job.attempts->interrupt_after(*job.time_limit, job.interrupt);
}

// After a stop: nothing new begins, and what runs may end in time.
void OnDemand::wind_up(const Job& job, double grace) {
  constexpr double to_obey = 5.0;  // seconds, once interrupted
  worker_.drop_queued();
  job.attempts->forbid_more();
  for (const auto start = Clock::now(); worker_.running_since() && seconds_since(start) < grace;) {
    if (const auto less = asked_to_stop(job)) grace = std::min(grace, seconds_since(start) + *less);
    worker_.wait(longest_look_away);
    guard_time(job);
    while (collect(job)) {
    }
  }
  while (collect(job)) {
  }
  under_way_.clear();
  for (const auto start = Clock::now(); job.interrupt && worker_.running_since() && seconds_since(start) < to_obey;) {
    job.attempts->interrupt_after(0.0, job.interrupt);
    worker_.wait(longest_look_away);
  }
  abandoned_ = worker_.running_since().has_value();
  if (abandoned_) {
    worker_.abandon();
    comm::leave_foreign_code();
  }
  worker_.drop_finished();
}

OnDemand::Message OnDemand::follow(const Job& job) {
  comm::Backoff backoff(longest_sleep);
  bool told = false;
  while (true) {
    bool news = false;
    while (const auto done = collect(job)) {
      mailbox_.post(0, *done);
      news = true;
    }
    while (const auto letter = fetch()) {
      news = true;
      if (letter->content.kind == Message::Kind::end) return letter->content;
      take_on(job, letter->content.first, letter->content.count);
    }
    if (const auto grace = asked_to_stop(job); grace && !told) {
      mailbox_.post(0, {.kind = Message::Kind::stop, .job = job_, .grace = *grace});
      told = true;
    }
    guard_time(job);
    if (news) backoff.reset();
    const auto pause = backoff.next();
    worker_.wait(under_way_.empty() ? pause : std::max<std::chrono::nanoseconds>(pause, longest_look_away));
  }
}

// ------------------------------------------------------------------------------------------------- the coordinator's

OnDemand::Message OnDemand::coordinate(const Job& job) {
  constexpr double memory = 0.9;  // of the evaluations of earlier batches
  longest_ *= memory;
  next_ = std::min<std::int64_t>(ranks_.size(), job.count);
  done_ = 0;
  any_unclean_ = false;
  in_flight_.assign(static_cast<std::size_t>(ranks_.size()), 0);
  std::fill_n(in_flight_.begin(), next_, 1);
  comm::Backoff backoff;
  std::optional<double> grace;
  while (done_ < job.count) {
    bool news = false;
    while (const auto done = collect(job)) {
      note_done(0, *done);
      news = true;
    }
    while (const auto letter = fetch()) {
      news = true;
      if (letter->content.kind == Message::Kind::done)
        note_done(letter->from, letter->content);
      else
        grace = letter->content.grace;
    }
    report(job);
    if (done_ == job.count) break;
    if (!grace) grace = asked_to_stop(job);
    if (grace) break;
    deal(job);
    guard_time(job);
    if (news) backoff.reset();
    worker_.wait(backoff.next());
  }
  if (done_ == job.count) grace.reset();  // it came too late
  const Message end{
      .kind = Message::Kind::end, .job = job_, .grace = grace.value_or(going_on), .unclean = any_unclean_ ? 1 : 0};
  for (int rank = 1; rank < ranks_.size(); ++rank) mailbox_.post(rank, end);
  return end;
}

void OnDemand::note_done(int rank, const Message& done) {
  --in_flight_[static_cast<std::size_t>(rank)];
  done_ += done.count;
  any_unclean_ = any_unclean_ || done.unclean > 0;
  tasks_ += done.count;
  seconds_ += done.seconds;
  longest_ = std::max(longest_, done.seconds);
  waited_ += done.waited;
  ++chunks_;
}

void OnDemand::report(const Job& job) {
  if (!job.report || failed_) return;
  try {
    job.report(done_);
  } catch (...) {
    failed_ = std::current_exception();
    any_unclean_ = true;
  }
}

void OnDemand::deal(const Job& job) {
  for (int rank = 0; rank < ranks_.size() && next_ < job.count; ++rank) {
    int& in_flight = in_flight_[static_cast<std::size_t>(rank)];
    while (next_ < job.count && in_flight < depth(job)) {
      const std::int64_t count = chunk(job);
      if (rank == 0)
        take_on(job, next_, count);
      else
        mailbox_.post(rank, {.kind = Message::Kind::work, .job = job_, .first = next_, .count = count});
      next_ += count;
      ++in_flight;
    }
  }
}

// Tasks of a chunk: one, unless tasks are so short that letters would cost more than they.
std::int64_t OnDemand::chunk(const Job& job) const {
  constexpr double worth_a_letter = 5e-4;  // seconds
  const double mean = tasks_ > 0 ? seconds_ / static_cast<double>(tasks_) : worth_a_letter;
  const std::int64_t fair = (job.count - next_) / (std::int64_t{4} * ranks_.size());
  const double wanted = std::min(worth_a_letter / std::max(mean, 1e-9), static_cast<double>(fair));
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(wanted));
}

// Chunks that a rank has at a time. A second one hides the way of the letters where ranks wait for them, but may wait
// behind a long evaluation while others are free: so there is none unless the others have more to do than that takes.
int OnDemand::depth(const Job& job) const {
  constexpr double worth_hiding = 0.001;  // of the seconds in evaluations
  constexpr double longer = 1.3;          // than the longest of late may one be that nobody has seen the end of
  if (tasks_ == 0 || waited_ <= worth_hiding * seconds_) return 1;
  const double mean = seconds_ / static_cast<double>(tasks_);
  const double left = mean * static_cast<double>(job.count - next_) / ranks_.size();
  return left > longer * longest_ ? 2 : 1;
}

}  // namespace gmmvi::evaluation
