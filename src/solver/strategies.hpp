#pragma once

#include <memory>

#include "gmmvi/options.hpp"

#include "strategy/component_adapter.hpp"
#include "strategy/component_updater.hpp"
#include "strategy/natural_gradient.hpp"
#include "strategy/sample_selector.hpp"
#include "strategy/stepsize.hpp"
#include "strategy/weight_updater.hpp"

namespace gmmvi::solver {

/// One member of each family.
template <class Covariance>
struct Strategies {
  explicit Strategies(const Options& options)
      : estimator(strategy::NaturalGradientEstimator<Covariance>::make(options.natural_gradient)),
        adapter(strategy::ComponentAdapter::make(options.component_adapter)),
        selector(strategy::SampleSelector::make(options.sample_selector)),
        updater(strategy::ComponentUpdater<Covariance>::make(options.component_updater)),
        component_stepsize(strategy::StepsizeRule::make(options.component_stepsize)),
        weight_updater(strategy::WeightUpdater::make(options.weight_updater)),
        weight_stepsize(strategy::StepsizeRule::make(options.weight_stepsize)) {}

  std::unique_ptr<strategy::NaturalGradientEstimator<Covariance>> estimator;
  std::unique_ptr<strategy::ComponentAdapter> adapter;
  std::unique_ptr<strategy::SampleSelector> selector;
  std::unique_ptr<strategy::ComponentUpdater<Covariance>> updater;
  std::unique_ptr<strategy::StepsizeRule> component_stepsize;
  std::unique_ptr<strategy::WeightUpdater> weight_updater;
  std::unique_ptr<strategy::StepsizeRule> weight_stepsize;
};

}  // namespace gmmvi::solver
