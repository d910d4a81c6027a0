#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "gmmvi/component_record.hpp"
#include "gmmvi/eigen.hpp"
#include "gmmvi/options.hpp"

namespace gmmvi::strategy {

/// Samples among which the mean of a new component is chosen.
struct CandidateRequest {
  std::int64_t from_database = 0;
  std::int64_t from_prior = 0;
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
  virtual std::optional<CandidateRequest> candidates(std::int64_t updates, Eigen::Index components) const = 0;
  /// The candidate that becomes a mean, from log p̃ [C] and log q [C]; none if no score is finite. `additions`:
  /// components added so far (the threshold cycles with them).
  virtual std::optional<Eigen::Index> choose(const Eigen::VectorXd& target_log_densities,
                                             const Eigen::VectorXd& model_log_densities,
                                             std::int64_t additions) const = 0;
  /// τ, where choose() takes the first candidate with the largest finite log p̃ − max(max log q − τ, log q): that one is
  /// found without log q of most candidates, and choose() is not called. Absent: it is.
  virtual std::optional<double> threshold(std::int64_t additions) const {
    static_cast<void>(additions);
    return std::nullopt;
  }

  /// The same on every rank.
  virtual Beginning beginning() const { return {}; }

  /// In so many dimensions.
  static std::unique_ptr<ComponentAdapter> make(const ComponentAdapterOptions& options, Eigen::Index dimension = 1);
};

}  // namespace gmmvi::strategy
