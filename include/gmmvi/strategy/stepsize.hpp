#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "gmmvi/options.hpp"

namespace gmmvi::strategy {

/// What a stepsize can go by.
struct StepsizeEvidence {
  std::int64_t updates = 0;           ///< that went before
  std::optional<bool> improved = {};  ///< whether the objective grew since the last time, if that is known
  /// Of a component: >= 1, how many times the samples that it needs it has. Rules with a largest stepsize may allow for
  /// one that is as many times as large.
  double headroom = 1.0;
  /// Of a component: the share of the gain that its steps promised which fresh samples have shown; below 0 where they
  /// show a loss. Absent where it is not known.
  std::optional<double> shown = {};
  double fresh = 0.0;  ///< the share of its samples, by importance, that told something new of that the last time
};

/// The families of stepsizes: how a stepsize (of a component, or of the weights) goes on from iteration to iteration.
class StepsizeRule {
 public:
  virtual ~StepsizeRule() = default;
  virtual double initial() const = 0;
  /// The stepsize for the next update.
  virtual double next(double stepsize, const StepsizeEvidence& evidence) const = 0;

  /// Whether it wants to know what fresh samples show of what steps promised, which costs a little.
  virtual bool goes_by_promises() const { return false; }

  static std::unique_ptr<StepsizeRule> make(const ComponentStepsizeOptions& options);
};

}  // namespace gmmvi::strategy
