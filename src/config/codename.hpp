#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmmvi/options.hpp"

namespace gmmvi::config {

/// One option of a family, by its name in YAML and its letter in codenames.
struct OptionName {
  std::string_view type;
  char letter;
  std::string_view meaning;
};

/// One of the seven families. The options come in the order of its variant.
struct Family {
  std::string_view prefix;  ///< of its two keys
  std::string_view what;    ///< for messages
  std::vector<OptionName> options;

  std::string type_key() const { return std::string(prefix) + "_type"; }
  std::string config_key() const { return std::string(prefix) + "_config"; }
  /// Index of the option of that name; `improvement_based` and `improvement-based` are the same.
  std::optional<std::size_t> find(std::string_view type) const;
  /// "Stein (S), MORE (Z)".
  std::string options_text() const;
  std::vector<std::string> types() const;
};

/// The seven, called as their members of Options.
struct Families {
  Family natural_gradient, component_adapter, sample_selector, component_updater, component_stepsize, weight_updater,
      weight_stepsize;
};
const Families& families_by_member();

/// Calls visit(family, its variant) for all seven, in the order of the letters in a codename.
template <class MaybeConstOptions, class Visit>
void for_each_family(MaybeConstOptions& o, Visit visit) {
  const Families& family = families_by_member();
  visit(family.natural_gradient, o.natural_gradient);
  visit(family.component_adapter, o.component_adapter);
  visit(family.sample_selector, o.sample_selector);
  visit(family.component_updater, o.component_updater);
  visit(family.component_stepsize, o.component_stepsize);
  visit(family.weight_updater, o.weight_updater);
  visit(family.weight_stepsize, o.weight_stepsize);
}

/// In the same order.
const std::array<Family, 7>& families();

/// One option for each family.
using Choices = std::array<std::size_t, 7>;

/// The choices that a codename makes: one letter for each family, in any order and case. `where` begins messages.
Choices parse_codename(std::string_view codename, const std::string& where);

Choices choices_of(const Options& options);
std::string codename_of(const Options& options);

/// A table for people: family, letter, name and meaning of every option, a line each.
std::string options_by_letter();

}  // namespace gmmvi::config
