#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "gmmvi/options.hpp"

namespace gmmvi::strategy {

/// The families of stepsizes: how a stepsize (of a component, or of the weights) goes on from iteration to iteration.
class StepsizeRule {
 public:
  virtual ~StepsizeRule() = default;
  virtual double initial() const = 0;
  /// The stepsize for the next update. `updates`: how many went before; `improved`: whether the objective grew since
  /// the last time, if that is known.
  virtual double next(double stepsize, std::int64_t updates, std::optional<bool> improved) const = 0;
  /// The same for a component that has `headroom` >= 1 times the samples that it needs: rules with a largest stepsize
  /// may allow for one that is as many times as large, others take no notice.
  virtual double next_with_headroom(double stepsize, std::int64_t updates, std::optional<bool> improved,
                                    double /*headroom*/) const {
    return next(stepsize, updates, improved);
  }

  static std::unique_ptr<StepsizeRule> make(const StepsizeOptions& options);
};

}  // namespace gmmvi::strategy
