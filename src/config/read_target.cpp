#include <algorithm>
#include <array>
#include <string>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/alternative.hpp"
#include "config/keys.hpp"
#include "config/nearest.hpp"
#include "config/read.hpp"
#include "config/shipped.hpp"
#include "core/own_target.hpp"
#include "core/printable.hpp"

namespace gmmvi::config {

namespace {

/// The path of a data file: `data` of the section where it is given, else `name` in the folder of shipped files.
std::string data_file(Section& root, Section& config, const char* name, const char* origin) {
  std::string path;
  config.optional_input_file("data", path);
  if (!path.empty()) return path;
  const std::filesystem::path shipped = (present_folder() / shipped_folder("data") / name).lexically_normal();
  std::error_code error;
  if (root.reader().files() == Files::must_exist && !std::filesystem::exists(shipped, error)) {
    root.refuse("environment_name", fmt::format("its data file '{}' does not exist", shipped.string()),
                fmt::format("any environment whose data are there; get it from {}, and name it with "
                            "environment_config.data, or its folder with the environment variable GMMVI_DATA_DIR",
                            origin));
  }
  return shipped.string();
}

constexpr const char* with_the_sources = "the folder configs/data of the sources";

target::TargetOptions breast_cancer(Section& root, Section& config) {
  return target::LogisticRegressionOptions{.data = data_file(root, config, "breast_cancer.csv", with_the_sources)};
}

target::TargetOptions german_credit(Section& root, Section& config) {
  return target::LogisticRegressionOptions{
      .data = data_file(root, config, "german.data-numeric", "https://doi.org/10.24432/C5NC77 (UCI Statlog)")};
}

template <target::TargetOptions (*full_batch)(Section&, Section&)>
target::TargetOptions in_minibatches(Section& root, Section& config) {
  auto options = std::get<target::LogisticRegressionOptions>(full_batch(root, config));
  config.require("batch_size", "observations in a minibatch, a whole number, at least 1");
  minibatch_keys(config, options);
  return options;
}

template <int goals>
target::TargetOptions planar_robot(Section&, Section&) {
  return target::PlanarRobotOptions{.goals = goals};
}

void require_dimensions(Section& section) {
  section.require("num_dimensions", "the number of parameters, a whole number, at least 1");
}

template <class Random>
Random random_instance_of(Section& config) {
  Random options;
  require_dimensions(config);
  random_instance(config, options);
  return options;
}

template <bool diagonal>
target::TargetOptions gaussian_mixture(Section&, Section& config) {
  auto options = random_instance_of<target::RandomGaussianMixtureOptions>(config);
  options.diagonal = diagonal;
  return options;
}

target::TargetOptions student_t_mixture(Section&, Section& config) {
  auto options = random_instance_of<target::RandomStudentTMixtureOptions>(config);
  config.boolean("harder_setting", options.harder_setting);
  bool matlab = false;
  config.boolean("use_matlab_target", matlab);
  if (matlab) {
    config.refuse("use_matlab_target",
                  "the instances of Lin et al. (2020) come as MATLAB files, which are not part of this program",
                  "false: an instance drawn alike; or a section 'target:' of type student_t_mixture with its numbers");
  }
  return options;
}

target::TargetOptions wine(Section& root, Section& config) {
  target::NeuralNetworkOptions options;
  network_keys(config, options);
  options.data = data_file(root, config, "winequality-white.csv", "https://doi.org/10.24432/C56S3T (UCI)");
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
                                                       {"breastCancer_mb", false, in_minibatches<breast_cancer>},
                                                       {"GermanCredit", false, german_credit},
                                                       {"GermanCredit_mb", false, in_minibatches<german_credit>},
                                                       {"PlanarRobot1", false, planar_robot<1>},
                                                       {"PlanarRobot4", false, planar_robot<4>},
                                                       {"GMM", true, gaussian_mixture<false>},
                                                       {"DIAGGMM", true, gaussian_mixture<true>},
                                                       {"STM", false, student_t_mixture},
                                                       {"WINE", true, wine},
                                                       {"MNIST", true},
                                                       {"Talos", true}}};

const std::string offered_environments =
    "breastCancer, GermanCredit, the same with _mb, PlanarRobot1, PlanarRobot4, STM, and any name that begins with "
    "GMM, "
    "DIAGGMM or WINE; for own data a section 'target:' instead";

std::vector<std::string> environment_names() {
  std::vector<std::string> names;
  names.reserve(environments.size());
  for (const Environment& environment : environments) names.emplace_back(environment.name);
  return names;
}

target::TargetOptions read_environment(Section& root, Section& config) {
  std::string name;
  const std::size_t before = root.reader().problems().found();
  root.text("environment_name", name);
  if (root.reader().problems().found() > before) {
    config.accept_anything();
    return {};
  }
  const auto found = std::find_if(environments.begin(), environments.end(),
                                  [&](const Environment& environment) { return environment.matches(name); });
  if (found == environments.end()) {
    root.refuse(
        "environment_name",
        fmt::format("no environment is called '{}'{}", core::quotation(name), did_you_mean(name, environment_names())),
        offered_environments);
  }
  if (found->read == nullptr) {
    root.refuse("environment_name", fmt::format("'{}' is not offered yet", core::quotation(name)),
                offered_environments);
  }
  config.belongs_to(fmt::format("the environment '{}'", name));
  return found->read(root, config);
}

const std::string_view own_type = type_name(target::OwnOptions());

/// Where none is named, the problems are more.
template <class Options>
std::size_t read_type(Section& section) {
  const auto types = types_of<Options>();
  const auto offered = offered_types<Options>();
  std::string type;
  const std::size_t before = section.reader().problems().found();
  section.text("type", type);
  if (section.reader().problems().found() > before) return 0;
  if (type == own_type)
    section.refuse("type", "this config is for a program with a target of its own, which no other program has",
                   fmt::format("{}; or run that program", fmt::join(offered, ", ")));
  const auto found = std::ranges::find(types, type);
  if (found == types.end()) {
    const auto all = types_of<target::TargetOptions>();
    const bool elsewhere = std::ranges::find(all, type) != all.end();
    section.refuse("type",
                   elsewhere
                       ? fmt::format("'{}' cannot stand within another target", type)
                       : fmt::format("no target is called '{}'{}", core::quotation(type), did_you_mean(type, offered)),
                   fmt::format("{}", fmt::join(offered, ", ")));
  }
  return static_cast<std::size_t>(found - types.begin());
}

// What must stand in a target's section.

template <class Option>
void require_keys(Section&, const Option&) {}

void require_data(Section& section) {
  section.require("data", "the path of a file with a row per observation");
}
void require_keys(Section& section, const target::LogisticRegressionOptions&) {
  require_data(section);
}
void require_keys(Section& section, const target::NeuralNetworkOptions&) {
  require_data(section);
}
void require_keys(Section& section, const target::SirEpidemicOptions&) {
  require_data(section);
}
void require_keys(Section& section, const target::RandomGaussianMixtureOptions&) {
  require_dimensions(section);
}
void require_keys(Section& section, const target::RandomStudentTMixtureOptions&) {
  require_dimensions(section);
}
void require_keys(Section& section, const target::GaussianMixtureOptions&) {
  const bool model = section.has("model"), covariances = section.has("covariances");
  for (const char* key : {"weights", "means", "covariances", "variances"}) {
    if (model && section.has(key))
      section.refuse(key, "the mixture is given twice, here and by model", "one of the two");
  }
  if (model) return;
  section.require("means", "a list for each component; or model, the path of a model.nc");
  if (!covariances && !section.has("variances"))
    section.require("covariances", "a symmetric matrix for each component, as a list of rows; or variances");
  if (covariances && section.has("variances"))
    section.refuse("variances", "covariances are given, too", "one of the two");
}
void require_keys(Section& section, const target::StudentTMixtureOptions&) {
  section.require("means", "a list for each component");
  section.require("scales", "a symmetric scale matrix for each component, as a list of rows");
}

void require_keys(Section& section, const target::OutsideOptions<external::PythonOptions>&) {
  section.require("function", "file.py:name, or package.module:name");
}
void require_keys(Section& section, const target::OutsideOptions<external::ProcessOptions>&) {
  section.require("command", "a program and its arguments");
}
void require_keys(Section& section, const target::OutsideOptions<external::UmbridgeOptions>&) {
  if (!section.has("urls_file")) section.require("url", "the address of a server, or a list of such; or urls_file");
}
void require_keys(Section& section, const target::OutsideOptions<external::PluginOptions>&) {
  section.require("library", "the path of a shared library");
}
void require_keys(Section& section, const target::OutsideOptions<external::BridgestanOptions>&) {
  section.require("library", "the path of a model that BridgeStan has compiled");
}

// What concerns several keys.

template <class Option>
void check(Section&, const Option&) {}

/// A number for all dimensions, or one for each. Whether it is so.
bool check_length(Section& section, const char* key, const PerDimension& values, Eigen::Index dimensions) {
  if (!section.is_usable(key) || !section.is_usable("num_dimensions")) return false;
  if (values.size() == 1 || static_cast<Eigen::Index>(values.size()) == dimensions) return true;
  return section.reader().problems().attempt([&] {
    section.refuse(key, fmt::format("has {} numbers, but num_dimensions is {}", values.size(), dimensions),
                   fmt::format("one number for all dimensions, or {}", dimensions));
  });
}

void check(Section& section, const target::TruncatedGaussianOptions& o) {
  check_length(section, "mean", o.mean, o.dimension);
  check_length(section, "standard_deviation", o.standard_deviation, o.dimension);
  const bool has_lower = o.lower && check_length(section, "lower", *o.lower, o.dimension);
  const bool has_upper = o.upper && check_length(section, "upper", *o.upper, o.dimension);
  if (!has_lower || !has_upper) return;
  const auto at = [](const PerDimension& values, std::size_t d) { return values[values.size() == 1 ? 0 : d]; };
  for (std::size_t d = 0; d < std::max(o.lower->size(), o.upper->size()); ++d)
    if (!(at(*o.lower, d) < at(*o.upper, d)))
      section.refuse("upper", fmt::format("{} is not above lower, {}", at(*o.upper, d), at(*o.lower, d)),
                     "numbers above those of lower");
}

void check(Section& section, const target::UniformDiscOptions& o) {
  if (section.is_usable("center") && o.center.size() != 2)
    section.refuse("center", fmt::format("has {} numbers", o.center.size()), "two numbers");
}

void check(Section& section, const target::SleepingOptions& o) {
  if (o.spread > 0.0 && o.sigma > 0.0)
    section.refuse("sigma", "spread is given, too: seconds are uniform, or log-normal", "one of the two");
  const target::SleepingFailures& f = o.failures;
  const double sum = f.exception + f.not_a_number + f.wrong_shape + f.hang;
  if (sum > 1.0 + 1e-12)  // shares like 0.1 are no sums of powers of two
    section.refuse("failures", fmt::format("the shares that fail are {} together", sum), "at most 1");
}

template <class Options>
Options read_target_section(Section section) {
  if (!section.has("type")) {
    section.reader().problems().missing(fmt::format("{}: {}: missing; allowed: {}", section.place_text(),
                                                    section.path_of("type"),
                                                    fmt::join(offered_types<Options>(), ", ")));
    section.accept_anything();
    return {};
  }
  Problems& problems = section.reader().problems();
  std::size_t type = 0;
  if (!problems.attempt([&] { type = read_type<Options>(section); })) {
    section.accept_anything();
    return {};
  }
  auto options = alternative<Options>(type);
  section.belongs_to(fmt::format("the target '{}'", type_of(options)));
  std::visit(
      [&](auto& option) {
        problems.attempt([&] { require_keys(section, option); });
        keys(section, option);
        problems.attempt([&] { check(section, option); });
      },
      options);
  return options;
}

/// The target of a program that fits its own and no other.
target::TargetOptions read_own_target(Section& root, const std::string& name) {
  const std::string problem = fmt::format("this program fits its own target '{}' and no other", name);
  const std::string allowed = "no target at all; the targets that are built in are those of the program gmmvi";
  for (const char* key : {"environment_name", "environment_config"}) {
    if (!root.has(key)) continue;
    root.section("environment_config").accept_anything();
    if (root.has("target")) root.section("target").accept_anything();
    root.refuse(key, problem, allowed);
  }
  if (!root.has("target")) return target::OwnOptions{name};
  Section section = root.section("target");
  section.belongs_to(fmt::format("the target '{}'", name));
  std::string type;
  target::OwnOptions options{name};
  section.text("type", type);
  if (!type.empty() && type != own_type) {
    section.accept_anything();
    section.refuse("type", problem, allowed);
  }
  keys(section, options);
  if (options.name != name) section.refuse("name", problem, name);
  return options;
}

[[noreturn]] void refuse_both(Section& root) {
  root.refuse("target",
              fmt::format("the target is named twice, here and by environment_name at {}",
                          root.find("environment_name")->place.text()),
              "one of the two");
}

}  // namespace

