#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "gmmvi/eigen.hpp"
#include "gmmvi/options.hpp"

namespace gmmvi::strategy {

/// Effective sample sizes of the samples that would be reused.
struct EffectiveSampleSizes {
  Eigen::VectorXd components;  ///< [K]
  double mixture = 0.0;
};

/// New samples to be drawn.
struct SampleRequest {
  std::vector<std::int64_t> from_components = {};  ///< [K] so many from every component; empty: none
  std::int64_t from_mixture = 0;                   ///< beside these; lots decide how many fall to each component
};

/// The family of sample selectors: turns effective sample sizes into numbers of new samples.
class SampleSelector {
 public:
  virtual ~SampleSelector() = default;
  /// How many of the newest samples of the database are reused with K components: ⌊ρ·n_des⌋·K.
  virtual std::int64_t reused_samples(Eigen::Index components) const = 0;
  /// The samples to be drawn for K components; `reused` is none where there is nothing to reuse.
  virtual SampleRequest new_samples(const std::optional<EffectiveSampleSizes>& reused,
                                    Eigen::Index components) const = 0;
  /// The effective sample size that every component is to have; none where only that of the mixture counts.
  virtual std::optional<double> desired_of_component() const { return std::nullopt; }
  /// Components of less weight may do without new samples; 0 where none may.
  virtual double negligible_weight() const { return 0.0; }
  /// What components have of a wide batch is in proportion to their weights to this power.
  virtual double weight_exponent() const { return 0.0; }
  /// New samples that a component without weight gets at most; none for no limit.
  virtual std::optional<std::int64_t> most_for_light_component() const { return std::nullopt; }
  /// In how many iterations a component that has far more effective samples than desired gets new ones once.
  virtual std::int64_t sample_iters() const { return 1; }

  static std::unique_ptr<SampleSelector> make(const SampleSelectorOptions& options, Eigen::Index dimension);
};

}  // namespace gmmvi::strategy
