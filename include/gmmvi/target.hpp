#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gmmvi/eigen.hpp"
#include "gmmvi/outputs_model.hpp"
#include "gmmvi/transforms.hpp"

namespace gmmvi {

/// The number of a sample: the batch it belongs to and its position there. The same on every rank and in every rerun,
/// so a target that needs random numbers (minibatches, a stochastic simulator) keys them by it: by batch and position,
/// since the noise of points of one sample is to cancel in their differences. Samples drawn for metrics alone have
/// `metrics_batch` set in `batch`.
struct SampleId {
  static constexpr std::uint64_t metrics_batch = std::uint64_t{1} << 63;
  std::uint64_t batch = 0;
  std::uint64_t position = 0;
  std::uint64_t point = 0;  ///< of finite differences: 0 is the sample itself, those beside it have 1, 2, …
};

/// How the evaluation of one sample ended.
enum class EvaluationStatus : std::uint8_t {
  value,            ///< a finite log density, and a finite gradient if one was asked for
  outside_support,  ///< log density −∞: a legitimate value; the gradient is not used
  failure           ///< no value: the sample is left out and counted
};

/// What a target says of n samples.
struct Evaluation {
  Eigen::VectorXd log_densities;         ///< [n] log p̃(x), up to a constant
  Eigen::MatrixXd gradients;             ///< [D x n] ∇log p̃(x), or empty if they were not asked for
  std::vector<EvaluationStatus> status;  ///< [n]; may be left empty: then the numbers themselves decide
  /// [M x n] what the log densities were computed from, M = Target::outputs(), and below them their Jacobians if the
  /// outputs_model() has_slopes(); NaN where not known; may be left empty.
  Eigen::MatrixXd outputs = {};

  static Evaluation of_size(Eigen::Index dimension, Eigen::Index samples, bool gradients, Eigen::Index outputs = 0);
};

/// What a sample looks like in the plane: a robot's arm, a trajectory. Columns are points.
struct Drawing {
  std::vector<Eigen::Matrix2Xd> lines;  ///< each from its first point to its last
  Eigen::Matrix2Xd points;
};

/// A number that a target reports of a mixture fitted to it, beside those that all targets have.
struct TargetMetric {
  std::string name;  ///< in snake_case; `modes_found` and `modes` where modes are counted
  double value;
};

/// What a fit is compared with, parameter by parameter.
struct ReferenceMoments {
  Eigen::VectorXd means;                ///< [D]
  Eigen::VectorXd standard_deviations;  ///< [D] > 0
};

/// Ranks that make every evaluation together, as a target sees them.
struct Team {
  int rank = 0;  ///< this one
  int size = 1;
  int communicator = 0;  ///< of the team, for the target alone, until MPI ends: MPI_Comm_f2c(communicator)
};

/// An unnormalised log density to be fitted. Every rank owns an instance, or one for each of its slots. An instance
/// makes one evaluation at a time, not always from the same thread.
class Target {
 public:
  virtual ~Target() = default;

  /// D, the number of parameters.
  virtual Eigen::Index dimension() const = 0;
  /// Whether `evaluate` can give ∇log p̃.
  virtual bool has_gradients() const = 0;
  /// log p̃ of the columns of `samples` [D x n], n <= group_size(). `ids` [n] number the samples. Gradients are computed
  /// only if `want_gradients`. May throw: then all n samples count as failed, with the exception's text in the log.
  virtual Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                              bool want_gradients) = 0;

  /// M, the number of outputs that `evaluate` gives beside each log density, to be kept with it.
  virtual Eigen::Index outputs() const { return 0; }
  /// How these outputs make the log density, where that is known: what the estimator GaussNewton goes by. Alive as long
  /// as the target; may be asked while an evaluation runs.
  virtual const OutputsModel* outputs_model() const { return nullptr; }
  /// The rows of Evaluation::outputs: M, or M (1 + D) with Jacobians.
  Eigen::Index output_numbers() const {
    const OutputsModel* const model = outputs_model();
    return outputs() * (model != nullptr && model->has_slopes() ? 1 + dimension() : 1);
  }
  /// How many samples one call gets at most; all calls for a batch get nearly as many as each other. Part of the
  /// result's definition (a group is evaluated as a whole), so it must not depend on the number of ranks.
  virtual Eigen::Index group_size() const { return 1; }
  /// Whether an evaluation costs less than about a millisecond: groups are then dealt out beforehand, and metrics may
  /// draw fresh samples.
  virtual bool cheap() const { return false; }
  /// Whether several ranks can make an evaluation together: then there may be teams (gmmvi/teams.hpp).
  virtual bool works_in_teams() const { return false; }
  /// Called on every rank of a team, of two ranks or more, before its first evaluation. From then on evaluate() is
  /// called on all of them at about the same time, with the same arguments; what it returns on rank 0 of the team
  /// counts. A rank that throws leaves the others waiting if they need it: ranks of a team have to agree on an error,
  /// and on an interruption, before one of them throws. What this throws has to be thrown on all of them, too.
  virtual void join(const Team& /*team*/) {}
  /// Whether an evaluation runs outside of this process, which only waits for it: then a rank may make several at a
  /// time, with an instance of the target and a thread for each.
  virtual bool runs_outside() const { return false; }
  /// Whether interrupt() ends a running evaluation soon: then evaluations can have a time limit.
  virtual bool interruptible() const { return false; }
  /// Called from another thread: the running evaluation is to throw as soon as it can. Called again until it has ended,
  /// so that none is missed; does nothing to evaluations that start later.
  virtual void interrupt() {}
  /// [D] names for reports and model files; x1 … xD by default.
  virtual std::vector<std::string> parameter_names() const;
  /// How the parameters that people know come from those that are fitted. `samples` above are of the latter.
  virtual Transforms transforms() const { return {}; }
  /// Of a target with data of its own: something that changes with them, a checksum for instance. A run goes on only
  /// where it is as before. Of files that a config names, the program keeps checksums itself.
  virtual std::string fingerprint() const { return {}; }
  /// For reports, if there is something to see: what `sample` [D] describes.
  virtual std::optional<Drawing> draw(const Eigen::VectorXd& /*sample*/) const { return std::nullopt; }
  /// Its own metrics of a mixture with these component means [D x K], from samples of the mixture [D x N]. Called on
  /// rank 0 alone, without its team.
  virtual std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples);
  /// The moments of what people know as its parameters (transforms()), where they are known: exactly, or from a long
  /// computation of another kind. Then metrics say how far those of the mixture are from them. Called on rank 0 alone.
  virtual std::optional<ReferenceMoments> reference_moments() const { return std::nullopt; }
};

}  // namespace gmmvi