template <class Options>
void Section::target(std::string_view key, Options& value, Meaning) {
  require(key, "the section of a target, with its type");
  value = read_target_section<Options>(section(key));
}

template void Section::target(std::string_view, target::BareTargetOptions&, Meaning);

target::TargetOptions read_target(Section& root) {
  if (const core::OwnTarget* own = core::own_target()) return read_own_target(root, own->name);
  const bool environment = root.has("environment_name");
  const bool section = root.has("target");
  const bool settings = root.has("environment_config");
  if (environment && section) {
    root.section("target").accept_anything();
    root.section("environment_config").accept_anything();
    refuse_both(root);
  }
  if (environment) {
    Section config = root.section("environment_config");
    target::TargetOptions options;
    const auto read = [&] { options = read_environment(root, config); };
    if (!root.reader().problems().attempt(read)) config.accept_anything();
    return options;
  }
  if (settings)
    root.refuse("environment_config", "without environment_name it says nothing", "beside environment_name");
  if (section) {
    target::TargetOptions options;
    root.target("target", options);
    return options;
  }
  root.reader().problems().missing(fmt::format(
      "{}: no target: neither a section 'target:' (with type: {}) nor environment_name ({})", root.reader().name(),
      fmt::join(offered_types<target::TargetOptions>(), " or "), offered_environments));
  return {};
}

}  // namespace gmmvi::config
