#include "gmmvi/strategy/stepsize.hpp"

#include <algorithm>
#include <cmath>

#include "core/overloaded.hpp"

namespace gmmvi::strategy {
namespace {

class FixedStepsize final : public StepsizeRule {
 public:
  explicit FixedStepsize(const FixedStepsizeOptions& options) : options_(options) {}
  double initial() const override { return options_.initial_stepsize; }
  double next(double, std::int64_t, std::optional<bool>) const override { return options_.initial_stepsize; }

 private:
  FixedStepsizeOptions options_;
};

class DecayingStepsize final : public StepsizeRule {
 public:
  explicit DecayingStepsize(const DecayingStepsizeOptions& options) : options_(options) {}
  double initial() const override { return options_.initial_stepsize; }
  double next(double, std::int64_t updates, std::optional<bool>) const override {
    return options_.initial_stepsize / (1.0 + std::pow(static_cast<double>(updates), options_.annealing_exponent));
  }

 private:
  DecayingStepsizeOptions options_;
};

class ImprovementBasedStepsize final : public StepsizeRule {
 public:
  explicit ImprovementBasedStepsize(const ImprovementBasedStepsizeOptions& options) : options_(options) {}
  double initial() const override { return options_.initial_stepsize; }
  double next(double stepsize, std::int64_t updates, std::optional<bool> improved) const override {
    return next_with_headroom(stepsize, updates, improved, 1.0);
  }
  // With more samples there is less noise for a longer step to follow, and a stepsize only gets there by improvements.
  double next_with_headroom(double stepsize, std::int64_t, std::optional<bool> improved,
                            double headroom) const override {
    constexpr double most = 2.0;
    if (!improved || options_.initial_stepsize == 0.0) return stepsize;
    const double factor = *improved ? options_.stepsize_inc_factor : options_.stepsize_dec_factor;
    const double largest = options_.max_stepsize * std::clamp(headroom, 1.0, most);
    return std::clamp(factor * stepsize, options_.min_stepsize, largest);
  }

 private:
  ImprovementBasedStepsizeOptions options_;
};

}  // namespace

std::unique_ptr<StepsizeRule> StepsizeRule::make(const StepsizeOptions& options) {
  using Made = std::unique_ptr<StepsizeRule>;
  return std::visit(core::Overloaded{
                        [](const ImprovementBasedStepsizeOptions& o) -> Made {
                          return std::make_unique<ImprovementBasedStepsize>(o);
                        },
                        [](const DecayingStepsizeOptions& o) -> Made { return std::make_unique<DecayingStepsize>(o); },
                        [](const FixedStepsizeOptions& o) -> Made { return std::make_unique<FixedStepsize>(o); },
                    },
                    options);
}

}  // namespace gmmvi::strategy
