#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/communicator.hpp"
#include "gmmvi/component_record.hpp"
#include "gmmvi/mixture.hpp"
#include "gmmvi/parts.hpp"
#include "gmmvi/solver_state.hpp"

#include "strategy/promise.hpp"
#include "strategy/weight_stepsize.hpp"

namespace gmmvi::solver {

/// What rank 0 decides, from records that it alone keeps and with strategies that may be the user's own. Every rank
/// learns the answers; what a strategy throws, every rank throws. Members are collective unless they say otherwise.
template <class Covariance>
class Decisions {
 public:
  Decisions(const Strategies<Covariance>& strategies, double temperature, std::uint64_t seed,
            const EvaluationOptions& evaluation, Communicator communicator);

  /// What is wanted of a component.
  struct ComponentPlan {
    std::int64_t new_samples = 0;  ///< in the batch that is asked for
    bool asleep = false;           ///< it has no part in that batch, and no new samples
    double stepsize = 0.0;         ///< of its next update, as what follows
    double ridge = 0.0;
    bool first_update = false;
    double jump = 0.0;  ///< at the rim of the support, that its last reward was computed with
  };
  /// [K] for a batch of that iteration: from every component what was asked of it, and its share of what was asked of
  /// the mixture with these weights [K].
  std::vector<ComponentPlan> plan(const std::optional<strategy::EffectiveSampleSizes>& reused,
                                  const Eigen::VectorXd& weights, std::int64_t iteration);
  /// [K] where no batch is asked for.
  std::vector<ComponentPlan> plan(Eigen::Index components);
  /// That component k has received an update. Not collective, as the next one.
  void note_step(Eigen::Index k, const ComponentPlan& plan, bool accepted);
  /// Where it stood before that update, or before none.
  void note_standing(Eigen::Index k, const strategy::Standing& before);

  /// [n] new log weights of n of the components, from those of now and the expected log ratios E.
  Eigen::VectorXd weights(const std::vector<Eigen::Index>& components, const Eigen::VectorXd& log_weights,
                          const Eigen::VectorXd& expected_log_ratios);
  /// How an iteration ended, in which these of the K components had a part: by rewards [K], expected log ratios E [K]
  /// and weights [K] after it, with what `jump` at the rim of the support. Not collective.
  void note_outcomes(const std::vector<Eigen::Index>& components, const Eigen::VectorXd& rewards,
                     const Eigen::VectorXd& expected_log_ratios, const Eigen::VectorXd& weights, double jump);

  /// Which of K components go after so many updates of the mixture, and what a new one is chosen from.
  struct Adaptation {
    std::vector<Eigen::Index> deletions;
    std::int64_t database_candidates = 0;
    std::int64_t prior_candidates = 0;
    std::int64_t additions = 0;
    bool elsewhere = false;  ///< by choose_elsewhere()
  };
  Adaptation adaptation(const Mixture<Covariance>& mixture, std::int64_t updates);
  /// Not collective, as the next one.
  void note_deletions(const std::vector<Eigen::Index>& deletions);
  void note_addition(std::uint64_t id);
  /// The candidate that becomes the mean of a new component; none if no one can. From their log densities [C] under the
  /// target and under the mixture, which rank 0 has.
  std::optional<Eigen::Index> choose(const Eigen::VectorXd& target_log_densities,
                                     const Eigen::VectorXd& model_log_densities);

  /// The same for candidates elsewhere; `explained` [C] as there.
  std::optional<Eigen::Index> choose_elsewhere(const Eigen::VectorXd& target_log_densities,
                                               const Eigen::VectorXd& model_log_densities,
                                               const Eigen::VectorXd& explained);
  /// What log p̃ is divided by before it is compared with log q: by need they are compared at the same temperature β, so
  /// that a mixture that is right has the same log ratio everywhere.
  double scale() const { return strategies_.component_adapter->judges_by_prospects() ? temperature_ : 1.0; }
  /// The mixture that candidates are judged by.
  Mixture<Covariance> judging(const Mixture<Covariance>& mixture);

  /// The adapter's, where choose() need not be asked.
  std::optional<double> threshold();

  /// Rank 0's, in the order of the components; empty elsewhere.
  const std::vector<ComponentRecord>& records() const { return records_; }
  void begin(const std::vector<std::uint64_t>& ids);

  // Stopping and going on: the parts of a state that are its. Not collective.
  void write(SolverState& state) const;
  void read(const SolverState& state);

 private:
  template <class Ask>
  auto decided(Ask ask);
  template <class Choose>
  std::optional<Eigen::Index> chosen_of(Eigen::Index candidates, Choose choose);
  double room() const;
  /// What a component has of a batch.
  struct Share {
    std::int64_t new_samples = 0;
    bool asleep = false;
  };
  template <class Ask>
  std::vector<ComponentPlan> planned(Eigen::Index components, Ask ask);
  void note_headroom(const std::vector<double>& headroom);
  double headroom_of(const ComponentRecord& record) const;
  ComponentRecord new_record(std::uint64_t id) const;

  const Strategies<Covariance>& strategies_;
  double temperature_;
  std::uint64_t seed_;
  std::optional<int> parallel_;  // samples of a batch at least
  std::size_t in_flight_;        // batches
  Communicator communicator_;

  // rank 0's
  std::vector<ComponentRecord> records_;
  strategy::WeightStepsizeState weight_stepsize_;
  std::int64_t additions_ = 0;
};

extern template class Decisions<FullCovariance>;
extern template class Decisions<DiagonalCovariance>;

}  // namespace gmmvi::solver
