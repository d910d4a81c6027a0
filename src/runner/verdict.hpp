#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "gmmvi/gmmvi.hpp"

#include "io/verdict.hpp"

namespace gmmvi::runner {

/// The last iterations of a run: a fifth of them, and twenty at least.
class RecentHistory {
 public:
  void note(const IterationReport& report);
  /// Those of metrics.jsonl up to `iteration`, of a run that goes on. What cannot be read is left out.
  static RecentHistory of_file(const std::string& path, std::int64_t iteration);

  io::RecentIterations summary() const;
  /// The ELBO estimate of the last iteration, if it has one.
  std::optional<double> last_estimate() const {
    return iterations_.empty() ? std::nullopt : iterations_.back().estimate;
  }

 private:
  struct Iteration {
    std::int64_t iteration, evaluations;
    std::optional<double> estimate;
    double fraction_outside;
    bool batch_was_usable;
    std::int64_t updates, refused_updates;
  };
  std::deque<Iteration> iterations_;
  std::int64_t evaluations_before_ = 0;  // those of the iterations that are kept
};

/// What a verdict is made from: where a run stands.
struct VerdictFacts {
  bool complete = true;  ///< the run itself came to its end
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;         ///< by the algorithm
  std::int64_t failures = 0;            ///< among them
  std::optional<double> elbo_estimate;  ///< the last iteration's own
  std::optional<ElboEstimate> elbo;     ///< the best there is
  io::RecentIterations recent;
  std::optional<double> modes_found, modes;  ///< where the target knows them
  bool gradients_are_outside = false;        ///< and may be wrong: a simulator's own
};

/// How good the result is, and why. Says only what the facts warrant: see docs/howto/judge.md.
io::Verdict judge(const VerdictFacts& facts);

/// The verdict for people: its word, and a line for every finding.
std::string to_text(const io::Verdict& verdict);

}  // namespace gmmvi::runner
