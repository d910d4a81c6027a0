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

double TimeSheet::since_last() {
  const auto now = Clock::now();
  return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
}

void TimeSheet::book(double RankSeconds::*part) {
  const double accounted = evaluator_.accounted();
  own_.*part += since_last() - (accounted - std::exchange(accounted_, accounted));
}

void TimeSheet::book_all(double RankSeconds::*part) {
  evaluator_.take_account();
  accounted_ = 0.0;
  own_.*part += since_last();
}

TimeSheet::Page TimeSheet::turn(const Communicator& ranks) {
  evaluation::Account account = evaluator_.take_account();
  accounted_ = 0.0;
  Page page{.seconds = std::exchange(own_, {}), .evaluations = std::move(account.evaluation)};
  page.seconds.selection += account.drawing;
  page.seconds.journal += account.journal;
  page.seconds.idle += account.idle;
  for (const double seconds : page.evaluations) page.seconds.evaluation += seconds;
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
