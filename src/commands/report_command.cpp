#include "commands/report_command.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "commands/output.hpp"
#include "commands/shared_input.hpp"
#include "config/configuration.hpp"
#include "core/text_file.hpp"
#include "io/model_file.hpp"
#include "report/page.hpp"
#include "runner/ground_truth.hpp"
#include "target/make_target.hpp"

namespace gmmvi::commands {
namespace {

namespace fs = std::filesystem;

/// A report does without what needs files beyond the run's own: they may have moved since.
void try_for(report::RunData& run, const char* what, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    run.warnings.push_back(fmt::format("This report is without {}: {}", what, error.what()));
  }
}

void add_drawings(report::RunData& run, const std::string& config) {
  const config::Configuration configuration = config::load(config);
  if (target::is_outside(configuration.target)) return;  // it would have to be started, and draws nothing
  const std::unique_ptr<Target> target = target::make_target(
      configuration.target, configuration.solver.seed,
      {.contents = core::read_text, .model = [](const std::string& path) { return fitted(io::read_model(path)); }},
      configuration.problem);
  run.drawings = report::drawings(run.model->mixture, *target);
}

/// Those that the posterior has.
void add_priors(report::RunData& run, const std::string& config) {
  const config::Configuration configuration = config::load(config);
  if (!target::adds_priors(configuration.target)) return;
  const auto priors = std::make_shared<const problem::Priors>(priors_of(configuration.problem));
  if (priors->dimension() != std::ssize(run.model->parameter_names)) return;
  const std::vector<Eigen::Index> improper = priors->improper();
  for (Eigen::Index d = 0; d < priors->dimension(); ++d)
    run.priors.push_back(std::ranges::find(improper, d) != improper.end() ? report::PriorDensity() : [=](double x) {
      return std::exp(priors->marginal_log_density(d, x));
    });
}

void add_true_samples(report::RunData& run, const std::string& config) {
  const auto path = config::true_samples_path(config);
  if (path) run.true_samples = runner::read_ground_truth(*path);
}

report::RunData read(const std::string& folder) {
  report::RunData run = report::read_run(folder);
  const std::string config = (fs::path(folder) / "config.yml").string();
  if (!run.model || run.config.empty()) return run;
  try_for(run, "drawings of the target", [&] { add_drawings(run, config); });
  try_for(run, "the priors", [&] { add_priors(run, config); });
  try_for(run, "the samples that the config names", [&] { add_true_samples(run, config); });
  return run;
}

std::string path_for(const ReportArguments& arguments) {
  if (!arguments.file.empty()) return arguments.file;
  return arguments.runs.size() == 1 ? (fs::path(arguments.runs.front()) / "report.html").string() : "report.html";
}

std::string write(const ReportArguments& arguments) {
  std::vector<report::RunData> runs;
  for (const std::string& folder : arguments.runs) runs.push_back(read(folder));
  std::string path = path_for(arguments);
  report::write_page(path, report::page(runs));
  return path;
}

}  // namespace

void report_command(const ReportArguments& arguments, const Communicator& world) {
  const std::string path = comm::on_root(world, [&] { return write(arguments); });
  tell(world, fmt::format("Report: {}\n", path));
}

}  // namespace gmmvi::commands
