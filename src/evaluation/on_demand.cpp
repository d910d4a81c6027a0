#include "evaluation/on_demand.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <utility>

#include "comm/backoff.hpp"
#include "comm/foreign_code.hpp"
#include "core/log.hpp"
#include "core/seconds_since.hpp"

namespace gmmvi::evaluation {
namespace {

using Clock = Worker::Clock;
using namespace std::chrono_literals;

using core::seconds_since;

constexpr int bits_of_numbers = 40;  // enough for the jobs of each OnDemand that rank 0 makes

std::uint64_t first_number() {
  static std::atomic<std::uint64_t> made = 0;
  return ++made << bits_of_numbers;
}

// A rank that works looks into its mailbox when a task has ended. Between, it looks for signals, limits and stops only.
constexpr auto longest_look_away = 20ms;

// Of a rank that waits for work: many of them on few cores would keep these busy with looking.
constexpr auto longest_sleep = 1ms;

}  // namespace

OnDemand::OnDemand(const Communicator& ranks, Settings settings)
    : ranks_(ranks),
      mailbox_(ranks),
      settings_(std::move(settings)),
      worker_(settings_.slots->count()),
      newest_(first_number()),
      finishes_(newest_),
      idle_since_(Clock::now()),
      in_flight_(static_cast<std::size_t>(ranks.size()), 0) {
  ranks_.broadcast(newest_);
  finishes_ = newest_;
}

OnDemand::Number OnDemand::open(Job job) {
  const bool alone = open_.empty();
  const Number number = ++newest_;
  Open& open = open_[number];
  open.job = std::move(job);
  constexpr double memory = 0.9;  // of the evaluations of earlier jobs
  longest_ *= memory;
  if (alone) {
    settings_.slots->allow_more();
    idle_since_ = Clock::now();
  }
  if (open.job.count == 0) open.end = End::clean;
  // Where nobody has anything to do every rank knows its first tasks without being told: one for each slot.
  if (alone) {
    const int evaluators = settings_.evaluators;
    open.next = std::min<std::int64_t>(std::int64_t{settings_.slots->count()} * evaluators, open.job.count);
    if (ranks_.is_root())
      for (std::int64_t task = 0; task < open.next; ++task) {
        const auto rank = static_cast<std::size_t>(task % evaluators);
        ++in_flight_[rank];
        dealt_[{number, task}] = Clock::now();
      }
    if (ranks_.rank() < evaluators)
      for (std::int64_t task = ranks_.rank(); task < open.next; task += evaluators) take_on(number, task, 1);
  }
  for (const Letter& letter : std::exchange(early_, {})) read(letter);
  return number;
}

OnDemand::End OnDemand::finish(Number number) {
  ++finishes_;
  told_ = false;
  finishing_ = number;
  Open& open = open_.at(number);
  comm::Backoff backoff = ranks_.is_root() ? comm::Backoff() : comm::Backoff(longest_sleep);
  while (!open.end) {
    const bool news = advance();
    report(number, open);
    if (open.end) break;
    ask_for_stop();
    if (stop_) {
      wind_up(*std::exchange(stop_, std::nullopt));
      if (failed_) std::rethrow_exception(std::exchange(failed_, nullptr));
      return End::stopped;
    }
    if (news) backoff.reset();
    const auto pause = backoff.next();
    const bool may_look_away = !ranks_.is_root() && std::ssize(under_way_) >= settings_.slots->count();
    worker_.wait(may_look_away ? std::max<std::chrono::nanoseconds>(pause, longest_look_away) : pause);
  }
  const End end = *open.end;
  open_.erase(number);
  finishing_ = 0;
  // After a clean end no rank looks at the others: then the next finish() tells them what went wrong with a later job.
  if (failed_ && end != End::clean) std::rethrow_exception(std::exchange(failed_, nullptr));
  return end;
}

void OnDemand::look_after() {
  if (!open_.empty() && !stop_) advance();
}

void OnDemand::close_all(double grace) {
  if (!open_.empty()) wind_up(grace);
  if (!failed_) return;
  try {
    std::rethrow_exception(std::exchange(failed_, nullptr));
  } catch (const std::exception& error) {
    core::log().warn("warning: what became of an evaluation that nobody waited for is lost: {}", error.what());
  }
}

std::optional<double> OnDemand::asked_to_stop() const {
  if (failed_) return settings_.grace_after_errors;
  return settings_.stop ? settings_.stop() : std::nullopt;
}

void OnDemand::ask_for_stop() {
  auto grace = asked_to_stop();
  if (!ranks_.is_root()) {
    if (grace && !told_) mailbox_.post(0, {.kind = Message::Kind::stop, .job = finishes_, .grace = *grace});
    told_ = told_ || grace;
    return;
  }
  if (!grace && wanted_stop_.finish == finishes_) grace = wanted_stop_.grace;
  if (!grace) return;
  stop_ = grace;
  for (int rank = 1; rank < ranks_.size(); ++rank)
    mailbox_.post(rank, {.kind = Message::Kind::stop, .job = finishes_, .grace = *grace});
}

// ------------------------------------------------------------------------------------------------- every rank's part

// Takes and gives what there is; returns whether there was anything.
bool OnDemand::advance() {
  bool news = false;
  while (const auto done = collect()) {
    news = true;
    if (ranks_.is_root())
      note_done(0, *done);
    else
      mailbox_.post(0, *done);
  }
  while (expects_letters()) {
    const auto letter = mailbox_.fetch();
    if (!letter) break;
    news = true;
    read(*letter);
  }
  if (ranks_.is_root()) deal();
  guard_time();
  return news;
}

// Where all jobs have ended here, the next letter may be of the OnDemand that rank 0 has made after this one.
bool OnDemand::expects_letters() const {
  return std::ranges::any_of(open_, [](const auto& job) { return !job.second.end; });
}

// Letters of jobs that are not open any more are late ones: of a job that was stopped, or of an earlier OnDemand.
void OnDemand::read(const Letter& letter) {
  const Message& message = letter.content;
  if (message.job >> bits_of_numbers != newest_ >> bits_of_numbers) return;
  if (message.kind == Message::Kind::stop) {
    if (ranks_.is_root())
      wanted_stop_ = {message.job, message.grace};
    else
      stop_ = message.grace;
    return;
  }
  if (message.job > newest_) {
    early_.push_back(letter);
    return;
  }
  const auto open = open_.find(message.job);
  if (open == open_.end()) return;
  if (message.kind == Message::Kind::end)
    open->second.end = message.unclean == 0 ? End::clean : End::done;
  else if (message.kind == Message::Kind::done)
    note_done(letter.from, message);
  else if (!stop_)
    take_on(message.job, message.first, message.count);
}

void OnDemand::take_on(Number number, std::int64_t first, std::int64_t count) {
  const bool has_free_slot = std::ssize(under_way_) < settings_.slots->count();
  const double waited = has_free_slot ? seconds_since(idle_since_) : 0.0;
  const std::int64_t tag = ++newest_tag_;
  under_way_[tag] = {{.kind = Message::Kind::done, .job = number, .first = first, .count = count, .waited = waited},
                     count};
  for (std::int64_t task = first; task < first + count; ++task)
    worker_.submit([evaluate = open_.at(number).job.evaluate, task](int slot) { return evaluate(task, slot); }, tag);
}

// Takes what the worker has finished; returns a chunk that is done with it, if one is.
std::optional<OnDemand::Message> OnDemand::collect() {
  const auto note_failure = [this] {
    if (!failed_) failed_ = std::current_exception();
  };
  while (true) {
    std::optional<Worker::Finished> finished;
    try {
      finished = worker_.take_finished();
    } catch (...) {
      note_failure();
      continue;
    }
    if (!finished) return std::nullopt;
    const auto at = under_way_.find(finished->tag);
    Chunk& chunk = at->second;
    chunk.message.seconds += finished->group.seconds;
    chunk.message.unclean += !finished->group.failure.empty() || settings_.slots->take_news() ? 1 : 0;
    try {
      open_.at(chunk.message.job).job.take(std::move(finished->group));
    } catch (...) {
      note_failure();
      ++chunk.message.unclean;
    }
    if (--chunk.left > 0) continue;
    const Message done = chunk.message;
    under_way_.erase(at);
    idle_since_ = Clock::now();
    return done;
  }
}

void OnDemand::guard_time() {
  if (settings_.time_limit) settings_.slots->interrupt_after(*settings_.time_limit);
}

// After a stop: nothing new begins, and what runs may end in time.
void OnDemand::wind_up(double grace) {
  constexpr double to_obey = 5.0;  // seconds, once interrupted
  worker_.drop_queued();
  settings_.slots->forbid_more();
  for (const auto start = Clock::now(); worker_.running_since() && seconds_since(start) < grace;) {
    if (const auto less = asked_to_stop()) grace = std::min(grace, seconds_since(start) + *less);
    worker_.wait(longest_look_away);
    guard_time();
    while (collect()) {
    }
  }
  while (collect()) {
  }
  for (const auto start = Clock::now();
       settings_.slots->interruptible() && worker_.running_since() && seconds_since(start) < to_obey;) {
    settings_.slots->interrupt_after(0.0);
    worker_.wait(longest_look_away);
  }
  abandoned_ = worker_.running_since().has_value();
  if (abandoned_) {
    worker_.abandon();
    comm::leave_foreign_code();
  }
  worker_.drop_finished();
  open_.clear();
  under_way_.clear();
  finishing_ = 0;
  std::ranges::fill(in_flight_, 0);
  dealt_.clear();
}

// ------------------------------------------------------------------------------------------------- the coordinator's

void OnDemand::note_done(int rank, const Message& done) {
  const auto at = open_.find(done.job);
  if (at == open_.end()) return;
  Open& open = at->second;
  --in_flight_[static_cast<std::size_t>(rank)];
  dealt_.erase({done.job, done.first});
  open.done += done.count;
  open.any_unclean = open.any_unclean || done.unclean > 0;
  tasks_ += done.count;
  seconds_ += done.seconds;
  longest_ = std::max(longest_, done.seconds);
  waited_ += done.waited;
  ++chunks_;
  if (open.done == open.job.count) end(done.job, open);
}

void OnDemand::end(Number number, Open& open) {
  report(number, open);
  open.end = open.any_unclean ? End::done : End::clean;
  const Message message{.kind = Message::Kind::end, .unclean = open.any_unclean ? 1 : 0, .job = number};
  for (int rank = 1; rank < ranks_.size(); ++rank) mailbox_.post(rank, message);
}

// Of the job that is waited for, as long as it has no end.
void OnDemand::report(Number number, Open& open) {
  if (!ranks_.is_root() || number != finishing_ || !open.job.report || failed_ || open.end) return;
  try {
    open.job.report(open.done);
  } catch (...) {
    failed_ = std::current_exception();
    open.any_unclean = true;
  }
}

void OnDemand::deal() {
  const bool any_left =
      std::ranges::any_of(open_, [](const auto& job) { return job.second.next < job.second.job.count; });
  if (!any_left || stop_ || asked_to_stop()) return;
  for (const bool urgent : {true, false})
    for (auto& [number, open] : open_) {
      if (open.job.urgent != urgent) continue;
      deal(number, open);
      if (open.next < open.job.count) return;  // a later job may have its tasks dealt out further ahead
    }
}

void OnDemand::deal(Number number, Open& open) {
  for (int rank = 0; rank < settings_.evaluators && open.next < open.job.count; ++rank) {
    int& in_flight = in_flight_[static_cast<std::size_t>(rank)];
    while (open.next < open.job.count && in_flight < depth(open)) {
      const std::int64_t count = chunk(open);
      dealt_[{number, open.next}] = Clock::now();
      if (rank == 0)
        take_on(number, open.next, count);
      else
        mailbox_.post(rank, {.kind = Message::Kind::work, .job = number, .first = open.next, .count = count});
      open.next += count;
      ++in_flight;
    }
  }
}

std::optional<Clock::time_point> OnDemand::oldest() const {
  const auto oldest = std::ranges::min_element(dealt_, {}, [](const auto& chunk) { return chunk.second; });
  return oldest == dealt_.end() ? std::nullopt : std::optional(oldest->second);
}

// Tasks of a chunk: one, unless tasks are so short that letters would cost more than they.
std::int64_t OnDemand::chunk(const Open& open) const {
  constexpr double worth_a_letter = 5e-4;  // seconds
  const double mean = tasks_ > 0 ? seconds_ / static_cast<double>(tasks_) : worth_a_letter;
  const std::int64_t fair =
      (open.job.count - open.next) / (std::int64_t{4} * settings_.evaluators * settings_.slots->count());
  const double wanted = std::min(worth_a_letter / std::max(mean, 1e-9), static_cast<double>(fair));
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(wanted));
}

// Chunks that a rank has at a time: one for each slot. A further one hides the way of the letters where ranks wait for
// them, but may wait behind a long evaluation while others are free: so there is none unless the others have more to do
// than that takes.
int OnDemand::depth(const Open& open) const {
  constexpr double worth_hiding = 0.001;  // of the seconds in evaluations
  constexpr double longer = 1.3;          // than the longest of late may one be that nobody has seen the end of
  const int slots = settings_.slots->count();
  if (tasks_ == 0 || waited_ <= worth_hiding * seconds_) return slots;
  const double mean = seconds_ / static_cast<double>(tasks_);
  const double left = mean * static_cast<double>(open.job.count - open.next) / (settings_.evaluators * slots);
  return left > longer * longest_ ? slots + 1 : slots;
}

}  // namespace gmmvi::evaluation
