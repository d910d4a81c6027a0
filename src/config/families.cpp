#include "config/families.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/alternative.hpp"
#include "config/keys.hpp"
#include "config/nearest.hpp"
#include "core/printable.hpp"

namespace gmmvi::config {

namespace {

/// The option that `<prefix>_type` names, which is there.
std::optional<std::size_t> read_type(Section& root, const Family& family) {
  const std::string key = family.type_key();
  std::string type;
  const std::size_t before = root.reader().problems().found();
  root.text(key, type);
  const std::optional<std::size_t> option = family.find(type);
  if (!option && root.reader().problems().found() == before) {
    root.refuse(key,
                fmt::format("'{}' is no option of the {}{}", core::quotation(type), family.what,
                            did_you_mean(type, family.types())),
                family.options_text());
  }
  return option;
}

std::string missing_text(const std::string& name, const std::vector<std::string>& missing) {
  return fmt::format(
      "{}: no option is chosen for {}; name them there, or all seven at once by their letters, for "
      "instance with codename: SAMTRON there, or --codename SAMTRON",
      name, fmt::join(missing, " and "));
}

/// Those that can be told; what is missing is reported.
using SomeChoices = std::array<std::optional<std::size_t>, 7>;

SomeChoices read_choices(Section& root) {
  SomeChoices choices{};
  std::vector<std::string> missing;
  for (std::size_t f = 0; f < choices.size(); ++f) {
    const Family& family = families()[f];
    if (root.has(family.type_key()))
      root.reader().problems().attempt([&] { choices[f] = read_type(root, family); });
    else
      missing.push_back(fmt::format("{} (allowed: {})", family.type_key(), fmt::join(family.types(), ", ")));
  }
  const bool none = missing.size() == choices.size();
  if (!missing.empty() && !none) root.reader().problems().missing(missing_text(root.reader().name(), missing));
  return choices;
}

// What concerns several keys of an option, or keys that have no effect with it.

template <class Option>
void check(Section&, const Option&) {}

void check(Section& section, const SteinOptions&) {
  double ridge = 0.0;  // MORE's; the reference's files have it beside Stein, too
  section.number("initial_l2_regularizer", ridge, at_least(0));
}

void check(Section& section, const AdaptiveComponentsOptions& o) {
  if (o.num_database_samples > 0 || o.num_prior_samples > 0) return;
  section.refuse("num_database_samples",
                 "with neither database samples nor prior samples there are no candidates for new components",
                 "more than 0, or num_prior_samples greater than 0");
}

template <class Option>
void check_bounds(Section& section, const Option& o) {
  if (o.bounds_are_ordered()) return;
  section.refuse(
      section.has("min_stepsize") ? "min_stepsize" : "max_stepsize",
      fmt::format("the smallest stepsize ({}) is greater than the largest ({})", o.min_stepsize, o.max_stepsize),
      "min_stepsize at most max_stepsize");
}

void check(Section& section, const ImprovementBasedStepsizeOptions& o) {
  check_bounds(section, o);
}

void check(Section& section, const PredictedImprovementStepsizeOptions& o) {
  check_bounds(section, o);
}

}  // namespace

void choose(Options& options, const Choices& choices) {
  std::size_t f = 0;
  for_each_family(
      options, [&]<class Variant>(const Family&, Variant& variant) { variant = alternative<Variant>(choices[f++]); });
  if (auto* fixed = std::get_if<FixedStepsizeOptions>(&options.component_stepsize)) *fixed = fixed_component_stepsize;
  if (auto* predicted = std::get_if<PredictedImprovementStepsizeOptions>(&options.component_stepsize);
      predicted && !std::holds_alternative<TrustRegionUpdateOptions>(options.component_updater))
    *predicted = predicted_improvement_of_lengths;
  if (auto* improving = std::get_if<ImprovementBasedStepsizeOptions>(&options.weight_stepsize))
    *improving = improvement_based_weight_stepsize;
}

namespace {

/// Any key that an option of the family has, where it cannot be told which one is chosen.
template <class Variant>
void read_any(Section& section) {
  for_each_alternative<Variant>([&](auto& option) { keys(section, option); });
}

template <class Variant>
void read_option(Section& section, const Family& family, Variant& variant) {
  section.belongs_to(fmt::format("the option '{}'", family.options[variant.index()].type));
  Problems& problems = section.reader().problems();
  std::visit(
      [&](auto& option) {
        const std::size_t before = problems.found();
        keys(section, option);
        if (problems.found() == before) problems.attempt([&] { check(section, option); });
      },
      variant);
}

}  // namespace

bool read_families(Section& root, Options& options) {
  root.find("codename");  // may stand in a configuration, where it is replaced before anybody reads
  const SomeChoices some = read_choices(root);
  Choices choices{};
  std::ranges::transform(some, choices.begin(), [](const auto& choice) { return choice.value_or(0); });
  choose(options, choices);
  std::size_t f = 0;
  for_each_family(options, [&]<class Variant>(const Family& family, Variant& variant) {
    Section section = root.section(family.config_key());
    if (some[f++])
      read_option(section, family, variant);
    else
      read_any<Variant>(section);
  });
  return std::ranges::any_of(some, [](const auto& choice) { return choice.has_value(); });
}

}  // namespace gmmvi::config
