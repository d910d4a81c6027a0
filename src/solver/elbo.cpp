#include "solver/elbo.hpp"

#include <cmath>

#include "model/active_batch.hpp"

namespace gmmvi::solver {

ElboEstimate monte_carlo_elbo(const Eigen::VectorXd& log_ratios) {
  const Eigen::VectorXd finite = log_ratios(model::inside_support(log_ratios));
  const auto count = static_cast<double>(finite.size());
  ElboEstimate estimate{.samples = finite.size(), .outside = log_ratios.size() - finite.size()};
  estimate.value = finite.size() > 0 ? finite.sum() / count : std::nan("");
  estimate.standard_error = finite.size() > 1
                                ? std::sqrt((finite.array() - estimate.value).square().sum() / (count - 1.0) / count)
                                : std::nan("");
  return estimate;
}

}  // namespace gmmvi::solver
