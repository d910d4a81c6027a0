#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/options.hpp"

#include "core/random.hpp"

namespace gmmvi::strategy {

/// Effective sample sizes of the samples that would be reused.
struct EffectiveSampleSizes {
  Eigen::VectorXd components;  ///< [K]
  double mixture = 0.0;
};

/// Family 4: turns effective sample sizes into numbers of new samples.
class SampleSelector {
 public:
  virtual ~SampleSelector() = default;
  /// How many of the newest samples of the database are reused with K components: ⌊ρ·n_des⌋·K.
  virtual std::int64_t reused_samples(Eigen::Index components) const = 0;
  /// [K] new samples to be drawn from every component; `reused` is none where there is nothing to reuse. `stream`: for
  /// what has to be drawn by lot.
  virtual std::vector<std::int64_t> new_samples(const std::optional<EffectiveSampleSizes>& reused,
                                                const Eigen::VectorXd& weights, core::Stream& stream) const = 0;

  static std::unique_ptr<SampleSelector> make(const SampleSelectorOptions& options);
};

}  // namespace gmmvi::strategy
