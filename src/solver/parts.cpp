#include "gmmvi/parts.hpp"

#include <optional>
#include <utility>

#include "comm/on_root.hpp"
#include "solver/check_options.hpp"
#include "solver/initial_mixture.hpp"

namespace gmmvi {
namespace {

template <class Covariance>
Strategies<Covariance> make_strategies(const Options& options, Eigen::Index dimension) {
  return {.natural_gradient = strategy::NaturalGradientEstimator<Covariance>::make(options.natural_gradient),
          .component_adapter = strategy::ComponentAdapter::make(options.component_adapter, dimension),
          .sample_selector = strategy::SampleSelector::make(options.sample_selector, dimension),
          .component_updater = strategy::ComponentUpdater<Covariance>::make(options.component_updater),
          .component_stepsize = strategy::StepsizeRule::make(options.component_stepsize),
          .weight_updater = strategy::WeightUpdater::make(options.weight_updater),
          .weight_stepsize =
              std::visit([](const auto& o) { return strategy::StepsizeRule::make(o); }, options.weight_stepsize)};
}

}  // namespace

template <class Covariance>
Parts<Covariance> Parts<Covariance>::build_from_config(const Options& options, Mixture<Covariance> mixture,
                                                       Communicator communicator) {
  const Eigen::Index dimension = mixture.dimension();
  GaussianPointer<Covariance> prior = nullptr;
  comm::attempt_on_all(communicator, [&] {
    solver::check_options(options);
    prior = solver::prior<Covariance>(options.model_initialization, dimension);
  });
  Strategies<Covariance> strategies = make_strategies<Covariance>(options, dimension);
  auto sample_db = SampleDB<Covariance>::build_from_config(
      {.max_samples = options.max_database_size, .keep_only_newest = !options.use_sample_database}, dimension,
      strategies.natural_gradient->needs_gradients(), std::move(communicator));
  return {.mixture = std::move(mixture),
          .sample_db = std::move(sample_db),
          .temperature = options.temperature,
          .strategies = std::move(strategies),
          .seed = options.seed,
          .prior = std::move(prior),
          .evaluation = options.evaluation};
}

template <class Covariance>
Parts<Covariance> Parts<Covariance>::build_from_config(const Options& options, Eigen::Index dimension,
                                                       Communicator communicator) {
  std::optional<Mixture<Covariance>> initial;
  comm::attempt_on_all(communicator, [&] {
    solver::check_options(options);
    initial = solver::initial_mixture<Covariance>(options.model_initialization, dimension, options.seed);
  });
  return build_from_config(options, *std::move(initial), std::move(communicator));
}

template struct Parts<FullCovariance>;
template struct Parts<DiagonalCovariance>;

}  // namespace gmmvi
