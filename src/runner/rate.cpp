#include "runner/rate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace gmmvi::runner {
namespace {

constexpr double window_seconds = 5.0;

}  // namespace

// Two notes take turns as the beginning of the window, so that it is between one and two windows long.
void Rate::note(const Progress& progress) {
  last_ = now_ = Note{progress.wall_seconds, static_cast<double>(progress.report.iteration),
                      progress.report.evaluations, progress.job_seconds};
  last_job_seconds_left_ = job_seconds_left_ = progress.job_seconds_left;
  knows_of_batch_ = false;
  if (!before_) before_ = middle_ = last_;
  if (last_->seconds - middle_->seconds < window_seconds) return;
  before_ = middle_;
  middle_ = last_;
}

void Rate::note_batch(double seconds, const BatchProgress& batch) {
  if (!last_) return;
  const auto iterations = [&](std::int64_t samples) {
    return static_cast<double>(samples) / static_cast<double>(batch.size);
  };
  if (!knows_of_batch_) {
    for (auto* note : {&before_, &middle_}) {
      (*note)->iterations += iterations(batch.known);
      (*note)->evaluations += batch.known;
    }
    knows_of_batch_ = true;
  }
  now_ = last_;
  now_->seconds += seconds;
  now_->iterations += iterations(batch.done);
  now_->evaluations += batch.done;
  if (last_job_seconds_left_) job_seconds_left_ = *last_job_seconds_left_ - seconds;
}

std::optional<double> Rate::evaluations_per_second() const {
  if (!now_ || now_->seconds <= before_->seconds) return std::nullopt;
  return static_cast<double>(now_->evaluations - before_->evaluations) / (now_->seconds - before_->seconds);
}

std::optional<double> Rate::utilization() const {
  if (!now_) return std::nullopt;
  const double spent = now_->spent.total() - before_->spent.total();
  if (spent <= 0.0) return std::nullopt;
  return (now_->spent.evaluation - before_->spent.evaluation) / spent;
}

std::optional<double> Rate::seconds_left() const {
  if (!now_ || now_->seconds <= before_->seconds) return std::nullopt;
  const double seconds = now_->seconds - before_->seconds;
  double left = std::numeric_limits<double>::infinity();
  const auto limit = [&](std::int64_t end, double now, double before) {
    if (now > before) left = std::min(left, (static_cast<double>(end) - now) * seconds / (now - before));
  };
  const auto evaluations = [](const Note& note) { return static_cast<double>(note.evaluations); };
  limit(options_.iterations, now_->iterations, before_->iterations);
  if (options_.max_evaluations) limit(*options_.max_evaluations, evaluations(*now_), evaluations(*before_));
  if (options_.max_seconds) left = std::min(left, *options_.max_seconds - now_->seconds);
  if (job_seconds_left_) left = std::min(left, *job_seconds_left_);
  if (!std::isfinite(left)) return std::nullopt;
  return std::max(0.0, left);
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::min(seconds, 1e15)));
  const std::int64_t minutes = whole / 60, hours = minutes / 60, days = hours / 24;
  if (days > 0) return fmt::format("{} d {} h", days, hours % 24);
  if (hours > 0) return fmt::format("{} h {} min", hours, minutes % 60);
  if (minutes > 0) return fmt::format("{} min {} s", minutes, whole % 60);
  return fmt::format("{} s", whole);
}

}  // namespace gmmvi::runner
