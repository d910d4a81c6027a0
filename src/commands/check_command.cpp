#include "commands/check_command.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "comm/on_root.hpp"
#include "commands/output.hpp"
#include "commands/setup.hpp"
#include "commands/shared_input.hpp"
#include "core/own_target.hpp"
#include "core/random.hpp"
#include "core/shell.hpp"
#include "core/text_file.hpp"
#include "problem/data.hpp"
#include "problem/parameters.hpp"
#include "runner/expected_utilization.hpp"
#include "runner/probe.hpp"
#include "runner/rate.hpp"
#include "runner/simulator_check.hpp"
#include "solver/cost.hpp"
#include "target/make_target.hpp"

namespace gmmvi::commands {
namespace {

Eigen::VectorXd first_mean(const AnyMixture& mixture) {
  return std::visit([](const auto& m) { return m.gaussian(0).mean(); }, mixture);
}

/// 1.3D, say, as a number.
std::string samples_text(const Setup& setup) {
  const auto wanted = [&](const auto& selection) {
    return selection.desired_samples_per_component.in(setup.target->dimension(), selection.least_desired_samples);
  };
  return fmt::format("desired_samples_per_component is {}",
                     std::visit(wanted, setup.configuration.solver.sample_selector));
}

/// What it costs to add components, where that is more than the samples that an iteration draws anyway; or nothing.
std::string additions_text(const Setup& setup) {
  const Options& options = setup.solver;
  const auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter);
  if (adaptive == nullptr || adaptive->num_prior_samples == 0) return "";
  std::string text = fmt::format(
      "To add a component, {}every {} iterations, {} samples of the prior are evaluated each time (num_prior_samples)",
      adaptive->additions == AdaptiveComponentsOptions::Additions::needed ? "where it is needed, at most " : "",
      adaptive->add_iters, adaptive->num_prior_samples);
  const runner::RunOptions& run = setup.configuration.run;
  const std::int64_t last =
      solver::last_iteration(options, setup.target->dimension(), run.iterations, run.max_evaluations);
  if (last < run.iterations) {
    const std::int64_t rounded = last < 50 ? last : (last + 5) / 10 * 10;
    text += fmt::format(", so that max_evaluations ({}) ends the run near iteration {} of {}", *run.max_evaluations,
                        rounded, run.iterations);
  }
  return text + ".\n";
}

constexpr const char* all_is_well = "Nothing is wrong with this config.\n";

/// The median of the priors and three draws, as far as there are proper ones; else where the first mixture is.
std::vector<runner::TrialPoint> trial_points(const problem::Priors& priors, const Target& target,
                                             const Eigen::VectorXd& first_mean, std::uint64_t seed) {
  if (priors.none() || !priors.improper().empty()) return {{"mean of the first component", first_mean}};
  std::vector<runner::TrialPoint> points = {
      {"prior median", {}}, {"prior draw 1", {}}, {"prior draw 2", {}}, {"prior draw 3", {}}};
  core::Stream stream(seed, core::Purpose::initial_mixture);
  for (runner::TrialPoint& point : points) {
    const Eigen::VectorXd x = &point == points.data() ? priors.median() : priors.draw(stream);
    point.sample = target.transforms().to_solver(x);
  }
  return points;
}

/// The first outputs that a simulator has returned at one of the trial points, beside the data; nothing where it
/// returns none, or a run keeps none. `all` [M x points].
std::string outputs_text(const Setup& setup, const Eigen::MatrixXd& all,
                         const std::vector<runner::TrialPoint>& points) {
  const auto& likelihood = setup.configuration.problem.likelihood;
  if (!likelihood || all.size() == 0) return "";
  constexpr Eigen::Index most = 5;
  const problem::DataTable table(likelihood->data, core::read_text(likelihood->data));
  const Eigen::VectorXd data = table.column(likelihood->column);
  for (Eigen::Index i = 0; i < std::ssize(points); ++i) {
    const auto outputs = all.col(i);
    if (outputs.array().isNaN().all()) continue;
    const Eigen::Index shown = std::min(most, data.size());
    std::string text =
        fmt::format("Outputs at the {}, {} of {}, and the data ({} of {}):\n{:>5}{:>15}{:>15}\n",
                    points[static_cast<std::size_t>(i)].name, shown, data.size(), likelihood->column,
                    std::filesystem::path(likelihood->data).filename().string(), "row", "output", "datum");
    for (Eigen::Index m = 0; m < shown; ++m)
      text += fmt::format("{:>5}{:>15.6g}{:>15}\n", m + 1, outputs[m],
                          std::isnan(data[m]) ? "none" : fmt::format("{:.6g}", data[m]));
    return text;
  }
  return "";
}

/// What all evaluations of a run would take.
std::string cost_text(const Setup& setup, double seconds) {
  const int at_a_time = evaluators_of(setup).places();
  const std::string each = fmt::format("{:.2g} s an evaluation, {} at a time", seconds, at_a_time);
  const auto limit = setup.configuration.run.max_evaluations;
  if (!limit)
    return fmt::format("{}: {:.0f} in an hour; run.max_evaluations limits them", each,
                       3600.0 * at_a_time / std::max(seconds, 1e-9));
  const double all = static_cast<double>(*limit) * seconds / at_a_time;
  return fmt::format("{}: {} for all {} (run.max_evaluations)", each,
                     all < 1.0 ? std::string("less than a second") : runner::duration_text(all), *limit);
}

/// Where a run's gradients come from, if its target gives none.
std::string without_gradient_text(const Setup& setup, Eigen::Index dimension) {
  const FiniteDifferencesOptions& differences = setup.solver.evaluation.finite_differences;
  if (!solver::needs_gradients(setup.configuration.solver))
    return fmt::format("{} needs none", setup.configuration.codename);
  return fmt::format("by differences: each sample takes {} evaluations in all (finite_differences.step {})",
                     differences.evaluations(dimension), differences.step);
}

/// What a check comes to, by itself.
std::string in_short(const Setup& setup, const ConfigArguments& arguments, const runner::Trial& trial,
                     std::size_t points, const std::string& gradient) {
  std::string text =
      fmt::format("\nIn short\n  simulator  {}: a value at {} of {} points\n  gradient   {}\n  cost       {}\n",
                  target::describe(setup.configuration.target), points - trial.without, points, gradient,
                  cost_text(setup, trial.seconds));
  if (trial.without > 0)
    return text + "See above why there are points without a value. If they are few and far off, a run does without.\n";
  const std::string options = config::to_text(arguments.overrides);
  return text + all_is_well + "Next:" +
         core::call_line(
             fmt::format("run {}{}{}", core::shell_word(arguments.config), options.empty() ? "" : " ", options)) +
         '\n';
}

/// What a simulator says before a run, and whether its gradient is that of its log density. Throws Error where it is
/// not, since the run would go astray.
std::string tried(const Setup& setup, const ConfigArguments& arguments, Target& target,
                  const Eigen::VectorXd& first_mean) {
  const problem::Priors priors = priors_of(setup.configuration.problem);
  const std::uint64_t seed = setup.configuration.solver.seed;
  const bool needed = solver::needs_gradients(setup.configuration.solver);
  const bool gradients = needed && target.has_gradients();
  const auto points = trial_points(priors, target, first_mean, seed);
  const runner::Trial trial = runner::try_target(target, points, gradients, setup.solver.evaluation.time_limit);
  const std::string text = fmt::format("Asked {}:\n", target::describe(setup.configuration.target)) + trial.text +
                           outputs_text(setup, trial.outputs, points);
  const auto end = [&](const std::string& gradient) {
    return in_short(setup, arguments, trial, points.size(), gradient);
  };
  if (!gradients) return text + end(without_gradient_text(setup, target.dimension()));
  // Of z, where its gradient may be missing.
  const auto of_prior = [&](const Eigen::VectorXd& z) { return priors.log_density(target.transforms().to_user(z)); };
  const Eigen::VectorXd direction = runner::random_direction(target.dimension(), seed);
  for (auto point = points.rbegin(); point != points.rend(); ++point) {  // at a median parts of it may be 0
    const auto comparison = runner::compare_gradient(target, point->sample, direction, of_prior);
    if (!comparison) continue;
    if (!runner::agrees(*comparison))
      throw Error(text + "Gradient: " + runner::to_text(*comparison) +
                      runner::wrong_parts_text(target, point->sample, of_prior) +
                      " A fit would go astray. Mend it; or leave the gradient away and take an estimator that needs "
                      "none (--codename with Z first), or set target.finite_differences.scheme.",
                  ExitCode::unavailable);
    return fmt::format("{}Gradient: {}\n{}", text, runner::to_text(*comparison),
                       end("no contradiction to differences of log densities"));
  }
  return text + end("not compared with differences of log densities, since these have no values");
}

}  // namespace

