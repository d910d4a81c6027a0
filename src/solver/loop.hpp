#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/parts.hpp"

#include "evaluation/evaluator.hpp"
#include "model/active_batch.hpp"
#include "model/draw.hpp"
#include "samples/density_table.hpp"
#include "samples/gather.hpp"
#include "solver/solver.hpp"
#include "solver/time_sheet.hpp"
#include "strategy/weight_stepsize.hpp"

namespace gmmvi::solver {

/// The loop of the algorithm (design section 3) over the ranks of a communicator (section 4), for one covariance shape.
/// Rank 0 decides; every rank holds the same mixture, evaluates its groups of samples, and makes the steps of the
/// components that it owns. Members are collective.
template <class Covariance>
class Loop final : public Gmmvi::Solver {
 public:
  Loop(Parts<Covariance> parts, Target& target, Communicator communicator);

  IterationReport train_iter() override;
  const AnyMixture& mixture() const override { return mixture_; }
  const AnySampleDB& sample_db() const override { return database_; }
  const std::vector<ComponentRecord>& component_records() const override { return records_; }
  ElboEstimate estimate_elbo(std::int64_t samples) override;
  ElboEstimate recycled_elbo() override;
  bool between_iterations() const override { return !under_way_; }
  bool left_an_evaluation() const override { return evaluator_.left_one_behind(); }
  SolverState state() const override;
  std::int64_t restore(const SolverState& state) override;
  void each_own_group(const std::function<void(const FinishedGroup&)>& take) const override;
  void add_evaluations(const Evaluations& earlier) override;
  void book(double RankSeconds::*part) override { time_.book_all(part); }
  RankSeconds take_seconds() override { return time_.turn(communicator_).seconds; }
  std::int64_t iterations() const override { return iteration_; }
  std::int64_t evaluations() const override { return evaluations_; }

 private:
  // What rank 0 wants of a component in this iteration.
  struct ComponentPlan {
    std::int64_t new_samples = 0;
    double stepsize = 0.0;
    double ridge = 0.0;
    bool first_update = false;
  };
  // The samples of an iteration, known to all ranks, with what is known of them under the mixture.
  struct Active {
    samples::CanonicalGather gather;
    Eigen::VectorXd background;             // [N]
    std::vector<Eigen::Index> inside;       // positions of the samples inside the support
    double jump = 0.0;                      // at the rim of the support, in nats
    Eigen::Index reused = 0;                // samples before the new ones
    std::vector<std::int32_t> new_mapping;  // component that every new sample was drawn from
  };
  struct Adaptation {
    std::int64_t database_candidates = 0;
    std::int64_t prior_candidates = 0;
    bool add = false;
  };
  struct NewComponent {
    Eigen::Index candidate = -1;
    double variance = 0.0;
  };
  using ImportedSample = std::pair<std::uint64_t, std::int32_t>;  // number of the batch, position in it
  // Candidates for the mean of a new component: the own ones, and who has each of all.
  struct Candidates {
    Evaluations own;
    std::vector<std::int32_t> holders;
    std::vector<std::optional<ImportedSample>> claims;  // [C] an import's word, which the target has not confirmed
    int refuted = 0;
  };
  // Samples to be evaluated, and where they come from.
  struct Batch {
    std::vector<GaussianPointer<Covariance>> gaussians;
    std::vector<std::int32_t> mapping;  // [N] which of them every sample is drawn from
    std::function<void(Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out)> draw;
    bool reusable = true;
  };

  Mixture<Covariance>& model() { return std::get<Mixture<Covariance>>(mixture_); }
  const Mixture<Covariance>& model() const { return std::get<Mixture<Covariance>>(mixture_); }
  SampleDB<Covariance>& database() { return std::get<SampleDB<Covariance>>(database_); }
  const SampleDB<Covariance>& database() const { return std::get<SampleDB<Covariance>>(database_); }

  /// What a strategy of rank 0 answers; anything that it throws, every rank throws.
  template <class Ask>
  auto decided_by_root(Ask ask);

