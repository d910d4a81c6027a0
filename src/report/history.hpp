#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/rank_seconds.hpp"

namespace gmmvi::report {

/// Where a run stood when something was measured.
struct Moment {
  std::int64_t iteration = 0;
  std::int64_t evaluations = 0;
  double seconds = 0.0;  ///< wall-clock, since the start
};

/// How a run went, from its metrics; as many points as a chart can show.
struct History {
  struct Iteration {
    Moment moment;
    std::int64_t components = 0;
    std::optional<double> elbo_estimate;
  };
  struct Elbo {
    Moment moment;
    double value = 0.0, standard_error = 0.0;
  };
  struct Metric {
    Moment moment;
    double value = 0.0;
  };
  struct Weights {
    Moment moment;
    std::vector<std::uint64_t> ids;  ///< [K] of the components
    std::vector<double> weights;     ///< [K]
  };
  /// Consecutive iterations.
  struct Bin {
    std::int64_t iteration = 0;  ///< the last one
    std::int64_t count = 0;
    RankSeconds seconds;  ///< their sum, of a rank on average
  };

  std::vector<Iteration> iterations;
  std::vector<Elbo> elbo;  ///< wherever fresh samples were drawn
  std::vector<Weights> weights;
  std::map<std::string, std::vector<Metric>> metrics, target_metrics;
  std::vector<Bin> bins;
  RankSeconds total_seconds;  ///< of a rank on average
};

/// Reads metrics.jsonl once, whatever its length. Throws as io::for_each_metrics_line() does.
History read_history(const std::string& path);

}  // namespace gmmvi::report
