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

  /// Books the time since the last booking, but for that in the evaluator, which books itself.
  void book(double RankSeconds::*part);
  /// Books it with that in the evaluator.
  void book_all(double RankSeconds::*part);
  /// What was booked since the last call: on rank 0 the sums over all ranks, elsewhere the own. Collective.
  struct Page {
    RankSeconds seconds;
    std::vector<double> evaluations;  // seconds of each group
  };
  Page turn(const Communicator& ranks);

 private:
  using Clock = std::chrono::steady_clock;

  double since_last();

  evaluation::Evaluator& evaluator_;
  RankSeconds own_;
  Clock::time_point last_ = Clock::now();
  double accounted_ = 0.0;  // for by the evaluator, at the last booking
};

}  // namespace gmmvi::solver
