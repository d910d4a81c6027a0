#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/archive.hpp"
#include "gmmvi/communicator.hpp"
#include "gmmvi/evaluation_host.hpp"
#include "gmmvi/evaluation_options.hpp"
#include "gmmvi/target.hpp"

#include "evaluation/differences.hpp"
#include "evaluation/group.hpp"
#include "evaluation/on_demand.hpp"

namespace gmmvi::evaluation {

/// What came of a batch.
struct BatchEvaluation : Evaluations {
  // the part of this rank, beside the evaluations
  std::vector<Eigen::Index> positions = {};  ///< [n] in the batch, ascending
  /// What went wrong with each evaluation here that has no value, in their order; with differences those of points
  /// beside anybody's samples, too.
  std::vector<std::string> reasons = {};
  std::int64_t own_evaluations = 0;  ///< that this rank made for the batch

  /// What the first failure here said; empty if there was none.
  std::string first_failure() const { return reasons.empty() ? "" : reasons.front(); }

  // the same on every rank
  std::vector<Eigen::Index> failed = {};  ///< positions in the batch of the samples without a value, ascending
  std::int64_t evaluations = 0;           ///< that the batch took: more than samples, where gradients are differences
  std::int64_t failures = 0;              ///< of these, without a value or, of samples themselves, without a gradient
};

/// Where this rank's time went while it waited for batches, but for that in which it evaluated.
struct Account {
  double drawing = 0.0;            ///< seconds; 0 where evaluations are dealt out on demand, which draw between others
  double journal = 0.0;            ///< seconds
  double idle = 0.0;               ///< seconds: all the others
  std::vector<double> calls = {};  ///< seconds of every group that was evaluated, those for metrics aside

  double total() const { return drawing + journal + idle; }
};

/// Evaluates batches of samples on the ranks of a communicator. Several may be under way: what nobody evaluates yet of
/// one that was submitted later is begun when nothing is left of those before. Members are collective unless they say
/// otherwise.
class Evaluator {
 public:
  /// Throws Error where the options do not fit the target.
  Evaluator(Target& target, EvaluationOptions options, Communicator communicator, EvaluationHost host = {});
  /// Waits for evaluations that run: end_all() does so for a while only.
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  /// Begins a batch whose number no other one has that is under way. Where evaluations are dealt out beforehand they
  /// are made when it is collected.
  void submit(const EvaluationRequest& request);
  /// What came of it, as soon as it is complete. Which groups a rank gets, and when, does not change what comes of
  /// them. Throws Stopped on every rank where the host said so on any, and Error where a failure is to abort: then no
  /// batch is under way any more.
  BatchEvaluation collect(std::uint64_t batch);
  /// Both in one. The other batches go on meanwhile, behind this one.
  BatchEvaluation evaluate(const EvaluationRequest& request);
  /// Ends all batches that are under way; evaluations that run have as long as after a stop, or after an error. All
  /// ranks do so, and none waits for another.
  void end_all();
  /// That a batch of so many samples takes. Not collective.
  std::int64_t evaluations_of(std::int64_t samples, bool with_gradients) const {
    return samples * (with_gradients && differences_ ? differences_->points() : 1);
  }
  /// Whether evaluations go on before their batch is collected: they are dealt out on demand. Not collective.
  bool runs_ahead() const { return on_demand_ != nullptr; }
  /// Rank 0: for how long the evaluation has run that has run for longest, of all ranks, if one runs. Not collective.
  std::optional<double> oldest_seconds() const;
  /// To be called often while batches are under way. Not collective, does not wait.
  void look_after();

  /// The account since the last call. Not collective.
  Account take_account() { return std::exchange(account_, {}); }
  /// Seconds of it so far. Not collective.
  double accounted() const { return account_.total(); }
  /// Seconds that this rank has evaluated up to `now`, in the mean over its slots. Not collective.
  double busy(BusyClock::Kind kind, BusyClock::Clock::time_point now = BusyClock::Clock::now()) const {
    return slots_->busy(kind, now);
  }
  /// After Stopped: whether an evaluation of this rank could not be ended. Its thread goes on with the target, so the
  /// process can only end at once (_exit). Not collective.
  bool left_one_behind() const { return on_demand_ && on_demand_->abandoned(); }

 private:
  /// What this rank has of a batch, and what nobody has yet.
  struct Part {
    std::vector<FinishedGroup> groups;
    std::vector<Eigen::Index> missing;  // groups by number, ascending; the same on every rank, as
    bool any_known = false;             // whether any rank had groups
    std::vector<Eigen::Index> earlier;  // points that an earlier process evaluated, ascending
  };
  struct UnderWay {
    EvaluationRequest request;  // of points, where gradients are differences
    Part part = {};
    OnDemand::Number job = 0;
  };
  Part known_part(const EvaluationRequest& request);
  bool is_of(const EvaluationRequest& request, const FinishedGroup& group) const;
  void evaluate_fixed_share(UnderWay& batch);
  OnDemand::Job job_of(const std::shared_ptr<UnderWay>& batch);
  BatchEvaluation collected(UnderWay& batch);
  void note_failures(const EvaluationRequest& request, const std::vector<Eigen::Index>& own_failed,
                     const std::vector<std::size_t>& counts, BatchEvaluation& result) const;
  Eigen::VectorXd log_densities_of_all(const BatchEvaluation& own) const;
  void fail_without_gradient(const Eigen::VectorXd& log_densities, const EvaluationRequest& request,
                             BatchEvaluation& points) const;
  BatchEvaluation samples_of(BatchEvaluation points, const Eigen::VectorXd& log_densities) const;
  void keep_samples(const BatchEvaluation& own, const UnderWay& batch);
  double busy_in_all() const { return busy(BusyClock::Kind::iteration) + busy(BusyClock::Kind::metrics); }
  void take(FinishedGroup&& group, UnderWay& batch);
  void say_where_floating_point_changed(int rank);
  void report_failures(const BatchEvaluation& result, const EvaluationRequest& request,
                       const std::vector<std::size_t>& counts) const;

  Target& target_;
  EvaluationOptions options_;
  std::optional<Differences> differences_;  // where the target gives no gradients, but there can be some
  Communicator communicator_;
  EvaluationHost host_;
  int evaluators_;                                                // ranks that evaluate: the first so many
  std::shared_ptr<Slots> slots_;                                  // a thread left behind may outlive this
  std::unique_ptr<OnDemand> on_demand_;                           // or none: fixed shares
  std::map<std::uint64_t, std::shared_ptr<UnderWay>> under_way_;  // by number
  bool floating_point_said_ = false;                              // the same on every rank
  bool collecting_ = false;
  std::shared_ptr<const std::function<void()>> errand_;  // of waiting collectives
  Account account_;
};

}  // namespace gmmvi::evaluation
