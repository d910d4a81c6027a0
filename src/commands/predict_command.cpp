#include "commands/predict_command.hpp"

#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "commands/output.hpp"
#include "commands/setup.hpp"
#include "commands/shared_input.hpp"
#include "core/log.hpp"
#include "core/own_target.hpp"
#include "core/shell.hpp"
#include "io/model_file.hpp"
#include "io/outputs_file.hpp"
#include "io/predictive_file.hpp"
#include "problem/data.hpp"
#include "problem/noise.hpp"
#include "problem/parameters.hpp"
#include "runner/fingerprint.hpp"
#include "runner/prediction.hpp"
#include "runner/run_files.hpp"

namespace gmmvi::commands {
namespace {

namespace fs = std::filesystem;

/// The folder of the run, whose config has a likelihood.
std::string folder_of(const PredictArguments& arguments) {
  runner::RunFiles files = runner::run_files(arguments.run);
  if (!files.config)
    throw Error(fmt::format("{} is a model file alone, and only the config.yml of a run folder says what is simulated. "
                            "Name the run folder.",
                            arguments.run),
                ExitCode::usage);
  return files.folder;
}

void require_outputs(const config::Configuration& configuration, const std::string& folder) {
  if (configuration.problem.likelihood) return;
  throw comm::CollectiveError(
      fmt::format("The target of {} returns a log density, and no outputs that could be predicted. It takes a "
                  "simulator whose outputs are compared with data (target.returns: outputs, and likelihood).",
                  folder),
      ExitCode::usage);
}

void require_same(const MadeTarget& made, const io::Model& model, const std::string& folder) {
  runner::require_same_run(made.fingerprint, folder);
  const auto fitted = static_cast<Eigen::Index>(model.parameter_names.size());
  if (made.target->dimension() != fitted)
    throw Error(fmt::format("{}/config.yml describes a target of {} parameters, but the model beside it has {}: they "
                            "are not of one run.",
                            folder, made.target->dimension(), fitted),
                ExitCode::configuration);
}

std::string number_text(double value) {
  return std::isnan(value) ? "–" : fmt::format("{:.5g}", value);
}

using Labels = std::optional<problem::RowLabels>;

std::string table_of(const io::Predictive& predictive, const Labels& labels) {
  constexpr Eigen::Index most = 60;  // that people read
  const auto label = [&](const std::string& text) { return labels ? fmt::format("{:>12} ", text) : std::string(); };
  constexpr const char* row = "{:>8} {}{:>12} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}\n";
  std::string text = fmt::format(row, "output", label(labels ? labels->column : ""), "data", "mean", "5 %", "50 %",
                                 "95 %", "data 5 %", "data 95 %");
  const Eigen::Index outputs = predictive.mean.size();
  for (Eigen::Index m = 0; m < std::min(outputs, most); ++m)
    text += fmt::format(row, m + 1, label(labels ? labels->rows[static_cast<std::size_t>(m)] : ""),
                        number_text(predictive.data[m]), number_text(predictive.mean[m]),
                        number_text(predictive.quantiles(0, m)), number_text(predictive.quantiles(1, m)),
                        number_text(predictive.quantiles(2, m)), number_text(predictive.data_quantiles(0, m)),
                        number_text(predictive.data_quantiles(2, m)));
  if (outputs > most) text += fmt::format("… {} outputs in all\n", outputs);
  return text;
}

std::string text_of(const io::Predictive& predictive, const Labels& labels, const std::string& path) {
  constexpr double enough = 50.0;  // for quantiles of 5 %
  std::string text = table_of(predictive, labels);
  text += fmt::format("From {} {}, weighted by importance; they are worth {:.1f} draws of the posterior",
                      predictive.draws, predictive.simulated ? "draws of the mixture" : "evaluations of the run",
                      predictive.effective_samples);
  if (std::isfinite(predictive.pareto_k)) text += fmt::format(", Pareto k {:.2f}", predictive.pareto_k);
  if (predictive.outside + predictive.failures > 0)
    text += fmt::format(" ({} outside the support, {} failed)", predictive.outside, predictive.failures);
  text += ". Data 5 % and data 95 % are of new data, with their noise; the others are without.\n";
  if (predictive.without_outputs > 0)
    text += fmt::format("{} of these evaluations are left out, as their outputs were not kept.\n",
                        predictive.without_outputs);
  if (predictive.effective_samples < enough)
    text += predictive.simulated
                ? "These are few: the quantiles are rough. Draw more (-n), or go on with the run.\n"
                : "These are few: the quantiles are rough. Simulate draws of the mixture (-n 1000), or go on with the "
                  "run.\n";
  return text + fmt::format("Wrote {}.\n", path);
}

/// The file that a run writes at its end.
std::string outputs_path(const std::string& folder) {
  std::string path = (fs::path(folder) / "outputs.nc").string();
  if (std::error_code error; fs::exists(path, error)) return path;
  throw Error(
      fmt::format("There is no {}, which a run writes at its end where it keeps the outputs of its evaluations "
                  "(output.keep_outputs). If it has not come to its end, go on with it:{}\nOr simulate draws of "
                  "the mixture:{}",
                  path, core::call_line("run --resume " + core::shell_word(folder)),
                  core::call_line(fmt::format("predict {} -n 1000", core::shell_word(folder)))),
      ExitCode::data);
}

/// From the evaluations of the run. Rank 0's.
io::Predictive predict_from_run(const std::string& folder, const problem::Likelihood& likelihood,
                                const io::Model& model) {
  const std::string path = outputs_path(folder);
  const io::OutputsReader evaluations(path);
  if (evaluations.outputs() != likelihood.outputs())
    throw Error(fmt::format("{} has {} outputs of each evaluation, and likelihood.data {} rows: they are not of one "
                            "run.",
                            path, evaluations.outputs(), likelihood.outputs()),
                ExitCode::data);
  io::Predictive predictive = runner::predict(evaluations, &likelihood);
  predictive.model_hash = evaluations.model_hash().value_or("");
  const std::int64_t until = evaluations.iterations().value_or(model.attributes.iterations);
  if (until != model.attributes.iterations)
    core::log().warn("warning: {} has the evaluations up to iteration {}; the model is of iteration {}", path, until,
                     model.attributes.iterations);
  return predictive;
}

}  // namespace

void predict_command(const PredictArguments& arguments, const Communicator& world) {
  std::string folder = comm::on_root(world, [&] { return folder_of(arguments); });
  world.broadcast(folder);
  const std::string config = (fs::path(folder) / "config.yml").string();
  // Without new simulations the simulator need not be there any more.
  const auto configuration = arguments.count ? shared_configuration({.config = config, .overrides = {}}, world)
                                             : shared_configuration_on_trust(config, world);
  require_outputs(configuration, folder);
  const std::string model_path = (fs::path(folder) / "model.nc").string(),
                    out = (fs::path(folder) / "predictive.nc").string();
  const std::string contents = shared_contents(world, model_path);
  const io::Model model = alike_on_all_ranks([&] { return io::parse_model(model_path, contents); });
  const problem::LikelihoodOptions& options = *configuration.problem.likelihood;
  DataFiles read;
  const target::Sources sources = shared_sources(world, read);
  const problem::Data data = alike_on_all_ranks([&] { return problem::data_of(options, sources.contents); });
  const auto likelihood = alike_on_all_ranks(
      [&] { return problem::Likelihood(options, data, problem::names_of(configuration.problem.parameters)); });
  const auto write = [&](io::Predictive predictive, const Communicator& ranks) {
    predictive.data = data.table.column(options.column);
    comm::attempt_on_root(ranks, [&] { io::write_predictive(out, model, predictive); });
    tell(ranks, ranks.is_root() ? text_of(predictive, problem::labels_of(data.table, options), out) : "");
  };
  if (!arguments.count) {
    const auto predict = [&] {
      runner::require_same_data(read, folder);
      return predict_from_run(folder, likelihood, model);
    };
    return write(comm::on_root(world, predict), world);
  }
  const MadeTarget made =
      make_target(configuration, world, nullptr, {.most_outputs = std::numeric_limits<std::int64_t>::max()});
  comm::attempt_on_root(world, [&] { require_same(made, model, folder); });
  made.teams->run([&](Target& target, const Communicator& ranks) {
    write(runner::predict(
              target, model.mixture,
              {.draws = *arguments.count,
               .seed = arguments.seed,
               .likelihood = &likelihood,
               .evaluation = {.options = made.evaluation, .make_target = made.make_another, .teams = made.teams.get()}},
              ranks),
          ranks);
  });
}

}  // namespace gmmvi::commands
