#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gmmvi/component_record.hpp"

namespace gmmvi {

/// A contiguous run of samples that were evaluated together, in a sample database.
struct SampleBatch {
  /// Set in the number of a batch that was evaluated elsewhere. The rest is a checksum of it: running numbers, which
  /// batches yet to come are known by, stay what they are, and what bears the same number is the same.
  static constexpr std::uint64_t imported = std::uint64_t{1} << 62;
  std::uint64_t number = 0;  ///< running number, or that of an imported one
  std::int64_t first = 0;    ///< canonical index of its first sample
  std::int64_t count = 0;
  bool reusable = true;
};

/// What every rank knows of the samples of a database: all but their numbers.
struct SampleDBState {
  std::vector<SampleBatch> batches;
  std::vector<std::int32_t> mapping;    ///< by canonical index: the Gaussian that the sample came from
  std::vector<std::int32_t> positions;  ///< by canonical index: its position in the batch, as evaluated
  std::vector<double> gaussians;        ///< D + packed_size(D) numbers each: mean, covariance
  std::int64_t samples_written = 0;
  std::uint64_t batches_written = 0;
  std::uint64_t generation = 0;
};

/// A batch that was asked for, and that no iteration has learnt from yet.
struct BatchInFlight {
  std::uint64_t number = 0;
  std::int64_t iteration = 0;  ///< that is to learn from it, and that keys its random numbers
  bool narrowed = false;       ///< drawn from a narrower mixture than the solver's
  /// Of each source: its Gaussian (one of the components', or behind them of `in_flight_gaussians`), the component's
  /// id, and how many samples.
  std::vector<std::int32_t> gaussians;
  std::vector<std::uint64_t> ids;
  std::vector<std::int64_t> counts;
};

/// What an iteration has learnt and decided when it was stopped while it searched for a new component.
struct LearntIteration {
  bool adapting = false;       ///< the deletions are made, and what follows of the adaptation is known
  std::int64_t additions = 0;  ///< components that are still to be added
  bool elsewhere = false;
  std::int64_t database_candidates = 0, prior_candidates = 0;
  // the mixture before it
  std::vector<std::uint64_t> ids;
  std::uint64_t next_id = 0;
  std::vector<double> log_weights, gaussians;
  // for its report
  bool batch_was_usable = true;
  std::int64_t new_samples = 0, reused_samples = 0, refused_updates = 0, without_outputs = 0;
  double fraction_outside = 0.0;
  bool has_elbo_estimate = false;
  double elbo_estimate = 0.0;
};

/// What rank 0 has to know to go on after an iteration, or in the search for a new component at its end, but for the
/// numbers of the samples.
struct SolverState {
  std::string covariance;  ///< name of its shape
  std::int64_t dimension = 0;

  // the mixture
  std::vector<std::uint64_t> ids;
  std::uint64_t next_id = 0;
  std::vector<double> log_weights;
  std::vector<double> gaussians;          ///< as in the database
  std::vector<std::int32_t> in_database;  ///< where each stands there, or −1; behind them the prior, if there is one

  std::vector<ComponentRecord> records;
  double weight_stepsize = 0.0;
  std::int64_t weight_updates = 0;
  double last_weight_objective = 0.0;
  bool has_last_weight_objective = false;
  std::int64_t additions = 0;
  /// Imported evaluations that the target was asked about: the number of the batch, and the position in it.
  std::vector<std::pair<std::uint64_t, std::int32_t>> asked_imports;

  std::int64_t iterations = 0, updates = 0, evaluations = 0, failures = 0;
  std::int64_t samples = 0, failed_samples = 0;  ///< of those evaluations: fewer, where gradients are differences
  std::int64_t failures_in_a_row = 0;            ///< samples

  SampleDBState database;

  std::vector<BatchInFlight> in_flight;             ///< oldest first
  std::vector<double> in_flight_gaussians;          ///< that are no component's, as in the database
  std::vector<std::int32_t> in_flight_in_database;  ///< where each of them stands there, or −1
  std::vector<LearntIteration> learnt;              ///< of the iteration under way, or none

  /// Whether what goes on from here will ask for the batch of that number, metrics aside.
  bool awaits(std::uint64_t batch) const {
    const bool is_in_flight =
        std::any_of(in_flight.begin(), in_flight.end(), [&](const auto& each) { return each.number == batch; });
    return is_in_flight || (batch >= database.batches_written && (batch & SampleBatch::imported) == 0);
  }
};

}  // namespace gmmvi
