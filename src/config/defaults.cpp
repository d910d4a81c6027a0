#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/configuration.hpp"
#include "config/nearest.hpp"
#include "config/place.hpp"
#include "config/shipped.hpp"

namespace gmmvi::config {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> experiments(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".yml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

[[noreturn]] void refuse_experiment(const std::string& name, const fs::path& folder) {
  const std::vector<std::string> names = experiments(folder);
  if (names.empty()) {
    fail(
        fmt::format("--experiment {}: there are no experiments in '{}'; the environment variable "
                    "GMMVI_EXPERIMENTS_DIR names their folder (configs/experiments of the sources)",
                    name, folder.string()));
  }
  fail(
      fmt::format("--experiment {}: no experiment has this name{}; there are: {}; a path, with a '/' or '.yml', "
                  "names a file of your own",
                  name, did_you_mean(name, names), fmt::join(names, ", ")));
}

std::string path_of(const std::string& experiment) {
  const bool is_path =
      experiment.find('/') != std::string::npos || experiment.ends_with(".yml") || experiment.ends_with(".yaml");
  if (is_path) return experiment;
  const fs::path folder = shipped_folder("experiments");
  const fs::path path = folder / (experiment + ".yml");
  if (experiment.empty() || !fs::exists(path)) refuse_experiment(experiment, folder);
  return path.string();
}

/// Says the initial variances where they follow from prior_scale.
void write_out(ModelInitialization& o) {
  if (o.initial_cov || !o.has_prior) return;
  o.initial_cov = o.prior_scale;
  for (double& value : *o.initial_cov) value *= value;
}

}  // namespace

std::string default_config(const std::optional<std::string>& codename, const std::string& experiment) {
  Configuration c = load(path_of(experiment), {.codename = codename, .fallback_codename = "SAMTRON"});
  write_out(c.solver.model_initialization);
  return fmt::format("# {} on {}: every key there is, and what it means.\n\n{}", c.codename,
                     fs::path(experiment).stem().string(), to_yaml(c, Comments::yes));
}

}  // namespace gmmvi::config
