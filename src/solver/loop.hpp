#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/parts.hpp"

#include "model/active_batch.hpp"
#include "model/draw.hpp"
#include "samples/density_table.hpp"
#include "samples/gather.hpp"
#include "solver/batches.hpp"
#include "solver/candidate_search.hpp"
#include "solver/decisions.hpp"
#include "solver/solver.hpp"
#include "solver/time_sheet.hpp"
#include "strategy/promise.hpp"

namespace gmmvi::solver {

/// The loop of the algorithm over the ranks of a communicator, for one covariance shape: a batch of samples is asked
/// for and collected, components and weights learn from it, components are added and deleted. Rank 0 decides; every
/// rank holds the same mixture, evaluates its groups of samples, and makes the steps of the components that it owns.
/// Members are collective.
template <class Covariance>
class Loop final : public Gmmvi::Solver {
 public:
  Loop(Parts<Covariance> parts, Target& target, Communicator communicator);

  IterationReport train_iter() override;
  const AnyMixture& mixture() const override { return whole_; }
  const AnySampleDB& sample_db() const override { return database_; }
  const std::vector<ComponentRecord>& component_records() const override { return decisions_.records(); }
  ElboEstimate estimate_elbo(std::int64_t samples) override;
  ElboEstimate recycled_elbo() override;
  bool left_an_evaluation() const override { return batches_.evaluator().left_one_behind(); }
  SolverState state() const override;
  std::int64_t restore(const SolverState& state) override;
  void each_own_group(const std::function<void(const FinishedGroup&)>& take) const override;
  void add_evaluations(const Evaluations& earlier) override;
  void book(double RankSeconds::*part) override { time_.book(part); }
  void book_unfinished() override { time_.book_unfinished(); }
  void limit(const Limits& limits) override { limits_ = limits; }
  void end_evaluations() override;
  FlightReport flight() const override;
  RankSeconds take_seconds() override { return time_.turn(communicator_).seconds; }
  std::int64_t iterations() const override { return iteration_; }
  std::int64_t evaluations() const override { return batches_.counts().evaluations; }

 private:
  using Draw = model::Draw<Covariance>;
  using InFlight = typename Batches<Covariance>::InFlight;
  using NewSamples = typename SampleDB<Covariance>::NewSamples;
  using ComponentPlan = typename Decisions<Covariance>::ComponentPlan;
  using Adaptation = typename Decisions<Covariance>::Adaptation;
  using ImportedSample = std::pair<std::uint64_t, std::int32_t>;  // number of the batch, position in it

  // The samples of an iteration, known to all ranks, with what is known of them under the mixture.
  struct Active {
    samples::CanonicalGather gather;
    Eigen::VectorXd background;             // [N]
    std::vector<Eigen::Index> inside;       // positions of the samples inside the support
    double jump = 0.0;                      // at the rim of the support, in nats
    std::vector<BatchSlice> window;         // they
    Eigen::Index reused = 0;                // samples before the new ones
    InFlight batch;                         // the new ones
    std::vector<std::int32_t> new_mapping;  // source that every one of them was drawn from
    std::vector<Eigen::Index> awake;        // components that the batch knows: the others sleep, or came after its draw
  };
  // Candidates for the mean of a new component: the own ones, and who has each of all.
  struct Candidates {
    Evaluations own;                                    // with gradients where it matters where these lead
    std::vector<std::uint32_t> near;                    // ids of components that these may be near to
    std::size_t of_database = 0;                        // so many of the own ones, the first
    std::vector<std::optional<ImportedSample>> claims;  // [C] an import's word, which the target has not confirmed
    std::vector<std::int32_t> holders;                  // [C]
    std::vector<std::int64_t> indices;                  // of the first of them, which are of the database
    int refuted = 0;
  };
  // What the search for a new component has asked of the target, and changes when it has come to its end.
  struct Findings {
    std::vector<NewSamples> samples = {};
    std::vector<ImportedSample> asked = {};
  };

  Mixture<Covariance>& model() { return std::get<Mixture<Covariance>>(mixture_); }
  const Mixture<Covariance>& model() const { return std::get<Mixture<Covariance>>(mixture_); }
  SampleDB<Covariance>& database() { return std::get<SampleDB<Covariance>>(database_); }
  const SampleDB<Covariance>& database() const { return std::get<SampleDB<Covariance>>(database_); }
  /// The iteration that is under way.
  std::int64_t current() const { return iteration_ + 1; }

  // Asking for batches.
  std::int64_t wanted_for_reuse() const;
  void ask_for_batches();
  void begin_batches();
  std::optional<strategy::EffectiveSampleSizes> effective_sample_sizes();
  std::vector<BatchSlice> in_flight_slices(std::int64_t count) const;
  const InFlight& in_flight(const BatchSlice& slice) const;
  typename SampleDB<Covariance>::OwnSamples own_in_flight(const std::vector<BatchSlice>& slices) const;
  std::vector<std::int32_t> holders_in_flight(const std::vector<BatchSlice>& slices) const;
  typename SampleDB<Covariance>::Background background_of(const BatchSlice& slice) const;
  Eigen::MatrixXd log_weights_of_components(samples::DensityTable<Covariance>& table,
                                            const std::vector<BatchSlice>& slices) const;
  Eigen::VectorXd log_densities_of(const Window& window) const;
  Draw draw_of(std::int64_t iteration, double width) const;
  double search_width(std::int64_t iteration) const;

