#pragma once

#include <optional>

#include <boost/accumulators/accumulators.hpp>
#include <boost/accumulators/statistics/max.hpp>
#include <boost/accumulators/statistics/mean.hpp>
#include <boost/accumulators/statistics/p_square_quantile.hpp>
#include <boost/accumulators/statistics/stats.hpp>

#include "math/distribution.hpp"

namespace gmmvi::runner {

/// How long the evaluations of a job took, of any number of them: the quantiles are those of the P² algorithm (Jain and
/// Chlamtac 1985), near the true ones.
class EvaluationTimes {
 public:
  void note(double seconds) {
    both_(seconds);
    p95_(seconds);
  }
  /// None before the first.
  std::optional<math::Distribution> distribution() const {
    namespace accumulators = boost::accumulators;
    if (accumulators::count(both_) == 0) return std::nullopt;
    return math::Distribution{.mean = accumulators::mean(both_),
                              .median = accumulators::p_square_quantile(both_),
                              .p95 = accumulators::p_square_quantile(p95_),
                              .max = accumulators::max(both_)};
  }

 private:
  using Quantile = boost::accumulators::tag::p_square_quantile;
  template <class... Tags>
  using Accumulators = boost::accumulators::accumulator_set<double, boost::accumulators::stats<Tags...>>;

  Accumulators<boost::accumulators::tag::mean, boost::accumulators::tag::max, Quantile> both_{
      boost::accumulators::quantile_probability = 0.5};
  Accumulators<Quantile> p95_{boost::accumulators::quantile_probability = 0.95};
};

}  // namespace gmmvi::runner
