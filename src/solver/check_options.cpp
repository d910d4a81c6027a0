#include "solver/check_options.hpp"

#include "gmmvi/error.hpp"

namespace gmmvi::solver {
namespace {

void require(bool condition, const char* sentence) {
  if (!condition) throw Error(sentence, ExitCode::configuration);
}

void check(const ImprovementBasedStepsizeOptions& o) {
  require(o.min_stepsize > 0.0 && o.min_stepsize <= o.max_stepsize,
          "stepsizes have to obey 0 < min_stepsize <= max_stepsize");
}
void check(const AdaptiveComponentsOptions& o) {
  require(o.add_iters >= 1 && o.del_iters >= 3, "add_iters has to be at least 1, and del_iters at least 3");
  require(!o.thresholds_for_add_heuristic.empty(), "thresholds_for_add_heuristic needs at least one number");
}
void check(const MoreOptions& o) {
  require(o.initial_l2_regularizer >= 0.0, "initial_l2_regularizer has to be at least 0");
}
void check(const SampleCount& samples) {
  require(samples.factor() ? *samples.factor() > 0.0 : samples.count() >= 1,
          "desired_samples_per_component has to be at least 1, or a positive multiple of the dimension");
}
void check(const ComponentBasedSelectionOptions& o) {
  check(o.desired_samples_per_component);
}
void check(const MixtureBasedSelectionOptions& o) {
  check(o.desired_samples_per_component);
}
void check(const EvaluationOptions& o) {
  require(o.max_retries >= 0 && o.grace >= 0.0, "max_retries and grace have to be at least 0");
  require(o.max_failure_fraction >= 0.0 && o.max_failure_fraction <= 1.0,
          "max_failure_fraction has to be between 0 and 1");
  require(!o.time_limit || *o.time_limit > 0.0, "time_limit has to be greater than 0");
}
template <class Other>
void check(const Other&) {}

}  // namespace

void check_options(const Options& options) {
  require(options.temperature > 0.0, "temperature has to be greater than 0");
  require(options.model_initialization.num_initial_components >= 1, "num_initial_components has to be at least 1");
  check(options.evaluation);
  const auto check_option = [](const auto& option) { check(option); };
  std::visit(check_option, options.natural_gradient);
  std::visit(check_option, options.component_adapter);
  std::visit(check_option, options.sample_selector);
  std::visit(check_option, options.component_stepsize);
  std::visit(check_option, options.weight_stepsize);
}

}  // namespace gmmvi::solver
