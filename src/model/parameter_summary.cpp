#include "model/parameter_summary.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

namespace gmmvi::model {

std::vector<ParameterSummary> parameter_summaries(const AnyMixture& mixture, Eigen::Index count) {
  return std::visit(
      [&](const auto& m) {
        const Eigen::VectorXd means = m.mean(), variances = m.marginal_variances();
        std::vector<ParameterSummary> summaries;
        for (Eigen::Index d = 0; d < std::min(count, m.dimension()); ++d) {
          ParameterSummary& summary = summaries.emplace_back();
          summary.mean = means[d];
          summary.standard_deviation = std::sqrt(variances[d]);
          std::ranges::transform(summary_probabilities, summary.quantiles.begin(),
                                 [&](double p) { return m.marginal_quantile(d, p); });
        }
        return summaries;
      },
      mixture);
}

}  // namespace gmmvi::model
