#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/archive.hpp"
#include "gmmvi/communicator.hpp"
#include "gmmvi/evaluation_options.hpp"
#include "gmmvi/target.hpp"

#include "evaluation/group.hpp"
#include "evaluation/on_demand.hpp"

namespace gmmvi::evaluation {

/// What came of a batch.
struct BatchEvaluation : Evaluations {
  // the part of this rank, beside the evaluations
  std::vector<Eigen::Index> positions;  ///< [n] in the batch, ascending
  std::vector<std::string> reasons;     ///< what went wrong with each of its failures, in their order

  /// What the first failure here said; empty if there was none.
  std::string first_failure() const { return reasons.empty() ? "" : reasons.front(); }

  // the same on every rank
  std::vector<Eigen::Index> failed;  ///< positions in the batch of the samples without a value, ascending
};

/// Where this rank's time went while batches were evaluated.
struct Account {
  double drawing = 0.0;            ///< seconds; 0 where evaluations are dealt out on demand, which draw between others
  double journal = 0.0;            ///< seconds
  double idle = 0.0;               ///< seconds: all the others
  std::vector<double> evaluation;  ///< seconds of every group that was evaluated

  double total() const;
};

/// Evaluates batches of samples on the ranks of a communicator. Members are collective.
class Evaluator {
 public:
  /// Throws Error where the options do not fit the target.
  Evaluator(Target& target, EvaluationOptions options, Communicator communicator);
  ~Evaluator();

  /// Every rank evaluates a part. Which groups it gets, and when, does not change what comes of them. Throws Stopped on
  /// every rank where `options.stop_requested` said so on any, and Error where a failure is to abort.
  BatchEvaluation evaluate(const EvaluationRequest& request);
  /// The time since the last call, of batches that have come to their end. Not collective.
  Account take_account() { return std::exchange(account_, {}); }
  /// Seconds in evaluate() since the last take_account(). Not collective.
  double accounted() const { return account_.total(); }
  /// After Stopped: whether an evaluation of this rank could not be ended. Its thread goes on with the target, so the
  /// process can only end at once (_exit). Not collective.
  bool left_one_behind() const { return on_demand_ && on_demand_->abandoned(); }

 private:
  /// What this rank has of a batch, and what nobody has yet.
  struct Part {
    std::vector<FinishedGroup> groups;
    std::vector<Eigen::Index> missing;  // groups by number, ascending; the same on every rank, as
    bool any_known = false;             // whether any rank had groups
  };
  Part known_part(const EvaluationRequest& request);
  bool is_of(const EvaluationRequest& request, const FinishedGroup& group) const;
  void evaluate_fixed_share(const EvaluationRequest& request, Part& part);
  OnDemand::End evaluate_on_demand(const EvaluationRequest& request, Part& part);
  BatchEvaluation evaluated(const EvaluationRequest& request);
  void take(FinishedGroup&& group, Part& part);
  void say_where_floating_point_changed(int rank);
  void report_failures(const BatchEvaluation& result, std::uint64_t batch,
                       const std::vector<std::size_t>& counts) const;

  Target& target_;
  EvaluationOptions options_;
  Communicator communicator_;
  std::shared_ptr<Attempts> attempts_ = std::make_shared<Attempts>();  // a thread left behind may outlive this
  std::unique_ptr<OnDemand> on_demand_;                                // or none: fixed shares
  bool floating_point_said_ = false;                                   // the same on every rank
  Account account_;
};

}  // namespace gmmvi::evaluation
