#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "gmmvi/communicator.hpp"
#include "gmmvi/eigen.hpp"
#include "gmmvi/evaluations.hpp"
#include "gmmvi/gaussian.hpp"
#include "gmmvi/solver_state.hpp"

namespace gmmvi {

namespace core {
class Stream;
}

/// A contiguous run of samples of one batch, as part of the newest samples.
struct BatchSlice {
  std::uint64_t batch = 0;  ///< number of the batch
  std::int64_t first = 0;   ///< canonical index of the first sample
  std::int64_t count = 0;
  friend bool operator==(const BatchSlice&, const BatchSlice&) = default;
};

/// The newest samples that may be reused, oldest first.
struct Window {
  std::vector<BatchSlice> slices;
  std::int64_t size() const;
};

/// Samples with what the target said of them, and the Gaussians that they were drawn from, spread over the ranks: every
/// rank keeps the samples that it evaluated (its partition), and all know which Gaussian every sample came from. The
/// canonical order of the samples is (batch, position in the batch). Members marked collective are called by all ranks.
template <class Covariance>
class SampleDB {
 public:
  struct Settings {
    std::optional<std::int64_t> max_samples = {};  ///< >= 1; absent: unlimited
    bool keep_only_newest = false;                 ///< a new batch replaces all samples
  };

  /// For samples in `dimension` dimensions, with gradients of the target or without.
  static SampleDB build_from_config(const Settings& settings, Eigen::Index dimension, bool gradients,
                                    Communicator communicator = {});
  /// From now on it keeps so many outputs of every sample, in so many numbers: those of their Jacobian may be below
  /// them. Where it kept another count of numbers, they are not known of the samples that it has.
  void keep_outputs(Eigen::Index outputs, Eigen::Index numbers);

  /// A batch, and the evaluations that this rank has of it.
  struct NewSamples : Evaluations {
    std::vector<GaussianPointer<Covariance>> gaussians;  ///< any; the same on every rank
    std::vector<std::int32_t>
        mapping;  ///< [N] index into `gaussians` of every sample of the batch; the same on every rank
    std::vector<std::int32_t> evaluated_as =
        {};  ///< [N] positions where samples that failed are counted; empty: 0 … N−1
    std::vector<Eigen::Index> own_positions;     ///< [n] of the own samples in the batch, ascending
    bool reusable = true;                        ///< whether they may be among the newest samples
    std::optional<std::uint64_t> number = {};    ///< of the batch, if it has taken one or is imported; absent: the next
    std::vector<std::uint64_t> components = {};  ///< [G] ids of the components that the Gaussians are, or empty
  };
  /// Collective. Where the database would exceed its limit, every second sample (the odd
  /// positions of the canonical order) is deleted first, and Gaussians that no sample needs any more with them.
  void add_samples(const NewSamples& added);

  /// The newest samples in canonical order, without outputs.
  struct NewestSamples : Evaluations {
    Eigen::VectorXd
        background_log_densities;       ///< [N] log density of the mixture of their Gaussians, weighted by counts
    std::vector<std::int32_t> mapping;  ///< [N] index of the Gaussian
  };
  /// At most `count`; empty for 0 or an empty database. Collective.
  NewestSamples get_newest_samples(std::int64_t count) const;

  /// `count` different ones (all, if there are no more), in canonical order; the same for the same `seed`;
  /// without gradients and outputs. Collective.
  Evaluations get_random_sample(std::int64_t count, std::uint64_t seed) const;

  /// log Σ_m weights_m N(x_n; m) at the columns of `samples` [D x N]; one Gaussian at a time, so that the memory is
  /// that of N values. Weights [M] sum to one.
  static Eigen::VectorXd evaluate_background(const Eigen::VectorXd& weights,
                                             const std::vector<GaussianPointer<Covariance>>& gaussians,
                                             const Eigen::Ref<const Eigen::MatrixXd>& samples);

  /// Samples in the database, on all ranks together.
  std::int64_t size() const { return static_cast<std::int64_t>(mapping_.size()); }
  /// The number of the next batch: how many were written, or have taken one, imported ones aside.
  std::uint64_t batches_written() const { return batches_written_; }
  /// That number, for a batch that is to be written later: the next one has another.
  std::uint64_t take_number() { return batches_written_++; }
  /// Makes `number` the next one again; it, and those that were taken after it, are not used.
  void give_back_numbers(std::uint64_t number) { batches_written_ = number; }
  /// Deletes as add_samples() would before it adds `count` samples.
  void make_room(std::int64_t count);
  /// Samples ever written.
  std::int64_t samples_written() const { return samples_written_; }
  /// Grows whenever samples were deleted, so that canonical indices have changed.
  std::uint64_t generation() const { return generation_; }
  std::size_t gaussians() const { return gaussians_.size(); }
  /// The Gaussian that a mapping's `index` stands for, until samples are added.
  GaussianPointer<Covariance> gaussian(std::int32_t index) const;
  Eigen::Index dimension() const { return dimension_; }
  bool has_gradients() const { return with_gradients_; }
  /// M, how many are kept of every sample.
  Eigen::Index outputs() const { return outputs_per_sample_; }
  /// The rows in which they are: M, or M (1 + D) where their Jacobians are kept below them.
  Eigen::Index output_numbers() const { return numbers_per_sample_; }
  bool keeps_only_newest() const { return settings_.keep_only_newest; }
  const Settings& settings() const { return settings_; }
  /// The ranks that hold its partitions.
  const Communicator& communicator() const { return communicator_; }

  // What the solver works with: windows, and the own part of them.

