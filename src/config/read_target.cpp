#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/keys.hpp"
#include "config/nearest.hpp"
#include "config/read.hpp"
#include "config/shipped.hpp"

namespace gmmvi::config {

namespace {

void require(Section& section, std::string_view key, const std::string& what) {
  if (section.has(key)) return;
  section.reader().missing(fmt::format("{}: {}: missing; {}", section.place_text(), section.path_of(key), what));
}

target::TargetOptions breast_cancer(Section& root, Section&) {
  const std::filesystem::path data = std::filesystem::absolute(shipped_folder("data") / "breast_cancer.csv");
  if (root.reader().files() == Files::must_exist && !std::filesystem::exists(data)) {
    root.refuse("environment_name", fmt::format("its data file '{}' does not exist", data.string()),
                "any environment whose data are there; the environment variable GMMVI_DATA_DIR names the folder "
                "(configs/data of the sources)");
  }
  return target::LogisticRegressionOptions{.data = data.lexically_normal().string()};
}

target::TargetOptions random_mixture(Section&, Section& config) {
  target::RandomGaussianMixtureOptions options;
  require(config, "num_dimensions", "the number of parameters, a whole number, at least 1");
  keys(config, options);
  return options;
}

/// An environment of the reference; without `read` this version does not offer it.
struct Environment {
  std::string_view name;
  bool begins_the_name = false;  ///< any name that begins so
  target::TargetOptions (*read)(Section& root, Section& config) = nullptr;

  bool matches(std::string_view other) const { return begins_the_name ? other.starts_with(name) : other == name; }
};

constexpr std::array<Environment, 12> environments = {{{"breastCancer", false, breast_cancer},
                                                       {"GMM", true, random_mixture},
                                                       {"GermanCredit"},
                                                       {"breastCancer_mb"},
                                                       {"GermanCredit_mb"},
                                                       {"PlanarRobot1"},
                                                       {"PlanarRobot4"},
                                                       {"DIAGGMM", true},
                                                       {"STM"},
                                                       {"WINE", true},
                                                       {"MNIST", true},
                                                       {"Talos", true}}};

const std::string offered_environments =
    "breastCancer, GMM… (any name that begins so); for own data a section 'target:' instead";

std::vector<std::string> environment_names() {
  std::vector<std::string> names;
  names.reserve(environments.size());
  for (const Environment& environment : environments) names.emplace_back(environment.name);
  return names;
}

target::TargetOptions read_environment(Section& root) {
  std::string name;
  root.text("environment_name", name);
  const auto found = std::find_if(environments.begin(), environments.end(),
                                  [&](const Environment& environment) { return environment.matches(name); });
  if (found == environments.end()) {
    root.refuse("environment_name",
                fmt::format("no environment is called '{}'{}", name, did_you_mean(name, environment_names())),
                offered_environments);
  }
  if (found->read == nullptr) {
    root.refuse("environment_name", fmt::format("'{}' is not offered yet", name), offered_environments);
  }
  Section config = root.section("environment_config");
  config.belongs_to(fmt::format("the environment '{}'", name));
  return found->read(root, config);
}

std::size_t read_type(Section& section) {
  std::string type;
  section.text("type", type);
  const auto found = std::find(target_types.begin(), target_types.end(), type);
  if (found == target_types.end()) {
    section.refuse(
        "type",
        fmt::format("no target is called '{}'{}", type, did_you_mean(type, {target_types.begin(), target_types.end()})),
        fmt::format("{}", fmt::join(target_types, ", ")));
  }
  return static_cast<std::size_t>(found - target_types.begin());
}

template <class Option>
Option read_option(Section& section, std::string_view required, const std::string& what) {
  Option option;
  require(section, required, what);
  keys(section, option);
  return option;
}

target::TargetOptions read_target_section(Section section) {
  if (!section.has("type")) {
    section.reader().missing(
        fmt::format("{}: target.type: missing; allowed: {}", section.place_text(), fmt::join(target_types, ", ")));
    section.accept_anything();
    return {};
  }
  const std::size_t type = read_type(section);
  section.belongs_to(fmt::format("the target '{}'", target_types[type]));
  if (type == 0) {
    return read_option<target::LogisticRegressionOptions>(section, "data",
                                                          "the path of a file with a row per observation");
  }
  return read_option<target::RandomGaussianMixtureOptions>(section, "num_dimensions",
                                                           "the number of parameters, a whole number, at least 1");
}

[[noreturn]] void refuse_both(Section& root) {
  root.refuse("target",
              fmt::format("the target is named twice, here and by environment_name at {}",
                          root.find("environment_name")->place.text()),
              "one of the two");
}

}  // namespace

target::TargetOptions read_target(Section& root) {
  const bool environment = root.has("environment_name");
  const bool section = root.has("target");
  const bool settings = root.has("environment_config");
  if (environment && section) refuse_both(root);
  if (environment) return read_environment(root);
  if (settings)
    root.refuse("environment_config", "without environment_name it says nothing", "beside environment_name");
  if (section) return read_target_section(root.section("target"));
  root.reader().missing(
      fmt::format("{}: no target: neither a section 'target:' (with type: {}) nor environment_name ({})",
                  root.reader().name(), fmt::join(target_types, " or "), offered_environments));
  return {};
}

}  // namespace gmmvi::config
