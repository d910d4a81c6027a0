#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <boost/accumulators/accumulators.hpp>
#include <boost/accumulators/statistics/max.hpp>
#include <boost/accumulators/statistics/mean.hpp>
#include <boost/accumulators/statistics/p_square_quantile.hpp>
#include <boost/accumulators/statistics/stats.hpp>

#include "core/distribution.hpp"

namespace gmmvi::runner {

/// How long the evaluations of a job took, of any number of them: after the first thousand the quantiles are those of
/// the P² algorithm (Jain and Chlamtac 1985), near the true ones.
class EvaluationTimes {
 public:
  void note(double seconds) {
    if (first_.size() < exact) first_.push_back(seconds);
    median_(seconds);
    p95_(seconds);
  }
  /// None before the first.
  std::optional<core::Distribution> distribution() const {
    namespace accumulators = boost::accumulators;
    if (accumulators::count(median_) <= exact) return core::distribution_of(first_);
    return core::Distribution{.mean = accumulators::mean(median_),
                              .median = accumulators::p_square_quantile(median_),
                              .p95 = accumulators::p_square_quantile(p95_),
                              .max = accumulators::max(median_)};
  }

 private:
  static constexpr std::size_t exact = 1000;

  using Quantile = boost::accumulators::tag::p_square_quantile;
  template <class... Tags>
  using Accumulators = boost::accumulators::accumulator_set<double, boost::accumulators::stats<Tags...>>;

  std::vector<double> first_;
  Accumulators<boost::accumulators::tag::mean, boost::accumulators::tag::max, Quantile> median_{
      boost::accumulators::quantile_probability = 0.5};
  Accumulators<Quantile> p95_{boost::accumulators::quantile_probability = 0.95};
};

}  // namespace gmmvi::runner
