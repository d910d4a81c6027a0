#pragma once

#include <cstdint>
#include <memory>

#include "gmmvi/communicator.hpp"
#include "gmmvi/evaluation_host.hpp"
#include "gmmvi/mixture.hpp"
#include "gmmvi/options.hpp"
#include "gmmvi/sample_db.hpp"
#include "gmmvi/strategy/component_adapter.hpp"
#include "gmmvi/strategy/component_updater.hpp"
#include "gmmvi/strategy/natural_gradient.hpp"
#include "gmmvi/strategy/sample_selector.hpp"
#include "gmmvi/strategy/stepsize.hpp"
#include "gmmvi/strategy/weight_updater.hpp"

namespace gmmvi {

/// One member of each of the seven families.
template <class Covariance>
struct Strategies {
  std::unique_ptr<strategy::NaturalGradientEstimator<Covariance>> natural_gradient;
  std::unique_ptr<strategy::ComponentAdapter> component_adapter;
  std::unique_ptr<strategy::SampleSelector> sample_selector;
  std::unique_ptr<strategy::ComponentUpdater<Covariance>> component_updater;
  std::unique_ptr<strategy::StepsizeRule> component_stepsize;
  std::unique_ptr<strategy::WeightUpdater> weight_updater;
  std::unique_ptr<strategy::StepsizeRule> weight_stepsize;
};

/// The ten parts that a solver is made of: mixture, sample database, temperature, and one strategy of each family. Any
/// of them can be the user's own: a mixture fitted elsewhere, a database that holds samples already, a class of one's
/// own for a family (derived from its interface in gmmvi/strategy/; the same on every rank).
/// A solver counts its iterations from 1, and seed and iteration decide on its random numbers: one that goes on with
/// the mixture and the database of another needs another `seed`.
template <class Covariance>
struct Parts {
  /// As `options` describe them, with the initial mixture of `options.model_initialization`. Throws Error where they
  /// do not fit the dimension.
  static Parts build_from_config(const Options& options, Eigen::Index dimension, Communicator communicator = {});
  /// With a given mixture.
  static Parts build_from_config(const Options& options, Mixture<Covariance> mixture, Communicator communicator = {});

  Mixture<Covariance> mixture;
  SampleDB<Covariance> sample_db;  ///< with gradients exactly if the natural-gradient estimator needs them
  double temperature = 1.0;        ///< β > 0
  Strategies<Covariance> strategies;

  std::uint64_t seed = 0;
  GaussianPointer<Covariance> prior = nullptr;  ///< which adapters draw candidates from, or none
  EvaluationOptions evaluation = {};
  EvaluationHost host = {};
};

extern template struct Parts<FullCovariance>;
extern template struct Parts<DiagonalCovariance>;

}  // namespace gmmvi
