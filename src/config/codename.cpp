#include "config/codename.hpp"

#include <cctype>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/alternative.hpp"
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

std::string quoted(char letter) {
  const bool prints = std::isgraph(static_cast<unsigned char>(letter)) != 0;
  return prints ? fmt::format("'{}'", letter) : "of a space, an accent or the like";
}

void add_letter(PartialChoices& chosen, char letter, const std::string& where) {
  const std::optional<Letter> found = find_letter(letter);
  if (!found) fail(fmt::format("{}: no option has the letter {}; allowed: {}", where, quoted(letter), all_letters()));
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
  std::vector<std::string> missing;
  for (std::size_t f = 0; f < choices.size(); ++f) {
    const Family& family = families()[f];
    if (!chosen[f]) missing.push_back(fmt::format("the {} ({})", family.what, family.options_text()));
    choices[f] = chosen[f].value_or(0);
  }
  if (!missing.empty()) fail(fmt::format("{}: no letter for {}; add one each", where, fmt::join(missing, " and ")));
  return choices;
}

/// What the option of a type is called.
template <class Option>
struct Called : OptionName {};

/// A name for every type of `Variant`, in any order: without one it does not compile.
template <class Variant, class... Names>
Family family(std::string_view prefix, std::string_view what, const Names&... names) {
  static_assert(sizeof...(Names) == std::variant_size_v<Variant>);
  const auto all = std::tuple(names...);
  Family made{prefix, what, {}};
  for_each_alternative<Variant>(
      [&]<class Option>(const Option&) { made.options.push_back(std::get<Called<Option>>(all)); });
  return made;
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

const Families& families_by_member() {
  static const Families all = {
      .natural_gradient = family<NaturalGradientOptions>(
          "ng_estimator", "natural-gradient estimator",
          Called<SteinOptions>{{"Stein", 'S', "first order, from gradients of the log density"}},
          Called<MoreOptions>{
              {"MORE", 'Z', "zero order, from a quadratic surrogate of the log density; needs no gradients"}},
          Called<GaussNewtonOptions>{
              {"GaussNewton", 'L', "zero order, from linear surrogates of the outputs that data are compared with"}}),
      .component_adapter = family<ComponentAdapterOptions>(
          "num_component_adapter", "component adaptation",
          Called<AdaptiveComponentsOptions>{
              {"adaptive", 'A',
               "adds components where mass is missing, deletes those that stagnate with next to no weight"}},
          Called<FixedComponentsOptions>{{"fixed", 'E', "the number of components stays"}}),
      .sample_selector = family<SampleSelectorOptions>(
          "sample_selector", "sample selector",
          Called<ComponentBasedSelectionOptions>{
              {"component-based", 'M', "every component gets the samples that its effective sample size lacks"}},
          Called<MixtureBasedSelectionOptions>{
              {"mixture-based", 'P', "the mixture as a whole gets the samples that its effective sample size lacks"}}),
      .component_updater = family<ComponentUpdaterOptions>(
          "ng_based_updater", "component updater",
          Called<TrustRegionUpdateOptions>{
              {"trust-region", 'T', "the largest natural-gradient step whose KL divergence is within the stepsize"}},
          Called<IblrUpdateOptions>{
              {"iBLR", 'Y', "the improved Bayesian learning rule; covariances stay positive definite"}},
          Called<DirectUpdateOptions>{
              {"direct", 'I', "the natural-gradient step; refused where a covariance would not be positive definite"}}),
      .component_stepsize = family<ComponentStepsizeOptions>(
          "component_stepsize_adapter", "component stepsize",
          Called<ImprovementBasedStepsizeOptions>{
              {"improvement-based", 'R', "grows while the component's reward does, shrinks otherwise"}},
          Called<DecayingStepsizeOptions>{{"decaying", 'D', "decays with the updates that the component has received"}},
          Called<FixedStepsizeOptions>{{"fixed", 'F', "always the same"}},
          Called<PredictedImprovementStepsizeOptions>{
              {"predicted-improvement", 'C',
               "grows while fresh samples show what the steps promised, shrinks otherwise"}}),
      .weight_updater = family<WeightUpdaterOptions>(
          "weight_updater", "weight updater",
          Called<TrustRegionWeightOptions>{
              {"trust-region", 'O', "the largest step of the weights whose KL divergence is within the stepsize"}},
          Called<DirectWeightOptions>{
              {"direct", 'U', "log weights plus (stepsize / temperature) times the expected log ratios"}}),
      .weight_stepsize = family<WeightStepsizeOptions>(
          "weight_stepsize_adapter", "weight stepsize",
          Called<ImprovementBasedStepsizeOptions>{
              {"improvement_based", 'N', "grows while the estimated ELBO does, shrinks otherwise"}},
          Called<DecayingStepsizeOptions>{{"decaying", 'G', "decays with the updates of the weights"}},
          Called<FixedStepsizeOptions>{{"fixed", 'X', "always the same"}}),
  };
  return all;
}

const std::array<Family, 7>& families() {
  static const std::array<Family, 7> all = [] {
    std::array<Family, 7> in_order;
    std::size_t f = 0;
    const Options any{};
    for_each_family(any, [&](const Family& family, const auto&) { in_order[f++] = family; });
    return in_order;
  }();
  return all;
}

Choices parse_codename(std::string_view codename, const std::string& where) {
  PartialChoices chosen;
  for (const char letter : codename) add_letter(chosen, letter, where);
  return require_all(chosen, where);
}

Choices choices_of(const Options& options) {
  Choices choices{};
  std::size_t f = 0;
  for_each_family(options, [&](const Family&, const auto& variant) { choices[f++] = variant.index(); });
  return choices;
}

std::string codename_of(const Options& options) {
  std::string codename;
  for_each_family(
      options, [&](const Family& family, const auto& variant) { codename += family.options[variant.index()].letter; });
  return codename;
}

std::string options_by_letter() {
  std::string table;
  for (const Family& family : families()) {
    table += std::string(family.what) + '\n';
    for (const OptionName& option : family.options)
      table += fmt::format("  {} {:<18}  {}\n", option.letter, option.type, option.meaning);
  }
  return table;
}

}  // namespace gmmvi::config
