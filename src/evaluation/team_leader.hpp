#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gmmvi/target.hpp"

#include "evaluation/team_channel.hpp"

namespace gmmvi::evaluation {

/// A target whose evaluations are made by a team, as its leader's solver sees it: like any other.
class TeamLeader final : public Target {
 public:
  /// `own`, which must outlive this as `channel` must, is the leader's instance. `grace` is that of TeamWatch.
  TeamLeader(Target& own, TeamChannel& channel, double grace);

  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;
  void interrupt() override;

  Eigen::Index dimension() const override { return own_.dimension(); }
  bool has_gradients() const override { return own_.has_gradients(); }
  Eigen::Index group_size() const override { return own_.group_size(); }
  Eigen::Index outputs() const override { return own_.outputs(); }
  const OutputsModel* outputs_model() const override { return own_.outputs_model(); }
  bool cheap() const override { return own_.cheap(); }
  bool interruptible() const override { return own_.interruptible(); }
  std::vector<std::string> parameter_names() const override { return own_.parameter_names(); }
  Transforms transforms() const override { return own_.transforms(); }
  std::string fingerprint() const override { return own_.fingerprint(); }
  std::optional<Drawing> draw(const Eigen::VectorXd& sample) const override { return own_.draw(sample); }
  std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples) override {
    return own_.metrics(means, samples);
  }
  std::optional<ReferenceMoments> reference_moments() const override { return own_.reference_moments(); }

  /// Whether an evaluation is under way, in whatever thread.
  bool is_busy() const { return busy_; }

 private:
  void interrupt_own_part();

  Target& own_;
  TeamChannel& channel_;
  double grace_;
  std::atomic<bool> busy_ = false;
  std::atomic<std::int64_t> evaluation_ = 0;   // the newest
  std::atomic<std::int64_t> interrupted_ = 0;  // the newest that the members were told to interrupt
  std::mutex interrupting_;                    // a limit and an error may come together
};

}  // namespace gmmvi::evaluation
