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

/// [n] 1 where from the sample [D x n] of log density log p̃ the gradient of it leads to a component: where x + Σ_k
/// ∇log p̃(x), which is the mode if Σ_k is right, is in the reach of component k. So it is at the flanks of what is
/// known, however far away. Samples without a gradient (0) count as led to one; those not at `of` [m] are 0.
template <class Covariance>
Eigen::VectorXd explained(const Mixture<Covariance>& mixture, const Eigen::MatrixXd& samples,
                          const Eigen::MatrixXd& gradients, std::span<const Eigen::Index> of);

}  // namespace gmmvi::strategy
