#pragma once

#include <functional>

#include "gmmvi/gmmvi.hpp"

namespace gmmvi::test {

/// The standard normal density in two dimensions; calls `before_evaluation` whenever it is evaluated.
class NormalTarget : public Target {
 public:
  explicit NormalTarget(std::function<void()> before_evaluation = [] {})
      : before_evaluation_(std::move(before_evaluation)) {}
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return true; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>,
                      bool want_gradients) override {
    before_evaluation_();
    Evaluation evaluation = Evaluation::of_size(2, samples.cols(), want_gradients);
    evaluation.log_densities = -0.5 * samples.colwise().squaredNorm().transpose();
    if (want_gradients) evaluation.gradients = -samples;
    return evaluation;
  }

 private:
  std::function<void()> before_evaluation_;
};

/// One component, so that an iteration draws exactly `samples` new ones.
inline Options one_component(int samples) {
  Options options;
  options.component_adapter = FixedComponentsOptions{};
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = samples, .ratio_reused_samples_to_desired = 0.0};
  return options;
}

}  // namespace gmmvi::test
