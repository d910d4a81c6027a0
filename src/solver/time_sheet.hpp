#pragma once

#include <chrono>
#include <vector>

#include "gmmvi/communicator.hpp"
#include "gmmvi/gmmvi.hpp"

#include "evaluation/evaluator.hpp"

namespace gmmvi::solver {

/// Books every second of a rank to one part.
class TimeSheet {
 public:
  /// `evaluator` accounts for the time in it, and must outlive this.
  explicit TimeSheet(evaluation::Evaluator& evaluator) : evaluator_(evaluator) {}

  /// Books the time since the last booking, but for that in which this rank evaluated, or waited for a batch: the
  /// evaluator knows that.
  void book(double RankSeconds::*part);
  /// Books it to metrics, with what the evaluator did for them.
  void book_metrics();
  /// Books it as unfinished, with all that the evaluator did.
  void book_unfinished();
  /// What was booked since the last call: on rank 0 the sums over all ranks, elsewhere the own. Collective.
  struct Page {
    RankSeconds seconds;
    std::vector<double> evaluations;  // seconds of each group
  };
  Page turn(const Communicator& ranks);

 private:
  using Clock = std::chrono::steady_clock;

  // Seconds since the last booking: of the clock, of evaluations, and of what the evaluator has an account of.
  struct Interval {
    double all, for_iterations, for_metrics, accounted;
  };
  Interval since_last();
  evaluation::Account take_account();

  evaluation::Evaluator& evaluator_;
  RankSeconds own_;
  std::vector<double> calls_;
  Clock::time_point last_ = Clock::now();
  double for_iterations_ = 0.0, for_metrics_ = 0.0, accounted_ = 0.0;  // at the last booking
};

}  // namespace gmmvi::solver
