#pragma once

#include "gmmvi/strategy/natural_gradient.hpp"

/// The natural gradient in plain coordinates, in which the formulas and the golden files have it.
namespace gmmvi::test {

template <class Covariance>
struct PlainNaturalGradient {
  Eigen::VectorXd negated_gradient;                ///< ĝ [D]
  typename Covariance::Symmetric negated_hessian;  ///< Ĥ
};

template <class Covariance>
PlainNaturalGradient<Covariance> in_plain_coordinates(const strategy::NaturalGradient<Covariance>& natural_gradient,
                                                      const Gaussian<Covariance>& gaussian) {
  return {gaussian.covariance().unwhiten_gradient(natural_gradient.whitened_gradient),
          gaussian.covariance().unwhiten_hessian(natural_gradient.whitened_hessian)};
}

template <class Covariance>
strategy::NaturalGradient<Covariance> whitened(const PlainNaturalGradient<Covariance>& natural_gradient,
                                               const Gaussian<Covariance>& gaussian) {
  return {gaussian.covariance().whiten_gradient(natural_gradient.negated_gradient),
          gaussian.covariance().whiten_hessian(natural_gradient.negated_hessian)};
}

}  // namespace gmmvi::test
