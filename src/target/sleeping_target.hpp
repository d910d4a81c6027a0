#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

#include "target/options.hpp"

namespace gmmvi::target {

/// Another target as if it were an expensive simulator, for tests and for tuning schedules. How long a group takes and
/// whether it fails follow from the seed and the id of its first sample: alike on every rank and in every rerun.
class SleepingTarget : public Target {
 public:
  enum class Failure { exception, not_a_number, wrong_shape, hang };

  /// What is drawn for a group.
  struct Fate {
    double seconds;                  ///< of its evaluation
    std::optional<Failure> failure;  ///< how it fails, if it does
    bool transient;                  ///< whether it would fail at the first attempt only
  };

  /// How many evaluations were made to fail, in this process.
  struct FailureCounts {
    std::int64_t exception = 0, not_a_number = 0, wrong_shape = 0, hang = 0;
    bool operator==(const FailureCounts&) const = default;
  };

  SleepingTarget(std::unique_ptr<Target> inner, const SleepingOptions& options, std::uint64_t seed);

  Eigen::Index dimension() const override { return inner_->dimension(); }
  bool has_gradients() const override { return inner_->has_gradients(); }
  /// Takes as long as was drawn, or as the inner target where that is longer. Throws Error where it is to fail so, and
  /// when it is interrupted.
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;
  Eigen::Index group_size() const override { return options_.group_size; }
  Eigen::Index outputs() const override { return inner_->outputs(); }
  const OutputsModel* outputs_model() const override { return inner_->outputs_model(); }
  bool interruptible() const override { return true; }
  bool runs_outside() const override { return true; }
  void interrupt() override;
  std::vector<std::string> parameter_names() const override { return inner_->parameter_names(); }
  std::optional<Drawing> draw(const Eigen::VectorXd& sample) const override { return inner_->draw(sample); }
  std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples) override {
    return inner_->metrics(means, samples);
  }
  std::optional<ReferenceMoments> reference_moments() const override { return inner_->reference_moments(); }

  /// Of the group whose first sample has this id and the first parameter `x1`.
  Fate fate(const SampleId& id, double x1) const;
  /// From any thread; an evaluation is counted when it begins.
  FailureCounts failures() const;

 private:
  using Clock = std::chrono::steady_clock;

  Clock::time_point begin();
  void note_launch(const SampleId& id) const;
  /// How this attempt at the group fails, counted; nothing if it does not.
  std::optional<Failure> failure_of_attempt(const Fate& fate, const SampleId& id);
  Evaluation evaluate_inner(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                            bool want_gradients);
  /// Until `seconds` after `begin`, without them for ever; throws Error when interrupted.
  void sleep(Clock::time_point begin, std::optional<double> seconds);

  std::unique_ptr<Target> inner_;
  SleepingOptions options_;
  std::uint64_t seed_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> recovered_;  // transient groups that have had their failure

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable interruption_;
  bool interrupted_ = false;
  FailureCounts failures_;
};

}  // namespace gmmvi::target
