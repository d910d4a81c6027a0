#include "config/key_places.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/alternative.hpp"
#include "config/codename.hpp"
#include "config/configuration.hpp"
#include "config/keys.hpp"
#include "config/nearest.hpp"
#include "config/reader.hpp"
#include "config/values.hpp"

namespace gmmvi::config {

namespace {

/// By reading nothing with all options there are.
std::vector<std::string> all_paths() {
  Node nothing;
  nothing.place.source = std::make_shared<const Source>();
  Problems ignored;
  Reader reader(nothing, ignored, Files::are_taken_on_trust);
  Section root = reader.root();
  const auto read = std::make_unique<Configuration>();
  Configuration& c = *read;
  keys(root, c.solver);
  models_key(root, c.output);
  for (const char* key : {"codename", "extends", "start_seed", "environment_name", "parameters", "likelihood"})
    root.find(key);
  root.section("prior", {}, [&](Section& s) { prior_model_key(s, c.problem.prior_model); });
  root.section("model_initialization", {}, [&](Section& s) {
    keys(s, c.solver.model_initialization);
    initial_model_key(s, c.initial_model);
  });
  for_each_family(c.solver, [&]<class Variant>(const Family& family, Variant&) {
    root.find(family.type_key());
    Section section = root.section(family.config_key());
    for_each_alternative<Variant>([&](auto& option) { keys(section, option); });
  });
  sections(root, c.run, c.mmd, c.solver.evaluation, c.keep, c.output);
  Section target = root.section("target");
  for_each_alternative<target::TargetOptions>([&](auto& option) { keys(target, option); });
  return reader.paths();
}

const std::vector<std::string>& paths() {
  static const std::vector<std::string> all = all_paths();
  return all;
}

std::string_view last_of(std::string_view path) {
  return path.substr(path.rfind('.') + 1);
}

bool is_at_top(const std::string& key) {
  return std::ranges::find(paths(), key) != paths().end();
}

struct OtherName {
  std::string_view key;
  std::initializer_list<std::string_view> others;
};

const std::array<OtherName, 7> other_names = {
    {{"codename", {"algorithm", "algorithm_id", "algorithm_name", "algo"}},
     {"run.iterations",
      {"iters", "n_iter", "n_iters", "num_iters", "max_iter", "max_iters", "n_iterations", "num_iterations",
       "max_iterations", "train_iters", "num_train_iters"}},
     {"target.num_dimensions",
      {"dim", "dims", "ndim", "n_dim", "n_dims", "num_dim", "num_dims", "dimension", "dimensions", "n_dimensions"}},
     {"sample_selector_config.desired_samples_per_component",
      {"batch_size", "n_samples", "num_samples", "desired_samples", "samples_per_component",
       "num_samples_per_component"}},
     {"component_stepsize_adapter_config.initial_stepsize", {"stepsize", "step_size", "learning_rate", "lr"}},
     {"output.directory", {"out", "outdir", "out_dir", "output_dir", "save_dir", "log_dir", "results_dir", "path"}},
     {"run.max_evaluations", {"max_fevals", "max_evals", "num_evaluations", "budget"}}}};

constexpr std::array standard_deviations = {"init_std",      "initial_std",   "init_stddev", "initial_stddev",
                                            "init_scale",    "initial_scale", "init_sigma",  "initial_sigma",
                                            "initial_stdev", "init_sd",       "initial_sd"};
constexpr std::array of_experiment_runners = {"name",  "project", "experiment_id", "repetitions",       "wandb",
                                              "group", "tags",    "defaults",      "reps_in_parallel",  "hydra",
                                              "slurm", "notes",   "reps_per_job",  "iterations_per_rep"};

bool is_one_of(const auto& words, std::string_view key) {
  return std::ranges::find(words, key) != std::ranges::end(words);
}

/// ", here 0.01", of one number or several.
std::string squares_text(const Node& value) {
  std::vector<std::string> squares;
  for (const Node& item : value.kind == Node::Kind::list ? value.items : std::vector<Node>{value}) {
    double number = 0.0;
    if (squares.size() == 10 || to_number(item.text, number) != Conversion::done) return "";
    squares.push_back(fmt::format("{:.6g}", number * number));
  }
  const std::string text = fmt::format("{}", fmt::join(squares, ", "));
  return value.kind == Node::Kind::list ? fmt::format(": [{}]", text) : ": " + text;
}

}  // namespace

std::vector<std::string> places_of(std::string_view key, std::string_view section) {
  std::vector<std::string> places;
  for (const std::string& path : paths()) {
    if (last_of(path) != key) continue;
    if (path.size() > key.size() && std::string_view(path).substr(0, path.size() - key.size() - 1) == section)
      return {};
    places.push_back(path);
  }
  return places;
}

std::string nearest_place(std::string_view key) {
  std::vector<std::string> words;
  for (const std::string& path : paths()) words.emplace_back(last_of(path));
  const std::string near = nearest(key, words);
  const auto found = std::ranges::find(words, near);
  return near.empty() ? "" : paths()[static_cast<std::size_t>(found - words.begin())];
}

std::string hint_at_other_name(std::string_view key, const Node& value) {
  if (is_one_of(standard_deviations, key)) {
    return fmt::format(
        " (did you mean 'model_initialization.initial_cov'? That is a variance, the square of this standard "
        "deviation{})",
        squares_text(value));
  }
  for (const OtherName& name : other_names)
    if (is_one_of(name.others, key)) return fmt::format(" (did you mean '{}'?)", name.key);
  if (is_one_of(of_experiment_runners, key)) return " (a setting of an experiment runner; leave it out here)";
  const bool holds_settings =
      std::ranges::any_of(value.entries, [](const auto& entry) { return is_at_top(entry.key); });
  return holds_settings ? " (what stands in it belongs to the top level of a configuration: move it there)" : "";
}

}  // namespace gmmvi::config
