#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "gmmvi/component_record.hpp"
#include "gmmvi/eigen.hpp"
#include "gmmvi/options.hpp"

namespace gmmvi::strategy {

/// Samples among which the means of new components are chosen.
struct CandidateRequest {
  std::int64_t from_database = 0;
  std::int64_t from_prior = 0;
  bool elsewhere = false;       ///< by choose_elsewhere(): only what leads to another mode
  std::int64_t components = 1;  ///< one after the other, as many as are found
};

/// What there is to look at when candidates are asked for.
struct Occasion {
  std::int64_t updates = 0;  ///< iterations done, this one included
  Eigen::Index components = 0;
  std::span<const ComponentRecord> records = {};
  double temperature = 1.0;
  /// Components that a batch as wide as the machine has the desired samples for; 0 where batches are not widened.
  double room = 0.0;
  /// Whether two components of weight stand apart, each out of the reach of all others. Takes K² D² operations.
  std::function<bool()> has_modes_apart = [] { return false; };
};

/// How a new component starts that is in the reach of others: with the covariance of its neighbourhood and this weight,
/// or as all others do.
struct Beginning {
  bool in_neighbourhood = false;
  double weight = 0.0;  ///< in the new mixture; in (0, 1)
};

/// The family of component adapters: which components go, and where a new one comes from. `updates`: iterations done,
/// this one included.
class ComponentAdapter {
 public:
  virtual ~ComponentAdapter() = default;
  /// How many rewards and weights of the past the decisions look at.
  virtual std::size_t history_length() const = 0;
  /// Ascending indices of the components to delete; never all of them.
  virtual std::vector<Eigen::Index> deletions(std::span<const ComponentRecord> records, std::int64_t updates) const = 0;
  /// What to choose a new component from, if one is due.
  virtual std::optional<CandidateRequest> candidates(const Occasion& occasion) const = 0;
  /// The candidate that becomes a mean, from log p̃ [C] and log q [C]; none if no score is finite. `additions`:
  /// components added so far (the threshold cycles with them).
  virtual std::optional<Eigen::Index> choose(const Eigen::VectorXd& target_log_densities,
                                             const Eigen::VectorXd& model_log_densities,
                                             std::int64_t additions) const = 0;
  /// The same for a request of candidates elsewhere. `explained` [C]: 1 where the gradient of log p̃ leads from the
  /// candidate to a component that there is; empty where there are no gradients.
  virtual std::optional<Eigen::Index> choose_elsewhere(const Eigen::VectorXd& target_log_densities,
                                                       const Eigen::VectorXd& model_log_densities,
                                                       const Eigen::VectorXd& explained, std::int64_t additions) const {
    static_cast<void>(target_log_densities), static_cast<void>(model_log_densities);
    static_cast<void>(explained), static_cast<void>(additions);
    return std::nullopt;
  }
  /// τ, where choose() takes the first candidate with the largest finite log p̃ − max(max log q − τ, log q): that one is
  /// found without log q of most candidates, and choose() is not called. Absent: it is.
  virtual std::optional<double> threshold(std::int64_t additions) const {
    static_cast<void>(additions);
    return std::nullopt;
  }

  /// The same on every rank.
  virtual Beginning beginning() const { return {}; }
  /// Whether log q of the candidates is that of the components with prospects (strategy/prospects.hpp) instead of all.
  /// The same on every rank.
  virtual bool judges_by_prospects() const { return false; }

  /// In so many dimensions.
  static std::unique_ptr<ComponentAdapter> make(const ComponentAdapterOptions& options, Eigen::Index dimension = 1);
};

}  // namespace gmmvi::strategy
