#include "solver/check_options.hpp"

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::solver {
namespace {

void require(bool condition, const char* sentence) {
  if (!condition) throw Error(sentence, ExitCode::configuration);
}

void check(const ImprovementBasedStepsizeOptions& o) {
  require(o.min_stepsize > 0.0 && o.bounds_are_ordered(), "stepsizes have to obey 0 < min_stepsize <= max_stepsize");
}
void check(const PredictedImprovementStepsizeOptions& o) {
  require(o.min_stepsize > 0.0 && o.bounds_are_ordered(), "stepsizes have to obey 0 < min_stepsize <= max_stepsize");
}
void check(const AdaptiveComponentsOptions& o) {
  require(o.add_iters >= 1 && o.del_iters >= 3, "add_iters has to be at least 1, and del_iters at least 3");
  require(!o.thresholds_for_add_heuristic.empty(), "thresholds_for_add_heuristic needs at least one number");
  require(o.nearby_additions >= 0, "nearby_additions has to be at least 0");
  require(o.initial_weight > 0.0 && o.initial_weight < 1.0, "initial_weight has to be greater than 0 and less than 1");
}
void check(const MoreOptions& o) {
  require(o.initial_l2_regularizer >= 0.0, "initial_l2_regularizer has to be at least 0");
  require(o.linear_l2_regularizer.value_or(0.0) >= 0.0, "linear_l2_regularizer has to be at least 0");
}
void check(const GaussNewtonOptions& o) {
  require(o.linear_l2_regularizer > 0.0, "linear_l2_regularizer has to be greater than 0");
}
void check(const SampleCount& samples) {
  require(samples.factor() ? *samples.factor() > 0.0 : samples.count() >= 1,
          "desired_samples_per_component has to be at least 1, or a positive multiple of the dimension");
}
void check(const ComponentBasedSelectionOptions& o) {
  check(o.desired_samples_per_component);
  require(o.least_desired_samples >= 1, "least_desired_samples has to be at least 1");
  require(o.negligible_weight >= 0.0 && o.negligible_weight < 1.0,
          "negligible_weight has to be at least 0 and less than 1");
  require(o.weight_exponent >= 0.0 && o.weight_exponent <= 1.0, "weight_exponent has to be between 0 and 1");
  require(o.share_of_light_components > 0.0 && o.share_of_light_components <= 1.0,
          "share_of_light_components has to be greater than 0 and at most 1");
  require(o.sample_iters >= 1, "sample_iters has to be at least 1");
}
void check(const MixtureBasedSelectionOptions& o) {
  check(o.desired_samples_per_component);
  require(o.least_desired_samples >= 1, "least_desired_samples has to be at least 1");
}
void check(const EvaluationOptions& o) {
  require(o.batches_in_flight >= 1, "batches_in_flight has to be at least 1");
  require(o.parallel.value_or(1) >= 1, "parallel has to be at least 1");
  require(o.slots_or_one() >= 1, "slots has to be at least 1");
  require(o.ranks_per_evaluation >= 1, "ranks_per_evaluation has to be at least 1");
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

void check_import(const Options& options, std::int64_t count) {
  const auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter);
  require(adaptive != nullptr,
          "imported evaluations are candidates for new components, and this run adds none, since their number is fixed "
          "(num_component_adapter_type): choose `adaptive` (second letter A)");
  require(adaptive->num_database_samples > 0,
          "imported evaluations would never be used: new components are chosen among samples of the database, and "
          "num_component_adapter_config.num_database_samples is 0; raise it");
  check_import(!options.use_sample_database, options.max_database_size, count);
}

void check_import(bool keeps_only_newest, const std::optional<std::int64_t>& max_samples, std::int64_t count) {
  require(!keeps_only_newest,
          "imported evaluations would be gone after one iteration, since the run keeps the newest samples only "
          "(use_sample_database: false): set it to true");
  if (!max_samples || count <= *max_samples) return;
  throw Error(fmt::format("there are {} evaluations to import, and the sample database may have {} samples: import "
                          "fewer, or start a run with a greater max_database_size",
                          count, *max_samples),
              ExitCode::configuration);
}

}  // namespace gmmvi::solver
