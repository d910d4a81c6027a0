#pragma once

#include <Eigen/Core>

namespace gmmvi::math {

/// k̂, the shape of the generalised Pareto distribution that fits the largest importance weights best: below 0.7 an
/// importance sampling estimate can be trusted (Vehtari, Simpson, Gelman, Yao, Gabry 2024, Pareto smoothed importance
/// sampling; the fit is that of Zhang and Stephens 2009). `log_weights` [N] up to a constant, −∞ allowed; their tail
/// are the min(N/5, 3√N) largest. Infinity where all of the tail is equal, or fewer than five weights are in it.
double pareto_k(const Eigen::VectorXd& log_weights);

/// The shape that fits `exceedances` [n >= 5] > 0, ascending.
double fit_pareto_shape(const Eigen::VectorXd& exceedances);

}  // namespace gmmvi::math
