#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gmmvi/evaluation_host.hpp"

#include "runner/observer.hpp"
#include "runner/options.hpp"

namespace gmmvi::runner {

/// How fast a run is, and when its limits end it.
class Rate {
 public:
  explicit Rate(const RunOptions& options) : options_(options) {}

  /// Takes note of where the run stands.
  void note(const Progress& progress);
  /// `seconds` after that note: how much of the next iteration's batch is evaluated.
  void note_batch(double seconds, const BatchProgress& batch);
  /// Of the last few seconds, or iterations; none before there were two notes.
  std::optional<double> evaluations_per_second() const;
  /// How much of the ranks' time of the last few seconds of whole iterations went into evaluations, in [0, 1]; none
  /// before there were two notes of them.
  std::optional<double> utilization() const;
  /// Seconds until the first limit is reached, of the run or of its job, if it goes on like this; none where there is
  /// nothing to tell from.
  std::optional<double> seconds_left() const;

 private:
  struct Note {
    double seconds = 0, iterations = 0;
    std::int64_t evaluations = 0;
    RankSeconds spent;
  };
  RunOptions options_;
  std::optional<Note> before_, middle_, last_;  // at ends of iterations; `before_` is a few seconds before `last_`
  std::optional<Note> now_;                     // `last_`, or inside the batch after it
  bool knows_of_batch_ = false;                 // whether `before_` counts what an earlier job evaluated of the batch
  std::optional<double> last_job_seconds_left_, job_seconds_left_;
};

/// 83 as "1 min 23 s", to two units.
std::string duration_text(double seconds);

}  // namespace gmmvi::runner
