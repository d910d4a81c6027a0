#include <filesystem>
#include <string>

#include <fmt/format.h>

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

}  // namespace

std::string default_config(const std::optional<std::string>& codename, const std::optional<std::string>& wanted) {
  const core::OwnTarget* const own = wanted ? nullptr : core::own_target();
  const std::string experiment = wanted.value_or(own ? own->name : "breast_cancer");
  Configuration c = load(own ? "" : shipped_file("experiments", experiment, "--experiment"),
                         {.codename = codename, .fallback_codename = "SAMTRON"});
  write_out(c.solver.model_initialization);
  return fmt::format("# {} on {}: every key there is, and what it means.\n\n{}", c.codename,
                     in_one_line(own ? own->name : fs::path(experiment).stem().string()), to_yaml(c, Comments::yes));
}

}  // namespace gmmvi::config
