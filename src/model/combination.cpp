#include "model/combination.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/contract.hpp"
#include "math/log_sum_exp.hpp"
#include "model/duplicates.hpp"
#include "model/modes.hpp"

namespace gmmvi::model {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double negligible = 1e-12;

template <class Covariance>
struct FitOf {
  Mixture<Covariance> mixture;
  double log_mass;
  double elbo;
};

// ---- one covariance shape

Mixture<FullCovariance> with_full_covariances(const Mixture<FullCovariance>& mixture) {
  return mixture;
}

Mixture<FullCovariance> with_full_covariances(const Mixture<DiagonalCovariance>& mixture) {
  std::vector<Mixture<FullCovariance>::Component> components;
  for (const auto& [id, gaussian] : mixture.components())
    components.push_back(
        {id, std::make_shared<const Gaussian<FullCovariance>>(
                 gaussian->mean(), FullCovariance::from_variances(gaussian->covariance().variances()))});
  return {std::move(components), mixture.log_weights(), mixture.next_id()};
}

template <class Covariance>
Mixture<Covariance> as(const AnyMixture& mixture) {
  if constexpr (std::is_same_v<Covariance, FullCovariance>)
    return std::visit([](const auto& m) { return with_full_covariances(m); }, mixture);
  else
    return std::get<Mixture<Covariance>>(mixture);
}

// ---- an order of fits that does not depend on how they were given

template <class Covariance>
std::vector<double> numbers_of(const FitOf<Covariance>& fit) {
  std::vector<double> numbers = {fit.log_mass, fit.elbo};
  numbers.insert(numbers.end(), fit.mixture.log_weights().begin(), fit.mixture.log_weights().end());
  const auto packed_size = static_cast<std::size_t>(Covariance::packed_size(fit.mixture.dimension()));
  for (const auto& component : fit.mixture.components()) {
    const Eigen::VectorXd& mean = component.gaussian->mean();
    numbers.insert(numbers.end(), mean.begin(), mean.end());
    numbers.resize(numbers.size() + packed_size);
    component.gaussian->covariance().pack(std::span(numbers).last(packed_size));
  }
  return numbers;
}

template <class Covariance>
std::vector<std::size_t> canonical_order(const std::vector<FitOf<Covariance>>& fits) {
  std::vector<std::vector<double>> numbers;
  for (const auto& fit : fits) numbers.push_back(numbers_of(fit));
  std::vector<std::size_t> order(fits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return numbers[a] < numbers[b]; });
  return order;
}

// ---- masses of modes

/// Where the components of fit r begin among those of all.
template <class Covariance>
std::vector<std::size_t> starts(const std::vector<FitOf<Covariance>>& fits) {
  std::vector<std::size_t> starts = {0};
  for (const auto& fit : fits) starts.push_back(starts.back() + static_cast<std::size_t>(fit.mixture.size()));
  return starts;
}

template <class Covariance>
std::vector<std::vector<std::size_t>> modes_of(const std::vector<FitOf<Covariance>>& fits) {
  const std::vector<std::size_t> first = starts(fits);
  std::vector<GaussianPointer<Covariance>> gaussians;
  Eigen::VectorXd log_masses(static_cast<Eigen::Index>(first.back()));
  for (std::size_t r = 0; r < fits.size(); ++r) {
    for (const auto& component : fits[r].mixture.components()) gaussians.push_back(component.gaussian);
    log_masses.segment(static_cast<Eigen::Index>(first[r]), fits[r].mixture.size()) =
        fits[r].mixture.log_weights().array() + fits[r].log_mass;
  }
  const std::vector<std::size_t> all = group_into_modes(gaussians, log_masses);
  std::vector<std::vector<std::size_t>> modes;
  for (std::size_t r = 0; r < fits.size(); ++r)
    modes.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(first[r]),
                       all.begin() + static_cast<std::ptrdiff_t>(first[r + 1]));
  return modes;
}

template <class Covariance>
Eigen::MatrixXd weights_in(const std::vector<std::vector<std::size_t>>& modes,
                           const std::vector<FitOf<Covariance>>& fits) {
  std::size_t count = 0;
  for (const auto& of_fit : modes) count = std::max(count, std::ranges::max(of_fit) + 1);
  Eigen::MatrixXd weights =
      Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(fits.size()));
  for (std::size_t r = 0; r < fits.size(); ++r)
    for (std::size_t k = 0; k < modes[r].size(); ++k)
      weights(static_cast<Eigen::Index>(modes[r][k]), static_cast<Eigen::Index>(r)) +=
          std::exp(fits[r].mixture.log_weights()[static_cast<Eigen::Index>(k)]);
  return weights;
}

/// [M x fits] log mass that each fit finds in each mode.
template <class Covariance>
Eigen::MatrixXd log_masses_of(const Eigen::MatrixXd& weights, const std::vector<FitOf<Covariance>>& fits) {
  Eigen::MatrixXd log_masses = weights.array().log();
  for (std::size_t r = 0; r < fits.size(); ++r)
    log_masses.col(static_cast<Eigen::Index>(r)).array() += fits[r].log_mass;
  return log_masses;
}

template <class Covariance>
Eigen::MatrixXd parts_of(const Eigen::MatrixXd& log_masses, const std::vector<FitOf<Covariance>>& fits) {
  Eigen::MatrixXd parts = Eigen::MatrixXd::Zero(log_masses.rows(), log_masses.cols());
  for (Eigen::Index m = 0; m < parts.rows(); ++m) {
    const double least = log_masses.row(m).maxCoeff() + std::log(least_share_found);
    Eigen::VectorXd logs = Eigen::VectorXd::Constant(parts.cols(), -infinity);
    for (Eigen::Index r = 0; r < parts.cols(); ++r)
      if (log_masses(m, r) >= least) logs[r] = fits[static_cast<std::size_t>(r)].elbo;
    const double log_sum = math::log_sum_exp(logs);
    for (Eigen::Index r = 0; r < parts.cols(); ++r)
      if (logs[r] > -infinity) parts(m, r) = std::exp(logs[r] - log_sum);
  }
  return parts;
}