  Window newest(std::int64_t count) const;
  /// The newest samples of whole batches whose Gaussians are known, which imported ones are not, also those that may
  /// not be reused: as many as have their background_of() for `operations` of floating-point arithmetic, and one batch
  /// at least.
  Window newest_known(double operations) const;
  /// [n] log density of the mixture of the Gaussians of a window's samples, each weighted by its share of these
  /// samples, at the columns of `samples` [D x n]. One Gaussian at a time, so that the memory is that of n values.
  Eigen::VectorXd background_of(const Window& window, const Eigen::Ref<const Eigen::MatrixXd>& samples) const;
  /// The Gaussians of a slice's samples, and how many samples came from each (more than 0).
  struct Background {
    std::vector<GaussianPointer<Covariance>> gaussians;
    Eigen::VectorXd counts;
  };
  Background background(const BatchSlice& slice) const;
  /// Samples of this rank.
  struct OwnSamples : Evaluations {
    std::vector<std::int64_t> indices;  ///< [n] canonical, ascending
  };
  OwnSamples own_samples(const Window& window, bool with_outputs = false) const;
  /// Those of the canonical `indices` (ascending) that are kept here, without outputs.
  OwnSamples own_samples(const std::vector<std::int64_t>& indices, bool with_gradients = false) const;
  static constexpr std::uint32_t no_component = std::numeric_limits<std::uint32_t>::max();
  /// The id of a component that each of them was near to when that was last noted: at first the one that it was drawn
  /// from, if that is known. It helps to be quick, and is not part of any state.
  std::vector<std::uint32_t> nearest(const std::vector<std::int64_t>& indices) const;
  void note_nearest(const std::vector<std::int64_t>& indices, std::span<const std::uint32_t> components);
  /// [N] the rank that keeps each sample; the same on every rank.
  std::vector<std::int32_t> holders(const Window& window) const;
  std::vector<std::int32_t> holders(const std::vector<std::int64_t>& indices) const;

  // Stopping and going on.

  SampleDBState state() const;
  /// Where `gaussian` is stored; −1 if it is not.
  std::int32_t index_of(const Gaussian<Covariance>& gaussian) const;
  /// A database with that state, as yet without any sample's numbers. `live` are users of stored Gaussians, by index.
  static SampleDB restored(const Settings& settings, Eigen::Index dimension, bool gradients, Communicator communicator,
                           const SampleDBState& state,
                           const std::vector<std::pair<std::int32_t, GaussianPointer<Covariance>>>& live);
  /// The canonical index of the sample that was evaluated at `position` of one of its batches; none if it is not kept.
  std::optional<std::int64_t> index_of(const SampleBatch& batch, std::int64_t position) const;
  /// Takes the samples of its state that this rank has, in any order; of what several ranks have, the lowest keeps it.
  /// Returns how many no rank has: the database can be used if none is missing. Collective.
  std::int64_t adopt(OwnSamples own);
  /// The batches that its samples are of, oldest first.
  const std::vector<SampleBatch>& batches() const { return batches_; }
  /// Where each of the samples at `indices` was evaluated, in its batch.
  std::vector<std::int32_t> evaluated_as(const std::vector<std::int64_t>& indices) const;

 private:
  // A Gaussian, packed; `live` saves unpacking as long as somebody uses it.
  struct StoredGaussian {
    std::weak_ptr<const Gaussian<Covariance>> live;
    Eigen::VectorXd mean;
    std::vector<double> covariance;
  };

  SampleDB(const Settings& settings, Eigen::Index dimension, bool gradients, Communicator communicator);
  std::int32_t store(const GaussianPointer<Covariance>& gaussian);
  void take_own(OwnSamples own);
  void thin();
  void clear();
  void drop_unused_gaussians();
  Evaluations gathered(const Evaluations& own, const std::vector<std::int32_t>& holders, bool gradients) const;
  std::vector<std::size_t> places_of(const std::vector<std::int64_t>& indices) const;
  OwnSamples own_at(const std::vector<std::size_t>& places, bool with_gradients, bool with_outputs) const;
  void append_outputs(const Evaluations& added);

  Settings settings_;
  Eigen::Index dimension_;
  bool with_gradients_;
  Eigen::Index outputs_per_sample_ = 0;  // M
  Eigen::Index numbers_per_sample_ = 0;  // with Jacobians
  Communicator communicator_;

  // the same on every rank
  std::vector<SampleBatch> batches_;
  std::vector<std::int32_t> mapping_;    // by canonical index
  std::vector<std::int32_t> positions_;  // by canonical index, in the batch as evaluated
  std::vector<std::int32_t> holders_;    // by canonical index
  std::vector<StoredGaussian> gaussians_;
  std::unordered_map<const Gaussian<Covariance>*, std::int32_t> live_;  // in gaussians_, if it still lives
  std::int64_t samples_written_ = 0;
  std::uint64_t batches_written_ = 0;
  std::uint64_t generation_ = 0;

  // the own partition
  std::vector<std::int64_t> indices_;  // canonical, ascending
  std::vector<std::uint32_t> nearest_;
  std::vector<double> samples_;  // D each
  std::vector<double> log_densities_;
  std::vector<double> gradients_;  // D each, or none
  std::vector<double> outputs_;    // M each
};

extern template class SampleDB<FullCovariance>;
extern template class SampleDB<DiagonalCovariance>;

/// A database for Gaussians of any covariance shape.
using AnySampleDB = std::variant<SampleDB<FullCovariance>, SampleDB<DiagonalCovariance>>;

}  // namespace gmmvi
