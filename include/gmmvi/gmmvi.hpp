#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "gmmvi/archive.hpp"
#include "gmmvi/communicator.hpp"
#include "gmmvi/component_record.hpp"
#include "gmmvi/evaluation_host.hpp"
#include "gmmvi/evaluations.hpp"
#include "gmmvi/mixture.hpp"
#include "gmmvi/options.hpp"
#include "gmmvi/parts.hpp"
#include "gmmvi/rank_seconds.hpp"
#include "gmmvi/sample_db.hpp"
#include "gmmvi/solver_state.hpp"
#include "gmmvi/target.hpp"

namespace gmmvi {

/// What one iteration did; the same on every rank but for the seconds, which rank 0 has.
struct IterationReport {
  std::int64_t iteration = 0;    ///< 1 for the first
  std::int64_t evaluations = 0;  ///< of the target, since the start, that are done; with finite differences those
                                 ///< beside samples, too, but not those for metrics
  std::int64_t begun = 0;        ///< the same with those of batches in flight
  std::int64_t failures = 0;     ///< of these, without a value or, of samples themselves, without a gradient
  std::int64_t components = 0;   ///< after the iteration
  std::int64_t new_samples = 0;
  std::int64_t reused_samples = 0;
  std::int64_t refused_updates = 0;     ///< components whose step was not positive definite or not finite
  std::int64_t without_outputs = 0;     ///< samples inside the support that an estimator of outputs has none of
  double fraction_outside = 0.0;        ///< of the active samples, those with log density −∞
  bool batch_was_usable = true;         ///< false: no finite log density, so nothing was changed
  std::optional<double> elbo_estimate;  ///< Σ w E on the iteration's own samples; absent where the batch was not usable

  RankSeconds seconds;  ///< of all ranks together since the last iteration ended; of other ranks than 0: the own
  std::vector<double> evaluation_seconds =
      {};  ///< that each group of samples took, in no order; of other ranks: the own
};

/// How far a run will go, so that no evaluation begins that it will not use.
struct Limits {
  std::int64_t iterations = std::numeric_limits<std::int64_t>::max();
  std::int64_t evaluations = std::numeric_limits<std::int64_t>::max();  ///< once so many have begun no batch begins
};

/// Batches whose evaluation has begun and that no iteration has learnt from.
struct FlightReport {
  std::int64_t batches = 0;
  std::int64_t evaluations = 0;               ///< that they take
  std::optional<double> oldest_seconds = {};  ///< that the oldest running evaluation has taken; rank 0's
};

/// An estimate of the ELBO of a mixture over the support of the target, and what the same samples tell besides.
struct ElboEstimate {
  /// What it is from.
  enum class Source {
    fresh,    ///< samples of the mixture, drawn for this
    recycled  ///< the run's own evaluations, weighted; optimistic, as the mixture was fitted to them
  };
  Source source = Source::fresh;
  double value = 0.0;           ///< E_q[log p̃ − β log q], q the mixture cut off at the rim of the support
  double standard_error = 0.0;  ///< NaN where there are too few samples to tell
  double temperature = 1.0;     ///< β
  std::int64_t samples = 0;     ///< that had a finite log density
  std::int64_t outside = 0;     ///< samples with log density −∞: outside of the support
  std::int64_t failures = 0;    ///< samples whose evaluation gave no value; left out of everything
  double share_outside = 0.0;   ///< of the mixture, in [0, 1], by what the samples say
  /// Of the weights that make the ELBO: the number of samples where they are fresh.
  double elbo_effective_sample_size = 0.0;

  double entropy = 0.0;           ///< −E_q[log q], of all samples
  double mean_log_density = 0.0;  ///< E_q[log p̃] inside the support
  /// log ∫ p̃ by importance sampling, from the mixture or, where samples are recycled, from all Gaussians that they were
  /// drawn from; samples outside the support have weight 0. The effective sample size of the weights, and their
  /// Pareto k̂ (Vehtari et al. 2024).
  double log_evidence = 0.0;
  double log_evidence_standard_error = 0.0;  ///< by the delta method; NaN where there are too few samples to tell
  double effective_sample_size = 0.0;
  double pareto_k = 0.0;
  /// What the weights p̃ / q make of the mixture's marginals: the largest change of a mean, in weighted standard
  /// deviations; the mixture's standard deviations over the weighted ones, the least and the largest. NaN: not known.
  double mean_shift = std::numeric_limits<double>::quiet_NaN();
  double least_deviation = std::numeric_limits<double>::quiet_NaN();
  double largest_deviation = std::numeric_limits<double>::quiet_NaN();

