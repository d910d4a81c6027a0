#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gmmvi/target.hpp"

#include "external/simulator.hpp"
#include "problem/noise.hpp"
#include "problem/priors.hpp"

namespace gmmvi::problem {

/// What makes a log density of the numbers of a simulator.
struct Posterior {
  std::vector<std::string> names;             ///< [D] of the parameters
  std::vector<Eigen::Index> sent;             ///< those that the simulator takes, in its order
  Priors priors = {};                         ///< of all; or none, where the simulator's log density has them
  std::optional<Likelihood> likelihood = {};  ///< of its outputs; without one its number is a log density
  bool keep_outputs = false;                  ///< whether evaluations have the outputs that are compared with data
  bool keep_jacobians = false;                ///< whether these have their Jacobians with them
};

/// Those of `parameters` parameters that the noise of outputs does not use: what a simulator of outputs is sent.
std::vector<Eigen::Index> all_but_noise(std::size_t parameters, const Likelihood& likelihood);

/// What a simulator that draws random numbers seeds them with: positive, below 2³¹; the same on every rank, and when a
/// sample is evaluated again.
std::int64_t simulation_seed(std::uint64_t run_seed, const SampleId& id);

/// The log density of a problem whose likelihood a simulator computes, in its user's space. The simulator is asked
/// about those samples only that priors and noise support.
class SimulatorTarget final : public Target, private OutputsModel {
 public:
  /// Throws Error (configuration) where the simulator has other parameters or outputs than the posterior needs.
  /// Jacobians that the simulator does not give are not kept.
  SimulatorTarget(std::unique_ptr<external::Simulator> simulator, Posterior posterior, std::uint64_t run_seed);

  Eigen::Index dimension() const override { return static_cast<Eigen::Index>(posterior_.names.size()); }
  bool has_gradients() const override { return simulator_->has_gradients(); }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;
  Eigen::Index outputs() const override;
  const OutputsModel* outputs_model() const override { return outputs() > 0 ? this : nullptr; }
  Eigen::Index group_size() const override { return simulator_->group_size(); }
  bool cheap() const override { return simulator_->cheap(); }
  bool works_in_teams() const override { return simulator_->works_in_teams(); }
  void join(const Team& team) override {
    simulator_->join(team);
    answers_ = team.rank == 0;
  }
  bool runs_outside() const override { return simulator_->runs_outside(); }
  bool interruptible() const override { return simulator_->interruptible(); }
  void interrupt() override { simulator_->interrupt(); }
  std::vector<std::string> parameter_names() const override { return posterior_.names; }

 private:
  /// Of priors and likelihood: a log density, and the gradient [D] but for what comes by way of the simulator.
  struct Contribution {
    double log_density;
    Eigen::VectorXd gradient;
  };

  Eigen::Index predictor_count() const override { return std::ssize(posterior_.likelihood->rows()); }
  Eigen::MatrixXd predictors(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const override;
  bool has_slopes() const override { return posterior_.keep_jacobians; }
  Eigen::MatrixXd slopes(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const override;
  std::optional<OutputsExpansion> expansion(const Eigen::VectorXd& predictors, const Eigen::VectorXd& x) const override;
  std::vector<Eigen::Index> supported(const Eigen::Ref<const Eigen::MatrixXd>& samples) const;
  Eigen::MatrixXd jacobian(const external::Answer& answer, Eigen::Index column) const;
  external::Answer ask(const Eigen::MatrixXd& samples, std::span<const SampleId> ids, bool want_gradients);
  void check_size(Eigen::Index outputs) const;
  void check(const external::Answer& answer, const Eigen::MatrixXd& sent, bool want_gradients) const;
  Contribution contribution(const Eigen::VectorXd& x, const Eigen::VectorXd& outputs, bool want_gradients) const;
  void explain(const external::Answer& answer, double log_density) const;

  std::unique_ptr<external::Simulator> simulator_;
  Posterior posterior_;
  std::uint64_t run_seed_;
  bool answers_ = true;  // what other ranks of a team return does not count
};

}  // namespace gmmvi::problem
