#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/communicator.hpp"
#include "gmmvi/evaluation_host.hpp"
#include "gmmvi/evaluation_options.hpp"
#include "gmmvi/sample_db.hpp"
#include "gmmvi/target.hpp"

#include "evaluation/evaluator.hpp"
#include "model/draw.hpp"

namespace gmmvi::solver {

/// Evaluations of the target since the start, those for metrics aside; the same on every rank.
struct EvaluationCounts {
  std::int64_t evaluations = 0;     ///< of batches that were collected, finite differences included
  std::int64_t failures = 0;        ///< of these, without a value
  std::int64_t samples = 0;         ///< that they are of
  std::int64_t failed_samples = 0;  ///< of these, without a value, or without the gradient that was wanted
  std::int64_t in_a_row = 0;  ///< of these, since the last batch with one; batches beside the sequence do not count
};

/// The batches of samples that the solver has evaluated, and what becomes of those that fail. Those of the sequence,
/// which iterations learn from, have their numbers from the moment they are asked for, and are collected in that order;
/// others are evaluated beside them. Members are collective unless they say otherwise.
template <class Covariance>
class Batches {
 public:
  using Draw = model::Draw<Covariance>;
  using NewSamples = typename SampleDB<Covariance>::NewSamples;

  Batches(Target& target, const EvaluationOptions& options, EvaluationHost host, Communicator communicator,
          bool with_gradients);

  /// A batch of the sequence.
  struct InFlight {
    std::uint64_t number = 0;  ///< SampleId::batch
    Draw draw;
    bool narrowed = false;  ///< whether it is drawn from a narrower mixture than the solver's
    bool begun = false;     ///< whether its evaluation has begun
  };
  /// Those that were asked for and are not done with, oldest first.
  const std::deque<InFlight>& in_flight() const { return in_flight_; }
  /// Puts one behind the others. Not collective.
  void ask_for(InFlight batch) { in_flight_.push_back(std::move(batch)); }
  /// Begins the oldest one that has not begun, if there is one.
  void begin_next();
  /// Evaluations that the batches take whose evaluation has begun. Not collective.
  std::int64_t begun() const;
  /// Ends the evaluation of all; they stay in flight.
  void end_all();
  /// The oldest one's samples, those that failed left out; begins it if it has not. Throws Stopped as Evaluator does:
  /// then all stay in flight, and have to be begun again. Throws Error where so many fail that going on is of no use.
  NewSamples collect(std::int64_t iteration);
  /// The oldest one, which has been collected, and is in flight no more. Not collective.
  InFlight pop() {
    InFlight oldest = std::move(in_flight_.front());
    in_flight_.pop_front();
    return oldest;
  }

  /// Samples that are evaluated at once, before those in flight.
  NewSamples evaluate_beside(std::uint64_t number, const Draw& draw, std::int64_t iteration);
  /// The mean of a Gaussian.
  NewSamples evaluate_mean(std::uint64_t number, const GaussianPointer<Covariance>& gaussian, std::int64_t iteration);
  /// The same for metrics: without gradients, and not counted.
  evaluation::BatchEvaluation evaluate_for_metrics(std::uint64_t number, const Draw& draw);

  const EvaluationCounts& counts() const { return counts_; }
  void set_counts(const EvaluationCounts& counts) { counts_ = counts; }
  void restore(std::deque<InFlight> in_flight) {
    end_all();
    in_flight_ = std::move(in_flight);
  }
  evaluation::Evaluator& evaluator() { return evaluator_; }
  const evaluation::Evaluator& evaluator() const { return evaluator_; }

 private:
  // Samples to be evaluated, and where they come from.
  struct Origin {
    std::vector<GaussianPointer<Covariance>> gaussians;
    std::vector<std::uint64_t> components;  // ids of those that they are, or none
    std::vector<std::int32_t> mapping;      // [N] which of them every sample is drawn from
    std::function<void(Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out)> draw;
  };
  static Origin origin_of(const Draw& draw);
  evaluation::EvaluationRequest request_of(std::uint64_t number, const Origin& origin, bool beside) const;
  NewSamples evaluate_at_once(std::uint64_t number, Origin origin, std::int64_t iteration);
  template <class Evaluate>
  evaluation::BatchEvaluation unless_stopped(Evaluate evaluate);
  NewSamples counted(evaluation::BatchEvaluation own, Origin origin, std::uint64_t number, bool beside,
                     std::int64_t iteration);
  static void leave_out(const std::vector<Eigen::Index>& failed, NewSamples& added);
  std::string reason_of_all(const std::string& own_reason) const;
  void give_up_if_hopeless(std::int64_t iteration, const std::string& own_reason) const;
  void give_up_if_too_many_fail(std::int64_t iteration, const std::string& own_reason) const;

  Communicator communicator_;
  double max_failure_fraction_;
  bool with_gradients_;
  evaluation::Evaluator evaluator_;
  std::deque<InFlight> in_flight_;
  EvaluationCounts counts_;
};

extern template class Batches<FullCovariance>;
extern template class Batches<DiagonalCovariance>;

}  // namespace gmmvi::solver
