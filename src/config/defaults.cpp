#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "config/configuration.hpp"
#include "config/place.hpp"
#include "config/shipped.hpp"
#include "core/own_target.hpp"

namespace gmmvi::config {

namespace {

namespace fs = std::filesystem;

/// Says the initial variances where they follow from prior_scale.
void write_out(ModelInitialization& o) {
  if (o.initial_cov || !o.has_prior) return;
  o.initial_cov = o.prior_scale;
  for (double& value : *o.initial_cov) value *= value;
}

/// Of a config that names no option, where SAMTRON may not do: a simulator need not give gradients.
std::optional<std::string> base_of(const std::string& path) {
  try {
    const Configuration c = load(path);
    const bool is_simulator = std::visit(
        []<class Target>(const Target&) {
          return requires(Target target) {
            target.door;
          };
        },
        c.target);
    if (!c.is_open || !is_simulator) return std::nullopt;
    return c.problem.likelihood ? "with_outputs" : "without_gradients";
  } catch (const Error&) {
    return std::nullopt;  // it names some, and the others will be SAMTRON's
  }
}

}  // namespace

std::string default_config(const std::optional<std::string>& codename, const std::optional<std::string>& wanted) {
  const core::OwnTarget* const own = wanted ? nullptr : core::own_target();
  const std::string experiment = wanted.value_or(own ? own->name : "breast_cancer");
  const std::string path = own ? "" : shipped_file("experiments", experiment, "--experiment");
  Overrides overrides{.codename = codename, .fallback_codename = "SAMTRON"};
  if (!codename && !own) overrides.base = base_of(path);
  Configuration c = load(path, overrides);
  write_out(c.solver.model_initialization);
  return fmt::format("# {} on {}: every key there is, and what it means.\n\n{}", c.codename,
                     in_one_line(own ? own->name : fs::path(experiment).stem().string()), to_yaml(c, Comments::yes));
}

}  // namespace gmmvi::config
