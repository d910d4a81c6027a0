#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/gmmvi.hpp"

namespace gmmvi::io {

/// One thing that there is to say of a fit.
struct Finding {
  enum class Severity {
    fine,  ///< speaks for it, or is to be known
    care,  ///< the fit can be used, with this in mind
    bad    ///< it cannot be trusted
  };
  Severity severity = Severity::fine;
  std::string about;  ///< a word for programs: trend, distance, outside, …
  std::string text;   ///< sentences for people
};

/// How the end of a run went, as far as it tells how good its result is. `recent`: of the last part of the run.
struct RecentIterations {
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;  ///< in it
  // of the ELBO estimates in it
  std::int64_t estimates = 0;
  double gain = 0.0, recent_gain = 0.0;  ///< by which they grew from its beginning and from its middle to its end
  double noise = 0.0;                    ///< their spread about that
  double correlation = 0.0;              ///< Kendall's, with time
  double fraction_outside = 0.0;         ///< median of the iterations' own
  std::int64_t unusable_batches = 0;
  std::int64_t updates = 0;  ///< of components
  std::int64_t refused_updates = 0;
};

/// What was found of the result of a run, the worst first.
struct Verdict {
  std::vector<Finding> findings;
  /// What a later look at the same run judges by.
  RecentIterations recent = {};
  std::optional<double> modes_found = {}, modes = {};

  /// That of the worst finding.
  Finding::Severity severity() const;
  /// "good", "usable with care" or "not to be trusted".
  std::string word() const;
};

/// "fine", "care" or "bad".
const char* name_of(Finding::Severity severity);

}  // namespace gmmvi::io
