#include "runner/job_end.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "runner/interruption.hpp"

namespace gmmvi::runner {
namespace {

/// To write the last files, before SLURM kills.
constexpr std::chrono::seconds margin{30};

/// Of a job that `begin` may be in: a variable that was left over from a job before says nothing, and no job ends in
/// centuries.
std::optional<JobEnd::Clock::time_point> end_by_slurm(JobEnd::Clock::time_point begin) {
  const char* const text = std::getenv("SLURM_JOB_END_TIME");  // seconds since 1970
  if (text == nullptr) return std::nullopt;
  const std::string_view view(text);
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), seconds);
  if (error != std::errc() || end != view.data() + view.size()) return std::nullopt;
  const auto since_1970 = std::chrono::duration_cast<std::chrono::seconds>(begin.time_since_epoch()).count();
  constexpr std::int64_t century = 100LL * 365 * 24 * 3600;
  if (seconds <= since_1970 || seconds > since_1970 + century) return std::nullopt;
  return JobEnd::Clock::time_point(std::chrono::seconds(seconds)) - margin;
}

}  // namespace

JobEnd::JobEnd(const RunOptions& options, JobEnd::Clock::time_point begin)
    : grace_(options.grace), deadline_(end_by_slurm(begin)) {
  if (options.max_wall_time) {
    const auto limit = begin + std::chrono::duration_cast<JobEnd::Clock::duration>(
                                   std::chrono::duration<double>(std::min(*options.max_wall_time, 1e9)));
    deadline_ = deadline_ ? std::min(*deadline_, limit) : limit;
  }
  // A job that is hardly longer than the grace is to get something done, too: else it would be resumed for ever.
  if (deadline_) grace_ = std::min(grace_, std::chrono::duration<double>(*deadline_ - begin).count() / 4.0);
}

std::optional<StopReason> JobEnd::reason() const {
  if (interruption() == Interruption::end) return StopReason::interrupted;
  return seconds_left() ? std::optional(StopReason::suspended) : std::nullopt;
}

std::optional<double> JobEnd::seconds_left() const {
  if (interruption() == Interruption::end) return 0.0;
  double left = grace_;
  if (deadline_) left = std::min(left, std::chrono::duration<double>(*deadline_ - JobEnd::Clock::now()).count());
  if (left >= grace_ && interruption() == Interruption::none) return std::nullopt;
  return std::max(0.0, left);
}

std::optional<double> JobEnd::seconds_to_go() const {
  if (!deadline_) return std::nullopt;
  return std::max(0.0, std::chrono::duration<double>(*deadline_ - JobEnd::Clock::now()).count() - grace_);
}

}  // namespace gmmvi::runner
