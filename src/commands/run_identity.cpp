#include "commands/run_identity.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "config/place.hpp"
#include "core/log.hpp"
#include "core/own_target.hpp"
#include "core/shell.hpp"
#include "core/text_file.hpp"
#include "io/atomic_file.hpp"
#include "io/status_file.hpp"
#include "runner/run.hpp"
#include "runner/text.hpp"
#include "target/make_target.hpp"

namespace gmmvi::commands {
namespace {

std::string config_in(const std::string& folder) {
  return folder + "/config.yml";
}

/// Without the folders that a run of the written config could not use again.
config::Configuration repeatable(config::Configuration configuration) {
  configuration.output.directory.clear();
  if (std::filesystem::path(configuration.output.models).is_absolute()) configuration.output.models.clear();
  return configuration;
}

/// The lines in which a written config says what it was made of.
std::string origin_in(const std::string& path) {
  std::string lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line) && line.starts_with('#');) lines += line + '\n';
  return lines;
}

std::string name_of_preset(const std::string& preset) {
  const std::filesystem::path path = preset;
  return path.extension() == ".yml" || path.extension() == ".yaml" ? path.stem().string() : path.filename().string();
}

}  // namespace

std::string preset_of(const config::Overrides& overrides) {
  return overrides.preset ? name_of_preset(*overrides.preset) : "";
}

// Where a line has a preset, it begins the options. A run that went on has several lines, the last of which counts.
std::string preset_in(const std::string& folder) {
  constexpr std::string_view option = " with --preset ";
  const std::string origin = origin_in(config_in(folder));
  const std::size_t at = origin.rfind(option);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + option.size();
  const std::string rest = origin.substr(begin, origin.find('\n', begin) - begin);
  return name_of_preset(rest.substr(0, rest.find(" --")));
}

runner::RunIdentity identity_of(const std::string& name, const std::string& preset, const Setup& setup) {
  return {.name = name,
          .codename = setup.configuration.codename,
          .preset = preset,
          .ranks = setup.teams->ranks(),
          .seed = setup.configuration.solver.seed,
          .target = target::describe(setup.configuration.target),
          .parameter_names = setup.target->parameter_names(),
          .transforms = setup.target->transforms(),
          .fingerprint = setup.fingerprint};
}

std::string new_config(const ConfigArguments& arguments, const config::Configuration& configuration) {
  const std::string options = config::to_text(arguments.overrides);
  return fmt::format("# From {}{}{}\n", config::in_one_line(arguments.config), options.empty() ? "" : " with ",
                     options) +
         config::to_yaml(repeatable(configuration));
}

std::string resumed_config(const std::string& folder, const config::Overrides& overrides,
                           const config::Configuration& configuration) {
  const std::string options = config::to_text(overrides);
  return origin_in(config_in(folder)) + (options.empty() ? "" : "# Resumed with " + options + '\n') +
         config::to_yaml(repeatable(configuration));
}

void add_origin(const std::string& folder, const std::string& sentence) {
  const std::string path = config_in(folder), origin = origin_in(path), text = core::read_text(path);
  io::write_atomically(path, fmt::format("{}# {}\n{}", origin, config::in_one_line(sentence),
                                         text.substr(std::min(origin.size(), text.size()))));
}

bool is_of_stan(const runner::RunFiles& files) {
  return files.config && core::read_text(*files.config).find("type: bridgestan") != std::string::npos;
}

void require_run(const std::string& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(config_in(folder), ignored)) return;
  throw Error(fmt::format("There is no run to go on with in {}: it has no config.yml. Name a folder that `gmmvi run` "
                          "made.",
                          folder),
              ExitCode::data);
}

std::optional<runner::StopReason> end_of(const std::string& folder, const runner::RunOptions& options) {
  const std::string path = folder + "/status.json";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;  // it was killed early
  try {
    const io::Status status = io::read_status(path).status;
    if (status.state != io::Status::State::finished) return std::nullopt;
    if (status.stopped_by == runner::name_of(runner::StopReason::patience)) {
      const auto patience = config::load(config_in(folder)).run.patience;  // with which it ended
      if (options.patience && patience && *options.patience <= *patience) return runner::StopReason::patience;
    }
    return runner::stop_reason(options, status.iteration, status.evaluations, status.wall_seconds);
  } catch (const Error& error) {
    core::log().warn("warning: {}", error.what());  // what a run goes on with is elsewhere
    return std::nullopt;
  }
}

std::string how_to_resume(const std::string& folder) {
  return core::call_line("run --resume " + core::shell_word(folder));
}

}  // namespace gmmvi::commands