  Window select_samples();
  std::optional<strategy::EffectiveSampleSizes> effective_sample_sizes(const Window& window);
  Eigen::VectorXd log_densities_of(const Window& window, const samples::CanonicalGather& gather) const;
  void plan_components(const std::optional<strategy::EffectiveSampleSizes>& reused);
  model::Draw<Covariance> draw_new_samples();
  double search_width() const;
  void adopt(const model::Draw<Covariance>& draw);
  std::vector<std::int64_t> new_sample_counts(const std::optional<strategy::EffectiveSampleSizes>& reused);
  std::vector<std::int32_t> evaluate_and_store(const model::Draw<Covariance>& draw, bool reusable);
  std::vector<std::int32_t> evaluate_and_store(Batch batch);
  void leave_out_failures(evaluation::BatchEvaluation& own, typename SampleDB<Covariance>::NewSamples& added);
  std::string reason_of_all(const std::string& own_reason) const;
  void give_up_if_hopeless(std::int64_t evaluations, bool all_failed, const std::string& own_reason);
  void give_up_if_too_many_fail(const std::string& own_reason);
  Active gather_active(std::int64_t reused, std::vector<std::int32_t> new_mapping);

  void update_components(Active& active, IterationReport& report);
  struct Expectation;
  Expectation expectation(Active& active);
  using Seats = std::vector<std::optional<Gaussian<Covariance>>>;
  Seats seats_of(const Active& active, const Expectation& expected) const;
  Eigen::VectorXd log_ratios(const Active& active, const Eigen::VectorXd& model_log_densities) const;
  struct Step;
  Step step(Eigen::Index k, const Active& active, const strategy::EstimationBatch& batch,
            const Eigen::VectorXd& log_densities) const;
  Eigen::MatrixXd packed(const std::vector<Step>& steps, const std::vector<Eigen::Index>& components) const;
  GaussianPointer<Covariance> unpacked(const Eigen::VectorXd& step) const;
  void throw_where_a_step_did(const Eigen::MatrixXd& steps, const std::string& own_reason) const;
  void accept(const Eigen::MatrixXd& steps, const std::vector<Step>& own, IterationReport& report);

  void update_weights(const Active& active, IterationReport& report);
  Eigen::VectorXd expected_log_ratios(const Active& active);
  Eigen::VectorXd decide_weights(const Eigen::VectorXd& expected_log_ratios);

  void adapt_components();
  Adaptation plan_adaptation(std::vector<Eigen::Index>& deletions) const;
  void delete_components(const std::vector<Eigen::Index>& indices);
  void add_component(const Adaptation& adaptation);
  Candidates find_candidates(const Adaptation& adaptation);
  NewComponent choose(const Candidates& candidates);
  Eigen::VectorXd point_of(const Candidates& candidates, Eigen::Index candidate) const;
  GaussianPointer<Covariance> gaussian_at(const Eigen::VectorXd& point, double variance) const;
  std::vector<std::optional<ImportedSample>> claims_of(std::vector<std::int64_t>& indices) const;
  bool can_rely_on(const NewComponent& chosen, Candidates& candidates);
  double ask_target(const GaussianPointer<Covariance>& at_its_mean);
  void warn_of_refuted(const ImportedSample& import, double said, double found) const;
  NewComponent choose(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities) const;
  ComponentRecord new_record(std::uint64_t id) const;
  typename SampleDB<Covariance>::OwnSamples earlier_samples();
  void keep_imported(std::uint64_t number, Eigen::Index first, const Evaluations& own) const;

  std::uint64_t seed_;
  double temperature_;  // β
  Target& target_;
  Communicator communicator_;
  EvaluationOptions evaluation_;
  evaluation::Evaluator evaluator_;
  TimeSheet time_{evaluator_};
  Strategies<Covariance> strategies_;
  bool with_gradients_;
  GaussianPointer<Covariance> prior_;  // or none

  // the same on every rank
  AnyMixture mixture_;
  AnySampleDB database_;
  std::vector<ComponentPlan> plan_;
  std::int64_t iteration_ = 0;
  bool under_way_ = false;    // an iteration has begun to change the mixture
  std::int64_t updates_ = 0;  // iterations that changed the mixture
  std::int64_t evaluations_ = 0;
  std::int64_t failures_ = 0;
  std::vector<ImportedSample> asked_imports_;  // their claims are replaced by what the target said
  std::int64_t failures_in_a_row_ = 0;         // evaluations since the last batch with a value; prior candidates aside
  model::ActiveBatch batch_;                   // of the last iteration, when the database was of this generation
  std::uint64_t batch_generation_ = 0;

  // the own samples of the active window
  samples::DensityTable<Covariance> table_;

  // rank 0 only
  std::vector<ComponentRecord> records_;
  strategy::WeightStepsizeState weight_stepsize_;
  std::int64_t additions_ = 0;
};

}  // namespace gmmvi::solver
