#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

namespace gmmvi::external {

/// What a simulator is to evaluate: n samples, n <= group_size(), in its user's space.
struct Call {
  /// How the log density changes with the outputs [M] of one sample, given these outputs and the sample's column. For a
  /// simulator of a log density it is 1.
  using Sensitivity = std::function<Eigen::VectorXd(Eigen::Index column, const Eigen::VectorXd& outputs)>;

  Eigen::Ref<const Eigen::MatrixXd> samples;  ///< [D x n], parameters in the order of their names
  std::span<const SampleId> ids;              ///< [n]
  std::span<const std::int64_t> seeds;        ///< [n], for simulators that draw random numbers; positive, below 2^31
  bool want_gradients = false;
  Sensitivity sensitivity;      ///< to be called only if gradients are wanted
  bool want_jacobians = false;  ///< with gradients, of simulators that gives_jacobians()
};

/// What a simulator says of n samples.
struct Answer {
  Eigen::MatrixXd outputs;    ///< [M x n]; of a log density, M = 1
  Eigen::MatrixXd gradients;  ///< [D x n], Jᵀ·sensitivity of the Jacobian J [M x D]; empty if not asked for
  std::vector<EvaluationStatus> status;  ///< [n]; may be left empty: then the numbers themselves decide
  /// [M D x n] the Jacobians' columns one below the other, rows of outputs that do not count 0; empty if not asked for.
  Eigen::MatrixXd jacobians = {};
};

/// What computes a log density, or outputs that are compared with data, outside of this program's own code. An instance
/// makes one evaluation at a time, not always from the same thread. It has started, and said what it can do, when its
/// constructor returns; constructors throw Error (ExitCode::unavailable) in its own words where it cannot start, and
/// ExitCode::configuration where what was asked for does not fit it.
class Simulator {
 public:
  virtual ~Simulator() = default;

  /// D, the number of parameters that it takes.
  virtual Eigen::Index dimension() const = 0;
  /// M, how many numbers it returns of a sample.
  virtual Eigen::Index outputs() const = 0;
  /// [D] what it calls its parameters itself; empty: nothing.
  virtual std::vector<std::string> parameter_names() const { return {}; }
  /// Whether it gives what a gradient is made of.
  virtual bool has_gradients() const = 0;
  /// Whether that is the Jacobian of outputs, and not a product with it.
  virtual bool gives_jacobians() const { return false; }
  /// What people should know of it before a run, in sentences.
  virtual std::vector<std::string> remarks() const { return {}; }
  /// May throw: then all samples of the call have failed, with the exception's text as the reason.
  virtual Answer evaluate(const Call& call) = 0;

  // As Target has them (gmmvi/target.hpp).
  virtual Eigen::Index group_size() const { return 1; }
  virtual bool cheap() const { return false; }
  virtual bool runs_outside() const { return true; }
  virtual bool works_in_teams() const { return false; }
  virtual void join(const Team& /*team*/) {}
  virtual bool interruptible() const { return true; }
  virtual void interrupt() {}
};

/// Which of M outputs data are compared with: the others may be anything, NaN for instance.
class Counted {
 public:
  /// All of them.
  Counted() = default;
  Counted(Eigen::Index outputs, std::span<const Eigen::Index> which)
      : counts_(static_cast<std::size_t>(outputs), false) {
    for (const Eigen::Index m : which) counts_[static_cast<std::size_t>(m)] = true;
  }
  bool has(Eigen::Index output) const {
    return counts_.empty() || (output < std::ssize(counts_) && counts_[static_cast<std::size_t>(output)]);
  }
  /// The first of these outputs [M] that counts and is not finite; M: there is none.
  Eigen::Index first_not_finite(const Eigen::Ref<const Eigen::VectorXd>& outputs) const {
    Eigen::Index m = 0;
    while (m < outputs.size() && (std::isfinite(outputs[m]) || !has(m))) ++m;
    return m;
  }

 private:
  std::vector<bool> counts_;  // [M]; empty: all
};

/// What a simulator is told when it starts.
struct Start {
  std::vector<std::string> parameters;  ///< [D] names; empty where nobody has named them
  int rank = 0;                         ///< of the process that it works for
  int slot = 0;                         ///< which of the rank's evaluations at a time
  bool returns_outputs = false;         ///< outputs rather than one log density
  int ranks = 1;                        ///< processes that share what there is of servers
  Counted counted = {};                 ///< among its outputs
};

}  // namespace gmmvi::external
