#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <Eigen/Core>

#include "gmmvi/component_record.hpp"
#include "gmmvi/mixture.hpp"

namespace gmmvi::strategy {

/// By how many nats an iteration the ELBO estimate grew lately: the mean of the last `window` iterations against that
/// of as many before. Of the components that were there, by their weights of then; none where no record goes back so
/// far.
std::optional<double> growth(std::span<const ComponentRecord> records, std::size_t window, double temperature);

/// [K] weights that say what the mixture is going to be, from those it has: components without weight that had time to
/// get one are left out (0), and young ones have an equal share at least. Such leftovers are often wide; their tails
/// would hide modes that the mixture lacks.
Eigen::VectorXd prospective_weights(std::span<const ComponentRecord> records, const Eigen::VectorXd& weights);

/// Whether two components of weight stand apart: no other one of weight has their means in its reach.
template <class Covariance>
bool has_modes_apart(const Mixture<Covariance>& mixture);

/// [n] 1 where the gradient [D x n] of log p̃ at the sample [D x n] points to a known component: x + Σ_k ∇log p̃(x) is in
/// the reach of some component k. At the flanks of a mode that has the component's shape it is its mean, however far
/// away. Only the samples `of` [m] are looked at: the others are 0, and samples without a gradient (0) are 1.
template <class Covariance>
Eigen::VectorXd explained(const Mixture<Covariance>& mixture, const Eigen::MatrixXd& samples,
                          const Eigen::MatrixXd& gradients, std::span<const Eigen::Index> of);

}  // namespace gmmvi::strategy
