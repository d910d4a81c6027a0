#include "commands/named_runs.hpp"

#include <filesystem>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "config/configuration.hpp"
#include "runner/fingerprint.hpp"
#include "runner/run_files.hpp"
#include "runner/summary.hpp"

namespace gmmvi::commands {
namespace {

/// Whether a run with another seed has another target.
template <class Options>
bool drawn_from_seed(const Options& options) {
  if constexpr (std::is_same_v<Options, target::SleepingOptions>)
    return std::visit([](const auto& around) { return drawn_from_seed(around); }, options.around);
  else if constexpr (std::is_same_v<Options, target::LogGaussianCoxOptions>)
    return options.data.empty();
  else
    return std::is_same_v<Options, target::RandomGaussianMixtureOptions> ||
           std::is_same_v<Options, target::RandomStudentTMixtureOptions> ||
           std::is_same_v<Options, target::BrownianMotionOptions> ||
           std::is_same_v<Options, target::NeuralNetworkOptions>;
}

/// Leaves the names of data files only: they may have moved since the run.
template <class Options>
void forget_folders(Options& options) {
  const auto forget = [](std::string& path) { path = std::filesystem::path(path).filename().string(); };
  if constexpr (std::is_same_v<Options, target::SleepingOptions>)
    std::visit([](auto& around) { forget_folders(around); }, options.around);
  if constexpr (requires { std::string(options.data); }) forget(options.data);
  if constexpr (requires { std::string(options.model); }) forget(options.model);
}

void replace_all(std::string& text, const std::string& part, const std::string& by) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + by.size()))
    text.replace(at, part.size(), by);
}

/// The files of the simulator by what is in them: gmmvi.fit puts the function of a session into a file in each run.
std::string by_content(std::string yaml, const std::vector<io::Fingerprint::DataFile>& simulator) {
  for (const auto& file : simulator) {
    const std::string name = std::filesystem::path(file.path).filename().string();
    replace_all(yaml, file.path, fmt::format("{} {} {}", name, file.bytes, file.checksum));
  }
  return yaml;
}

/// Checksums of what outputs are compared with; none where that is not known.
std::vector<std::string> compared_with(const problem::LikelihoodOptions& likelihood, const io::Fingerprint& of_run) {
  std::vector<std::string> checksums;
  for (const auto& file : of_run.data)
    if (file.path == likelihood.data || file.path == likelihood.covariance) checksums.push_back(file.checksum);
  return checksums;
}

struct TargetOfRun {
  std::string yaml;        // of a config with nothing else in it
  std::string by_content;  // the same, wherever the simulator's files are; empty where they are not known
  std::string likelihood;  // of a config with nothing else in it, without data
  std::vector<std::string> data;
  std::optional<std::uint64_t> seed;
};

/// None where the run's config is not there, or cannot be read any more.
std::optional<TargetOfRun> target_of(const runner::RunFiles& files) {
  if (!files.config || !std::filesystem::exists(*files.config)) return std::nullopt;
  try {
    const config::Configuration loaded = config::essence(config::load(*files.config));
    const io::Fingerprint of_run = runner::fingerprint_in(files.folder).value_or(io::Fingerprint());
    TargetOfRun target;
    config::Configuration bare;
    bare.target = loaded.target;
    std::visit([](auto& options) { forget_folders(options); }, bare.target);
    target.yaml = config::to_yaml(bare);
    if (!of_run.simulator.empty()) target.by_content = by_content(target.yaml, of_run.simulator);
    if (config::Configuration around; loaded.problem.likelihood) {
      target.data = compared_with(*loaded.problem.likelihood, of_run);
      around.problem.likelihood = loaded.problem.likelihood;
      around.problem.likelihood->data.clear();
      around.problem.likelihood->covariance.clear();
      target.likelihood = config::to_yaml(around);
    }
    if (std::visit([](const auto& options) { return drawn_from_seed(options); }, loaded.target))
      target.seed = loaded.solver.seed;
    return target;
  } catch (const Error&) {
    return std::nullopt;  // the models say what they are of, in a few words
  }
}

[[noreturn]] void refuse(const std::string& a, const std::string& b, const std::string& difference) {
  throw Error(fmt::format("{} and {} are not fits of one posterior: {}. Name runs of one target.", a, b, difference),
              ExitCode::data);
}

void require_one_target(const std::vector<std::string>& names, const std::vector<runner::RunFiles>& files) {
  std::optional<TargetOfRun> first;
  std::string of;
  for (std::size_t r = 0; r < names.size(); ++r) {
    const auto target = target_of(files[r]);
    if (!target) continue;
    if (!first) {
      first = target;
      of = names[r];
    }
    if (target->seed != first->seed)
      refuse(of, names[r],
             fmt::format("their target is drawn from the seed, which is {} and {}", *first->seed, *target->seed));
    if (target->yaml != first->yaml && (target->by_content.empty() || target->by_content != first->by_content))
      refuse(of, names[r], "the `target` in their config.yml differs");
    if (target->likelihood != first->likelihood) refuse(of, names[r], "the `likelihood` in their config.yml differs");
    if (!target->data.empty() && !first->data.empty() && target->data != first->data)
      refuse(of, names[r], "the data that outputs are compared with differ");
  }
}

}  // namespace

runner::SeveralRuns named_runs(const std::vector<std::string>& names) {
  std::vector<runner::RunFiles> files;
  std::vector<runner::FittedRun> runs;
  for (const std::string& name : names) {
    files.push_back(runner::run_files(name));
    io::Model model = io::read_model(files.back().model);
    if (const auto status = runner::status_of(files.back().folder, model); status && status->elbo)
      model.attributes.elbo = status->elbo;  // gmmvi evidence may have found a better one since
    runs.push_back({name, std::move(model)});
  }
  runner::require_one_posterior(runs);
  require_one_target(names, files);
  return runner::together(std::move(runs));
}

}  // namespace gmmvi::commands
