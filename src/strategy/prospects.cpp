#include "strategy/prospects.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "strategy/new_component.hpp"

namespace gmmvi::strategy {
namespace {

constexpr std::int64_t youth = 10;  // updates of the mixture, after which a component is where it belongs

// Of an equal share.
constexpr double without_weight = 0.01;

// Σ_k w_k (reward_k − β log w_k) / Σ_k w_k as it was `age` iterations ago: what the weights' stepsize goes by, too.
std::optional<double> elbo(std::span<const ComponentRecord> records, std::size_t age, double temperature) {
  constexpr double negligible = 1e-12;
  double sum = 0.0, total = 0.0;
  for (const ComponentRecord& record : records) {
    if (record.history.size() <= age) continue;
    const auto& [reward, weight] = record.history[record.history.size() - 1 - age];
    if (reward == no_reward || weight < negligible) continue;
    sum += weight * (reward - temperature * std::log(weight));
    total += weight;
  }
  return total > 0.0 ? std::optional(sum / total) : std::nullopt;
}

std::optional<double> mean_elbo(std::span<const ComponentRecord> records, std::size_t first, std::size_t count,
                                double temperature) {
  double sum = 0.0;
  for (std::size_t age = first; age < first + count; ++age) {
    const auto then = elbo(records, age, temperature);
    if (!then) return std::nullopt;
    sum += *then;
  }
  return sum / static_cast<double>(count);
}

}  // namespace

std::optional<double> growth(std::span<const ComponentRecord> records, std::size_t window, double temperature) {
  const auto now = mean_elbo(records, 0, window, temperature);
  const auto before = mean_elbo(records, window, window, temperature);
  if (!now || !before) return std::nullopt;
  return (*now - *before) / static_cast<double>(window);
}

Eigen::VectorXd prospective_weights(std::span<const ComponentRecord> records, const Eigen::VectorXd& weights) {
  const double share = 1.0 / static_cast<double>(weights.size());
  Eigen::VectorXd prospective = weights;
  for (Eigen::Index k = 0; k < weights.size(); ++k) {
    if (records[static_cast<std::size_t>(k)].age() < youth)
      prospective[k] = std::max(weights[k], share);
    else if (weights[k] < without_weight * share)
      prospective[k] = 0.0;
  }
  return prospective;
}

template <class Covariance>
bool has_modes_apart(const Mixture<Covariance>& mixture) {
  const double least = std::log(without_weight / static_cast<double>(mixture.size()));
  std::vector<Eigen::Index> of_weight;
  for (Eigen::Index k = 0; k < mixture.size(); ++k)
    if (mixture.log_weights()[k] >= least) of_weight.push_back(k);
  int apart = 0;
  for (const Eigen::Index k : of_weight) {
    const bool stands_apart = std::ranges::none_of(of_weight, [&](Eigen::Index other) {
      return other != k && is_in_reach(mixture.gaussian(other), mixture.gaussian(k).mean());
    });
    if (stands_apart && ++apart == 2) return true;
  }
  return false;
}

template <class Covariance>
Eigen::VectorXd explained(const Mixture<Covariance>& mixture, const Eigen::MatrixXd& samples,
                          const Eigen::MatrixXd& gradients, std::span<const Eigen::Index> of) {
  Eigen::VectorXd answers = Eigen::VectorXd::Zero(samples.cols());
  for (const Eigen::Index n : of) {
    const Eigen::VectorXd sample = samples.col(n), gradient = gradients.col(n);
    bool leads_to_one = gradient.isZero(0.0) || !gradient.allFinite();
    for (Eigen::Index k = 0; k < mixture.size() && !leads_to_one; ++k) {
      const auto& gaussian = mixture.gaussian(k);
      const Eigen::VectorXd whitened = gaussian.whiten(sample) + gaussian.covariance().whiten_gradient(gradient);
      leads_to_one = whitened.norm() <= reach(sample.size());
    }
    answers[n] = leads_to_one ? 1.0 : 0.0;
  }
  return answers;
}

template bool has_modes_apart(const Mixture<FullCovariance>&);
template bool has_modes_apart(const Mixture<DiagonalCovariance>&);
template Eigen::VectorXd explained(const Mixture<FullCovariance>&, const Eigen::MatrixXd&, const Eigen::MatrixXd&,
                                   std::span<const Eigen::Index>);
template Eigen::VectorXd explained(const Mixture<DiagonalCovariance>&, const Eigen::MatrixXd&, const Eigen::MatrixXd&,
                                   std::span<const Eigen::Index>);

}  // namespace gmmvi::strategy
