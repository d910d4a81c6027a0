#include "solver/time_sheet.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace gmmvi::solver {
namespace {

// For the wire: the parts, then the evaluations.
std::vector<double> packed(const TimeSheet::Page& page) {
  std::vector<double> numbers;
  numbers.reserve(rank_seconds_parts.size() + page.evaluations.size());
  for (const RankSecondsPart& part : rank_seconds_parts) numbers.push_back(page.seconds.*part.seconds);
  numbers.insert(numbers.end(), page.evaluations.begin(), page.evaluations.end());
  return numbers;
}

void add(TimeSheet::Page& sum, std::span<const double> numbers) {
  const auto evaluations = numbers.subspan(rank_seconds_parts.size());
  for (const RankSecondsPart& part : rank_seconds_parts) {
    sum.seconds.*part.seconds += numbers.front();
    numbers = numbers.subspan(1);
  }
  sum.evaluations.insert(sum.evaluations.end(), evaluations.begin(), evaluations.end());
}

}  // namespace

TimeSheet::Interval TimeSheet::since_last() {
  using Kind = evaluation::BusyClock::Kind;
  const auto now = Clock::now();
  const double for_iterations = evaluator_.busy(Kind::iteration, now),
               for_metrics = evaluator_.busy(Kind::metrics, now);
  const double accounted = evaluator_.accounted();
  return {.all = std::chrono::duration<double>(now - std::exchange(last_, now)).count(),
          .for_iterations = for_iterations - std::exchange(for_iterations_, for_iterations),
          .for_metrics = for_metrics - std::exchange(for_metrics_, for_metrics),
          .accounted = accounted - std::exchange(accounted_, accounted)};
}

void TimeSheet::book(double RankSeconds::*part) {
  const Interval interval = since_last();
  own_.evaluation += interval.for_iterations;
  own_.metrics += interval.for_metrics;
  own_.*part += interval.all - interval.for_iterations - interval.for_metrics - interval.accounted;
}

void TimeSheet::book_metrics() {
  const double before = accounted_;  // of which nothing is booked yet
  const Interval interval = since_last();
  own_.evaluation += interval.for_iterations;
  own_.metrics += before + interval.all - interval.for_iterations;
  take_account();
}

void TimeSheet::book_unfinished() {
  const double before = accounted_;  // of which nothing is booked yet
  own_.unfinished += before + since_last().all;
  take_account();
}

evaluation::Account TimeSheet::take_account() {
  evaluation::Account account = evaluator_.take_account();
  calls_.insert(calls_.end(), account.calls.begin(), account.calls.end());
  accounted_ = 0.0;
  return account;
}

TimeSheet::Page TimeSheet::turn(const Communicator& ranks) {
  const evaluation::Account account = take_account();
  Page page{.seconds = std::exchange(own_, {}), .evaluations = std::exchange(calls_, {})};
  page.seconds.selection += account.drawing;
  page.seconds.journal += account.journal;
  page.seconds.idle += account.idle;
  if (ranks.size() == 1) return page;

  const std::vector<double> own = packed(page);
  const std::vector<std::size_t> counts = ranks.all_gather(own.size());
  const std::vector<double> all = ranks.gather(std::span<const double>(own), counts);
  if (!ranks.is_root()) return page;
  Page sum;
  auto next = std::span<const double>(all);
  for (const std::size_t count : counts) {
    add(sum, next.first(count));
    next = next.subspan(count);
  }
  return sum;
}

}  // namespace gmmvi::solver