void check_command(const ConfigArguments& arguments, const Communicator& world) {
  const Setup setup = set_up(arguments, world);
  const Eigen::Index parameters = setup.target->dimension();
  print(world, config::to_yaml(setup.configuration) + '\n');
  tell(world, fmt::format("{} with {} parameter{}; {}\n{}\n{}\n", setup.configuration.codename, parameters,
                          parameters == 1 ? "" : "s", samples_text(setup), additions_text(setup),
                          runner::memory_table(setup.memory)));
  const solver::Extent first = solver::first_extent(setup.configuration.solver, parameters);
  tell(world, runner::utilization_text(evaluators_of(setup), first.active_samples));
  comm::attempt_on_root(world, [&] { make_fit_metrics(setup); });
  say_warnings(setup, arguments, world);
  setup.teams->run([&](Target& target, const Communicator& ranks) {
    const Gmmvi gmmvi =
        make_solver(setup, target, ranks, {.make_target = setup.make_target, .teams = setup.teams.get()});
    const bool gradients = solver::needs_gradients(setup.configuration.solver);
    if (target::is_outside(setup.configuration.target)) {
      const std::string said =
          comm::on_root(ranks, [&] { return tried(setup, arguments, target, first_mean(gmmvi.mixture())); });
      return tell(ranks, said);
    }
    const runner::Probe probe =
        comm::on_root(ranks, [&] { return runner::probe(target, first_mean(gmmvi.mixture()), gradients); });
    tell(ranks, runner::to_text(probe) + '\n' + all_is_well);
  });
}

}  // namespace gmmvi::commands
