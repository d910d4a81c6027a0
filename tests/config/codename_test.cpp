#include "config/codename.hpp"

#include <algorithm>
#include <set>
#include <variant>

#include <gtest/gtest.h>

#include "config/families.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

Options chosen(const std::string& codename) {
  Options options;
  choose(options, parse_codename(codename, "--codename"));
  return options;
}

std::string error_of_codename(const std::string& codename) {
  return error_of([&] { parse_codename(codename, "--codename " + codename); });
}

TEST(Codename, DefaultsAreSamtron) {
  EXPECT_EQ(codename_of(Options()), "SAMTRON");
}

TEST(Codename, OrderAndCaseDoNotMatter) {
  for (const char* spelling : {"SEPYFUX", "sepyfux", "xufypes", "FuXsEpY"}) {
    EXPECT_EQ(codename_of(chosen(spelling)), "SEPYFUX") << spelling;
  }
}

TEST(Codename, EveryLetterChoosesItsOption) {
  const Options options = chosen("SEPIDUG");
  EXPECT_TRUE(std::holds_alternative<SteinOptions>(options.natural_gradient));
  EXPECT_TRUE(std::holds_alternative<FixedComponentsOptions>(options.component_adapter));
  EXPECT_TRUE(std::holds_alternative<MixtureBasedSelectionOptions>(options.sample_selector));
  EXPECT_TRUE(std::holds_alternative<DirectUpdateOptions>(options.component_updater));
  EXPECT_TRUE(std::holds_alternative<DecayingStepsizeOptions>(options.component_stepsize));
  EXPECT_TRUE(std::holds_alternative<DirectWeightOptions>(options.weight_updater));
  EXPECT_TRUE(std::holds_alternative<DecayingStepsizeOptions>(options.weight_stepsize));
  EXPECT_TRUE(std::holds_alternative<IblrUpdateOptions>(chosen("SAMYFOX").component_updater));
}

TEST(Codename, AllOfferedCombinationsNameThemselves) {
  int combinations = 0;
  Choices choices{};
  const auto visit = [&](auto self, std::size_t f) -> void {
    if (f == choices.size()) {
      Options options;
      choose(options, choices);
      EXPECT_EQ(choices_of(options), choices);
      EXPECT_EQ(parse_codename(codename_of(options), ""), choices);
      ++combinations;
      return;
    }
    for (choices[f] = 0; choices[f] < families()[f].types().size(); ++choices[f]) self(self, f + 1);
  };
  visit(visit, 0);
  EXPECT_EQ(combinations, 864);
}

TEST(Codename, AllOrdersOfTheLetters) {
  std::string letters = "ZAMTRUX";
  const Choices choices = parse_codename(letters, "");
  std::ranges::sort(letters);
  int orders = 0;
  do {
    ASSERT_EQ(parse_codename(letters, ""), choices) << letters;
  } while (std::ranges::next_permutation(letters).found && ++orders);
  EXPECT_EQ(orders + 1, 5040);
}

TEST(Codename, NoLetterStandsForTwoOptions) {
  std::set<char> letters;
  std::size_t options = 0;
  for (const Family& family : families()) {
    options += family.options.size();
    for (const OptionName& option : family.options) letters.insert(option.letter);
  }
  EXPECT_EQ(letters.size(), options);
}

TEST(Codename, TheTableHasALineForEveryFamilyAndEveryOption) {
  const std::string table = options_by_letter();
  EXPECT_EQ(std::ranges::count(table, '\n'), 7 + 19);
  for (const Family& family : families()) {
    EXPECT_NE(table.find(std::string(family.what) + "\n  "), std::string::npos);
    for (const OptionName& option : family.options) {
      EXPECT_NE(table.find("\n  " + std::string(1, option.letter) + " " + std::string(option.type)), std::string::npos);
      EXPECT_FALSE(option.meaning.empty()) << option.type;
    }
  }
}

TEST(Codename, MissingLetter) {
  expect_parts(error_of_codename("SAMTRO"), {"--codename SAMTRO:", "no letter for the weight stepsize",
                                             "improvement_based (N), decaying (G), fixed (X)"});
}

TEST(Codename, AllMissingLettersAreNamedAtOnce) {
  expect_parts(error_of_codename("SAMTR"), {"no letter for the weight updater (trust-region (O), direct (U)) and the "
                                            "weight stepsize (improvement_based (N), decaying (G), fixed (X))"});
  expect_parts(error_of_codename(""), {"the natural-gradient estimator", "the weight stepsize"});
}

TEST(Codename, DoubledLetter) {
  expect_parts(error_of_codename("SAMTYRON"), {"'T' and 'Y' both choose the component updater"});
  expect_parts(error_of_codename("SAMTTRON"), {"'T' and 'T' both choose the component updater"});
}

TEST(Codename, UnknownLetter) {
  expect_parts(error_of_codename("SAMTRQN"),
               {"no option has the letter 'Q'", "component updater trust-region (T), iBLR (Y)"});
  expect_parts(error_of_codename("SAMTRON1"), {"no option has the letter '1'"});
  expect_parts(error_of_codename("SAM TRON"), {"no option has the letter of a space"});
  expect_parts(error_of_codename("SÄMTRON"), {"an accent or the like", "adaptive (A)"});
}

}  // namespace
}  // namespace gmmvi::config