// ---- the mixture

template <class Covariance>
struct Collected {
  std::vector<Sourced<Covariance>> components;
  Eigen::Index merged = 0, negligible = 0;
};

/// Of one mode, whose parts are given.
template <class Covariance>
void collect(std::size_t mode, const std::vector<std::vector<std::size_t>>& modes, const Eigen::RowVectorXd& parts,
             double log_mass, const std::vector<FitOf<Covariance>>& fits, Collected<Covariance>& collected) {
  std::vector<Sourced<Covariance>> components;
  for (std::size_t r = 0; r < fits.size(); ++r)
    for (std::size_t k = 0; k < modes[r].size(); ++k) {
      if (modes[r][k] != mode) continue;
      const double weight =
          parts[static_cast<Eigen::Index>(r)] *
          std::exp(fits[r].log_mass + fits[r].mixture.log_weights()[static_cast<Eigen::Index>(k)] - log_mass);
      if (weight >= negligible) components.push_back({{fits[r].mixture.components()[k].gaussian, weight}, {r}});
      collected.negligible += weight < negligible;
    }
  const std::size_t before = components.size();
  components = merge_duplicates(std::move(components));
  collected.merged += static_cast<Eigen::Index>(before - components.size());
  std::ranges::move(components, std::back_inserter(collected.components));
}

template <class Covariance>
Mixture<Covariance> mixture_of(const std::vector<Sourced<Covariance>>& components) {
  std::vector<GaussianPointer<Covariance>> gaussians;
  Eigen::VectorXd weights(static_cast<Eigen::Index>(components.size()));
  for (std::size_t k = 0; k < components.size(); ++k) {
    gaussians.push_back(components[k].component.gaussian);
    weights[static_cast<Eigen::Index>(k)] = components[k].component.weight;
  }
  return {std::move(gaussians), weights};
}

template <class Covariance>
Combination combined(const std::vector<FitOf<Covariance>>& fits) {
  const auto modes = modes_of(fits);
  const Eigen::MatrixXd weights = weights_in(modes, fits), log_masses = log_masses_of(weights, fits),
                        parts = parts_of(log_masses, fits);
  // Parts are 0 where the logs are −∞.
  const Eigen::ArrayXXd counted = (parts.array() > 0.0).select(log_masses.array(), -infinity);
  const double largest = counted.maxCoeff();
  const Eigen::VectorXd masses = (parts.array() * (counted - largest).exp()).rowwise().sum();
  const double log_mass = largest + std::log(masses.sum());
  Collected<Covariance> collected;
  for (Eigen::Index m = 0; m < masses.size(); ++m)
    collect(static_cast<std::size_t>(m), modes, parts.row(m), log_mass, fits, collected);
  return {.mixture = mixture_of(collected.components),
          .log_mass = log_mass,
          .shares = masses / masses.sum(),
          .weights = weights,
          .parts = parts,
          .modes = modes,
          .merged = collected.merged,
          .negligible = collected.negligible};
}

/// Modes by their share.
void sort_modes(Combination& combination) {
  const Eigen::Index count = combination.shares.size();
  std::vector<Eigen::Index> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](Eigen::Index m) { return combination.shares[m]; });
  combination.shares = combination.shares(order).eval();
  combination.weights = combination.weights(order, Eigen::all).eval();
  combination.parts = combination.parts(order, Eigen::all).eval();
  std::vector<std::size_t> place(order.size());
  for (std::size_t m = 0; m < order.size(); ++m) place[static_cast<std::size_t>(order[m])] = m;
  for (auto& of_fit : combination.modes)
    for (std::size_t& mode : of_fit) mode = place[mode];
}

/// Columns and lists of fits, which are in the order `order`, as they were given.
void restore_order(Combination& combination, const std::vector<std::size_t>& order) {
  Combination sorted = combination;
  for (std::size_t r = 0; r < order.size(); ++r) {
    const auto from = static_cast<Eigen::Index>(r), to = static_cast<Eigen::Index>(order[r]);
    combination.weights.col(to) = sorted.weights.col(from);
    combination.parts.col(to) = sorted.parts.col(from);
    combination.modes[order[r]] = sorted.modes[r];
  }
}

template <class Covariance>
Combination combine_as(const std::vector<Fit>& fits) {
  std::vector<FitOf<Covariance>> given, sorted;
  for (const Fit& fit : fits) given.push_back({as<Covariance>(fit.mixture), fit.log_mass, fit.elbo});
  const std::vector<std::size_t> order = canonical_order(given);
  for (const std::size_t r : order) sorted.push_back(given[r]);
  Combination combination = combined(sorted);
  sort_modes(combination);
  restore_order(combination, order);
  return combination;
}

}  // namespace

Combination combine(const std::vector<Fit>& fits) {
  GMMVI_EXPECT(!fits.empty(), "something to combine");
  const bool all_diagonal = std::ranges::all_of(
      fits, [](const Fit& fit) { return std::holds_alternative<Mixture<DiagonalCovariance>>(fit.mixture); });
  return all_diagonal ? combine_as<DiagonalCovariance>(fits) : combine_as<FullCovariance>(fits);
}

}  // namespace gmmvi::model