  // Learning from one.
  IterationReport learn();
  void adopt(const Draw& draw);
  Active gather_active(std::int64_t reused, InFlight batch, std::vector<std::int32_t> new_mapping);
  std::vector<Eigen::Index> awake_with(const InFlight& batch) const;
  void update_components(Active& active, IterationReport& report);
  struct Expectation;
  Expectation expectation(Active& active);
  std::optional<strategy::OutputsBatch> outputs_batch() const;
  using Seats = std::vector<std::optional<Gaussian<Covariance>>>;
  Seats seats_of(const Active& active, const Expectation& expected) const;
  Eigen::VectorXd log_ratios(const Active& active, const Eigen::VectorXd& model_log_densities) const;
  struct Step;
  Step step(Eigen::Index k, const Active& active, const strategy::EstimationBatch& batch,
            const Eigen::VectorXd& log_densities) const;
  strategy::Standing standing(Eigen::Index k, const Active& active, const Expectation& expected,
                              const Eigen::VectorXd& log_densities) const;
  std::vector<Eigen::Index> own_samples_of(Eigen::Index k, const Active& active) const;
  Eigen::VectorXd weights_of_own_samples(Eigen::Index k, const Active& active,
                                         const std::vector<Eigen::Index>& positions,
                                         const Eigen::VectorXd& log_densities) const;
  Eigen::MatrixXd packed(const std::vector<Step>& steps, const std::vector<Eigen::Index>& components) const;
  GaussianPointer<Covariance> unpacked(const Eigen::VectorXd& step) const;
  void throw_where_a_step_did(const Eigen::MatrixXd& steps, const std::string& own_reason) const;
  void accept(const Eigen::MatrixXd& steps, const std::vector<Step>& own, const Active& active,
              IterationReport& report);
  void update_weights(const Active& active, IterationReport& report);
  Eigen::VectorXd expected_log_ratios(const Active& active);

  // Deleting and adding components.
  void adapt_components();
  struct NewComponent {
    GaussianPointer<Covariance> gaussian;
    double weight;  // before normalisation
  };
  std::optional<NewComponent> new_component(Findings& findings);
  Candidates find_candidates(Findings& findings);
  std::optional<Eigen::Index> choose(const Candidates& candidates, CandidateSearch<Covariance>& search,
                                     const Mixture<Covariance>& judging);
  std::optional<Eigen::Index> choose_elsewhere(const Candidates& candidates, const Eigen::VectorXd& target,
                                               const Eigen::VectorXd& model, const Mixture<Covariance>& judging);
  Eigen::VectorXd point_of(const Candidates& candidates, Eigen::Index candidate) const;
  NewComponent component_at(const Eigen::VectorXd& point) const;
  GaussianPointer<Covariance> round_gaussian_at(const Eigen::VectorXd& point) const;
  std::vector<std::optional<ImportedSample>> claims_of(std::vector<std::int64_t>& indices) const;
  bool can_rely_on(Eigen::Index chosen, Candidates& candidates, Findings& findings);
  double ask_target(const GaussianPointer<Covariance>& at_its_mean, Findings& findings);
  void warn_of_refuted(const ImportedSample& import, double said, double found, std::size_t asked) const;

  // Stopping and going on.
  void write_in_flight(SolverState& state) const;
  void read_in_flight(const SolverState& state, const std::vector<GaussianPointer<Covariance>>& known);
  LearntIteration learnt_state() const;
  void read_learnt(const SolverState& state);
  typename SampleDB<Covariance>::OwnSamples earlier_samples();
  void keep_imported(std::uint64_t number, Eigen::Index first, const Evaluations& own) const;

  std::uint64_t seed_;
  double temperature_;  // β
  Target& target_;
  Communicator communicator_;
  std::shared_ptr<Archive> archive_;  // or none
  std::size_t most_in_flight_;        // batches
  Limits limits_;
  Strategies<Covariance> strategies_;
  bool with_gradients_;
  const OutputsModel* outputs_model_;  // of the target, for estimators that need it
  GaussianPointer<Covariance> prior_;  // or none
  Batches<Covariance> batches_;
  TimeSheet time_{batches_.evaluator()};
  Decisions<Covariance> decisions_;

  // the same on every rank
  AnyMixture mixture_;
  AnyMixture whole_;  // the mixture after the last whole iteration
  AnySampleDB database_;
  std::vector<ComponentPlan> plan_;
  std::int64_t iteration_ = 0;                 // the last that is complete
  std::int64_t updates_ = 0;                   // iterations that changed the mixture
  std::optional<IterationReport> learnt_;      // of the iteration under way, once the mixture has learnt from its batch
  std::optional<Adaptation> adaptation_;       // of it, once what is to be deleted is
  std::vector<ImportedSample> asked_imports_;  // their claims are replaced by what the target said
  model::ActiveBatch batch_;                   // of the last iteration, when the database was of this generation
  std::uint64_t batch_generation_ = 0;

  // the own samples of the active window, and this rank's share of those in flight
  samples::DensityTable<Covariance> table_, flight_table_;
};

}  // namespace gmmvi::solver
