#include "config/read.hpp"

#include <filesystem>
#include <variant>

#include <fmt/format.h>

#include "config/codename.hpp"
#include "config/families.hpp"
#include "config/keys.hpp"
#include "config/read_problem.hpp"

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

struct WrongLength {
  const char* key;
  std::string problem, allowed;
};

/// Lists with a number for every dimension must all be as long as the target has parameters.
std::vector<WrongLength> wrong_lengths(const ModelInitialization& o, std::optional<Eigen::Index> dimension) {
  std::vector<WrongLength> wrong;
  const auto check = [&](const char* key, const PerDimension& values) {
    const auto length = static_cast<Eigen::Index>(values.size());
    if (length <= 1) return;  // 0: what stands there is no number
    if (!dimension) dimension = length;
    if (length == *dimension) return;
    wrong.push_back({key, fmt::format("a list of {} numbers, but there are {} dimensions", length, *dimension),
                     fmt::format("one number, or {}", *dimension)});
  };
  check("prior_mean", o.prior_mean);
  check("prior_scale", o.prior_scale);
  if (o.initial_cov) check("initial_cov", *o.initial_cov);
  return wrong;
}

/// Samples of the prior need a prior.
void check_prior(Section& root, const Options& options) {
  const auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter);
  if (options.model_initialization.has_prior || adaptive == nullptr || adaptive->num_prior_samples == 0) return;
  const Node* initial_cov = root.section("model_initialization").find("initial_cov");
  root.section(families_by_member().component_adapter.config_key())
      .refuse("num_prior_samples",
              fmt::format(
                  "samples of the prior are wanted, but there is none: model_initialization.initial_cov is null at {}",
                  initial_cov->place.text()),
              "0, or an initial_cov that is not null");
}

}  // namespace

Configuration read_configuration(const Node& tree, Problems& problems, Files files, ReadTarget target) {
  Reader reader(tree, problems, files);
  Section root = reader.root();
  Configuration c;
  problems.attempt([&] { refuse_extends(root); });
  read_seed(root, c.solver.seed);
  keys(root, c.solver);  // `seed` wins over `start_seed`
  models_key(root, c.output);
  problems.attempt([&] { check_models(root, c.output.models); });
  Section initialization = root.section("model_initialization");
  read_model_initialization(initialization, c);
  c.is_open = !read_families(root, c.solver);
  if (target == ReadTarget::yes) {
    problems.attempt([&] { c.target = read_target(root); });
    problems.attempt([&] { c.problem = read_problem(root, c.target); });
  }
  sections(root, c.run, c.mmd, c.solver.evaluation, c.keep, c.output);
  reader.check_keys();
  c.places = reader.places();
  const auto dimension = reader.is_usable_everywhere("num_dimensions") ? known_dimension(c.target) : std::nullopt;
  for (const WrongLength& wrong : wrong_lengths(c.solver.model_initialization, dimension))
    problems.attempt([&] { initialization.refuse(wrong.key, wrong.problem, wrong.allowed); });
  problems.attempt([&] { check_prior(root, c.solver); });
  c.codename = codename_of(c.solver);
  return c;
}

void require_lengths(const Configuration& c, Eigen::Index dimension) {
  for (const WrongLength& wrong : wrong_lengths(c.solver.model_initialization, dimension)) {
    const std::string key = fmt::format("model_initialization.{}", wrong.key);
    fail(fmt::format("{}: {}: {}; allowed: {}", c.places.at(key), key, wrong.problem, wrong.allowed));
  }
}

}  // namespace gmmvi::config