  /// Whether the evidence is not carried by a few large weights: k̂ is below 0.7, or of at least a hundred samples the
  /// weights are so nearly equal (of the samples inside 90 % count) that no large one has been seen.
  bool evidence_is_trusted() const;
  /// All samples, with those that were left out.
  std::int64_t drawn() const { return samples + outside + failures; }
};

/// Fits a Gaussian mixture to a target by natural-gradient variational inference (Arenz et al., TMLR 2023).
/// All members are collective: every rank of the communicator calls them in the same order.
class Gmmvi {
 public:
  /// Throws Error where options, target and mixture do not fit each other. The mixture given decides on the covariance
  /// shape. `target` must outlive the result.
  static Gmmvi build_from_config(const Options& options, Target& target, AnyMixture mixture,
                                 Communicator communicator = {}, EvaluationHost host = {});
  /// With the initial mixture that `options.model_initialization` describes.
  static Gmmvi build_from_config(const Options& options, Target& target, Communicator communicator = {},
                                 EvaluationHost host = {});
  /// From parts, any of which may be the caller's own. Throws Error where they do not fit each other or the target.
  template <class Covariance>
  static Gmmvi build_from_parts(Parts<Covariance> parts, Target& target, Communicator communicator = {});

  Gmmvi(Gmmvi&&) noexcept;
  Gmmvi& operator=(Gmmvi&&) noexcept;
  ~Gmmvi();

  /// One natural-gradient step on the weights and on every component. Throws Error when no evaluation of the first
  /// iteration gave a value, or none of a hundred in a row (the target is broken).
  IterationReport train_iter();

  /// The current mixture; the same on every rank, bit for bit.
  const AnyMixture& mixture() const;
  /// The samples so far.
  const AnySampleDB& sample_db() const;
  /// What rank 0 knows of every component, in the mixture's order; empty on other ranks.
  const std::vector<ComponentRecord>& component_records() const;
  /// Puts evaluations of the target that were made elsewhere (rank 0's; other ranks may give anything) into the
  /// database, as candidates for new components: steps are not estimated from them, and evaluations() does not count
  /// them. Throws Error, before anything has changed, where a value is none or shapes do not fit, where the database
  /// keeps only the newest samples or may not have as many, or where it has the very same ones already.
  void add_evaluations(const Evaluations& earlier);
  /// ELBO of the current mixture from `samples` fresh samples; changes nothing in the run, and its evaluations are
  /// not among evaluations().
  ElboEstimate estimate_elbo(std::int64_t samples);
  /// The same without an evaluation, from those that the iterations made: from the newest samples whose Gaussian is
  /// known, as many as take a few seconds at most, weighted over the mixture of all those Gaussians (deterministic
  /// mixture weights). Changes nothing in the run; the same on every rank.
  ElboEstimate recycled_elbo();
  std::int64_t iterations() const;
  std::int64_t evaluations() const;
  /// Batches of later iterations than these do not begin, nor any once so many evaluations have. The answer does not
  /// depend on it.
  void limit(const Limits& limits);
  /// Ends the evaluations that are under way, as at the end of a run; train_iter() would begin them again.
  void end_evaluations();
  /// Not collective.
  FlightReport flight() const;

  /// Says what this rank did since it last said so, or since the last iteration; what nobody says is `output`. Not
  /// collective.
  void book(double RankSeconds::*part);
  /// That the iteration under way was stopped: what it took is `unfinished`. Not collective.
  void book_unfinished();
  /// What the ranks did since the last iteration ended, or the last call; as in a report. Collective.
  RankSeconds take_seconds();
  /// D.
  Eigen::Index dimension() const;

  /// After a stop: whether an evaluation of this rank could not be ended. Its thread goes on with the target, so the
  /// process can only end at once (_exit). Not collective.
  bool left_an_evaluation() const;
  /// All that is needed to go on from here, but for the numbers of the samples. Of use on rank 0, which has all; not
  /// collective.
  SolverState state() const;
  /// Goes on from `state` (the same on every rank) as if nothing had been between, on any number of ranks: the samples
  /// come from the archive of the evaluation host. Returns how many of them no rank's archive had; unless that is 0
  /// this solver cannot be used. The solver has to be built with the options of before. Collective.
  std::int64_t restore(const SolverState& state);
  /// Gives `take` every sample that this rank keeps, consecutive ones of a batch as a group. Not collective.
  void each_own_group(const std::function<void(const FinishedGroup&)>& take) const;

  /// The solver behind this class, for one covariance shape.
  class Solver;

 private:
  explicit Gmmvi(std::unique_ptr<Solver> solver);
  std::unique_ptr<Solver> solver_;
};

}  // namespace gmmvi
