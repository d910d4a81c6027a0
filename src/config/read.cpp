#include "config/read.hpp"

#include <filesystem>
#include <variant>

#include <fmt/format.h>

#include "config/codename.hpp"
#include "config/families.hpp"
#include "config/keys.hpp"

namespace gmmvi::config {

namespace {

/// Files are merged before they are read here; a key that is left comes from elsewhere.
void refuse_extends(Section& root) {
  if (root.find("extends") != nullptr) root.refuse("extends", "only a configuration file can extend others");
}

void read_seed(Section& root, std::uint64_t& seed) {
  root.integer("start_seed", seed, at_least(0));
}

/// The run's own folder has files, so that models cannot stand beside them.
void check_models(Section& root, const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).lexically_normal();
  if (folder.empty() || folder.is_absolute()) return;
  if (*folder.begin() != "." && *folder.begin() != "..") return;
  root.refuse("dump_gmm_path", fmt::format("'{}' is not a folder within that of the run", path),
              "a path like models, an absolute path, or null");
}

void read_model_initialization(Section section, Configuration& c) {
  keys(section, c.solver.model_initialization);
  initial_model_key(section, c.initial_model);
}

/// The number of parameters, where the configuration alone tells.
template <class Options>
std::optional<Eigen::Index> known_dimension(const Options& target) {
  return std::visit(
      [](const auto& option) -> std::optional<Eigen::Index> {
        if constexpr (requires { option.dimension; }) return option.dimension;
        if constexpr (requires { option.around; }) return known_dimension(option.around);
        return std::nullopt;
      },
      target);
}

/// Lists with a number for every dimension must all be as long as the target has parameters.
void check_lengths(Section section, const ModelInitialization& o, std::optional<Eigen::Index> dimension) {
  const auto check = [&](const char* key, const PerDimension& values) {
    const auto length = static_cast<Eigen::Index>(values.size());
    if (length == 1) return;
    if (!dimension) dimension = length;
    if (length == *dimension) return;
    section.refuse(key, fmt::format("a list of {} numbers, but there are {} dimensions", length, *dimension),
                   fmt::format("one number, or {}", *dimension));
  };
  check("prior_mean", o.prior_mean);
  check("prior_scale", o.prior_scale);
  if (o.initial_cov) check("initial_cov", *o.initial_cov);
}

/// Samples of the prior need a prior.
void check_prior(Section& root, const Options& options) {
  const auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter);
  if (options.model_initialization.has_prior || adaptive == nullptr || adaptive->num_prior_samples == 0) return;
  const Node* initial_cov = root.section("model_initialization").find("initial_cov");
  root.section(families()[1].config_key())
      .refuse("num_prior_samples",
              fmt::format(
                  "samples of the prior are wanted, but there is none: model_initialization.initial_cov is null at {}",
                  initial_cov->place.text()),
              "0, or an initial_cov that is not null");
}

}  // namespace

Configuration read_configuration(const Node& tree, Files files) {
  Reader reader(tree, files);
  Section root = reader.root();
  refuse_extends(root);
  Configuration c;
  read_seed(root, c.solver.seed);
  keys(root, c.solver);  // `seed` wins over `start_seed`
  models_key(root, c.output);
  check_models(root, c.output.models);
  read_model_initialization(root.section("model_initialization"), c);
  read_families(root, c.solver);
  c.target = read_target(root);
  sections(root, c.run, c.mmd, c.solver.evaluation, c.keep, c.output);
  reader.finish();
  check_lengths(root.section("model_initialization"), c.solver.model_initialization, known_dimension(c.target));
  check_prior(root, c.solver);
  c.codename = codename_of(c.solver);
  return c;
}

}  // namespace gmmvi::config
