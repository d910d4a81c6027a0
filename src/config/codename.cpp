#include "config/codename.hpp"

#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/place.hpp"

namespace gmmvi::config {

namespace {

std::string dashed(std::string_view type) {
  return type == "improvement_based" ? "improvement-based" : std::string(type);
}

struct Letter {
  std::size_t family;
  std::size_t option;
};

std::optional<Letter> find_letter(char letter) {
  const char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  for (std::size_t f = 0; f < families().size(); ++f) {
    for (std::size_t o = 0; o < families()[f].options.size(); ++o) {
      if (families()[f].options[o].letter == upper) return Letter{f, o};
    }
  }
  return std::nullopt;
}

std::string all_letters() {
  std::vector<std::string> texts;
  for (const Family& family : families()) texts.push_back(fmt::format("{} {}", family.what, family.options_text()));
  return fmt::format("{}", fmt::join(texts, "; "));
}

using PartialChoices = std::array<std::optional<std::size_t>, 7>;

void add_letter(PartialChoices& chosen, char letter, const std::string& where) {
  const std::optional<Letter> found = find_letter(letter);
  if (!found) fail(fmt::format("{}: no option has the letter '{}'; allowed: {}", where, letter, all_letters()));
  const Family& family = families()[found->family];
  const OptionName& option = family.options[found->option];
  if (const auto before = chosen[found->family]) {
    fail(fmt::format("{}: '{}' and '{}' both choose the {}; a codename has one letter for each family", where,
                     family.options[*before].letter, option.letter, family.what));
  }
  chosen[found->family] = found->option;
}

Choices require_all(const PartialChoices& chosen, const std::string& where) {
  Choices choices{};
  for (std::size_t f = 0; f < choices.size(); ++f) {
    if (!chosen[f]) {
      fail(fmt::format("{}: no letter for the {}; add one of {}", where, families()[f].what,
                       families()[f].options_text()));
    }
    choices[f] = *chosen[f];
  }
  return choices;
}

}  // namespace

std::optional<std::size_t> Family::find(std::string_view type) const {
  for (std::size_t o = 0; o < options.size(); ++o) {
    if (dashed(options[o].type) == dashed(type)) return o;
  }
  return std::nullopt;
}

std::string Family::options_text() const {
  std::vector<std::string> texts;
  for (const OptionName& option : options) texts.push_back(fmt::format("{} ({})", option.type, option.letter));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::vector<std::string> Family::types() const {
  std::vector<std::string> types;
  for (const OptionName& option : options) types.emplace_back(option.type);
  return types;
}

const std::array<Family, 7>& families() {
  static const std::array<Family, 7> all = {{
      {"ng_estimator", "natural-gradient estimator", {{"Stein", 'S'}, {"MORE", 'Z'}}},
      {"num_component_adapter", "component adaptation", {{"adaptive", 'A'}, {"fixed", 'E'}}},
      {"sample_selector", "sample selector", {{"component-based", 'M'}, {"mixture-based", 'P'}}},
      {"ng_based_updater", "component updater", {{"trust-region", 'T'}, {"iBLR", 'Y'}, {"direct", 'I'}}},
      {"component_stepsize_adapter",
       "component stepsize",
       {{"improvement-based", 'R'}, {"decaying", 'D'}, {"fixed", 'F'}}},
      {"weight_updater", "weight updater", {{"trust-region", 'O'}, {"direct", 'U'}}},
      {"weight_stepsize_adapter", "weight stepsize", {{"improvement_based", 'N'}, {"decaying", 'G'}, {"fixed", 'X'}}},
  }};
  return all;
}

Choices parse_codename(std::string_view codename, const std::string& where) {
  PartialChoices chosen;
  for (const char letter : codename) add_letter(chosen, letter, where);
  return require_all(chosen, where);
}

Choices choices_of(const Options& options) {
  return {options.natural_gradient.index(),  options.component_adapter.index(),  options.sample_selector.index(),
          options.component_updater.index(), options.component_stepsize.index(), options.weight_updater.index(),
          options.weight_stepsize.index()};
}

std::string codename_of(const Options& options) {
  const Choices choices = choices_of(options);
  std::string codename;
  for (std::size_t f = 0; f < choices.size(); ++f) codename += families()[f].options[choices[f]].letter;
  return codename;
}

}  // namespace gmmvi::config
