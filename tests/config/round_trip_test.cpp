// Whatever is printed is read again as the same configuration: every codename, both covariance shapes, no setting at
// its default.
#include <array>
#include <bit>
#include <initializer_list>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/families.hpp"
#include "config/keys.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

using Meaning = std::string_view;

/// Visits all keys of a configuration; `derived` says what to do with a number, a whole number, a boolean, a text.
template <class Derived>
class Visitor {
 public:
  template <class T>
  void number(const char* key, T& value, Range range, Meaning meaning) {
    expect_meaning(key, meaning);
    self().setting(key, value, range);
  }
  void number_or_empty(const char* key, double& value, Range range, Meaning meaning) {
    number(key, value, range, meaning);
  }
  template <class T>
  void integer(const char* key, T& value, Range range, Meaning meaning) {
    number(key, value, range, meaning);
  }
  void sample_count(const char* key, SampleCount& value, Meaning meaning) {
    expect_meaning(key, meaning);
    double factor = value.factor().value_or(1.0);
    self().setting(key, factor, greater_than(0));
    value = SampleCount::times_dimension(factor);
  }
  void boolean(const char* key, bool& value, Meaning meaning) { number(key, value, {}, meaning); }
  void text(const char* key, std::string& value, Meaning meaning) { number(key, value, {}, meaning); }
  void optional_text(const char* key, std::string& value, Meaning meaning) { text(key, value, meaning); }
  void input_file(const char* key, std::string& value, Meaning meaning) { text(key, value, meaning); }
  void optional_input_file(const char* key, std::string& value, Meaning meaning) { text(key, value, meaning); }
  void integers(const char* key, std::vector<std::int64_t>& value, Range range, Meaning meaning) {
    expect_meaning(key, meaning);
    for (std::int64_t& one : value) self().setting(key, one, range);
  }
  void one_of(const char* key, int& value, std::initializer_list<int> allowed, Meaning meaning) {
    expect_meaning(key, meaning);
    self().pick(key, value, allowed);
  }
  template <class Enum, std::size_t n>
  void choice(const char* key, Enum& value, const std::array<Word<Enum>, n>&, Meaning meaning) {
    expect_meaning(key, meaning);
    auto index = static_cast<std::size_t>(value);
    self().setting(key, index, {});
    value = static_cast<Enum>(index % n);
  }
  template <class Nested>
  void nested_numbers(const char* key, std::vector<Nested>& value, Range range, Meaning meaning) {
    expect_meaning(key, meaning);
    for (Nested& each : value) {
      if constexpr (std::is_same_v<Nested, double>)
        self().setting(key, each, range);
      else
        nested_numbers(key, each, range, meaning);
    }
  }
  void numbers(const char* key, std::vector<double>& value, Range range, Meaning meaning) {
    expect_meaning(key, meaning);
    for (double& one : value) self().setting(key, one, range);
  }
  void per_dimension(const char* key, PerDimension& value, Range range, Meaning meaning) {
    numbers(key, value, range, meaning);
  }
  void per_dimension(const char* key, std::optional<PerDimension>& value, bool& given, Range range, Meaning meaning) {
    expect_meaning(key, meaning);
    self().setting(key, given, {});
    if (given && value) numbers(key, *value, range, meaning);
  }
  void input_folder(const char* key, std::string& value, Meaning meaning) { text(key, value, meaning); }
  void path(const char* key, std::string& value, Meaning meaning) { text(key, value, meaning); }
  void program(const char* key, std::string& value, Meaning meaning) { text(key, value, meaning); }
  void python_function(const char* key, std::string& value, Meaning meaning) { text(key, value, meaning); }
  void json(const char* key, std::string& value, Meaning meaning) {
    expect_meaning(key, meaning);
    self().json_setting(key, value);
  }
  void texts(const char* key, std::vector<std::string>& values, Meaning meaning) {
    for (std::string& value : values) text(key, value, meaning);
  }
  void command(const char* key, external::Command& command, bool, Meaning meaning) {
    if (auto* words = std::get_if<std::vector<std::string>>(&command))
      texts(key, *words, meaning);
    else
      text(key, std::get<std::string>(command), meaning);
  }
  void text_map(const char* key, std::map<std::string, std::string>& values, Meaning meaning) {
    for (auto& [name, value] : values) text((key + name).c_str(), value, meaning);
  }
  template <class Options>
  void target(const char* key, Options& options, Meaning meaning) {
    expect_meaning(key, meaning);
    std::visit([&](auto& option) { keys(self(), option); }, options);
  }
  template <class Visit>
  void section(const char* key, Meaning meaning, Visit visit) {
    expect_meaning(key, meaning);
    visit(self());
  }

 private:
  static void expect_meaning(const char* key, Meaning meaning) { EXPECT_FALSE(meaning.empty()) << key; }
  Derived& self() { return static_cast<Derived&>(*this); }
};

/// Moves every setting away from its default, to values that no decimal fraction hits.
class Unsettle : public Visitor<Unsettle> {
 public:
  void setting(const char*, double& value, Range range) {
    const double before = value;
    for (const double candidate : {before * 4.0 / 3.0, before * 2.0 / 3.0, before + 1.0 / 3.0}) {
      if (value == before && range.holds(candidate)) value = candidate;
    }
    EXPECT_NE(value, before);
  }
  template <class T>
  void setting(const char*, T& value, Range) requires std::is_integral_v<T> {
    ++value;
  }
  void setting(const char* key, bool& value, Range) {
    if (key != std::string("initial_cov")) value = !value;
  }
  void setting(const char*, std::string& value, Range) { value += "/a \"b\" # ü\\"; }
  void json_setting(const char*, std::string& value) {
    value = R"({"a \" #": [1, 0.3333333333333333, "7", "x\\", null, true], "b": {}, "c": [], "d": 1.0e-30})";
  }
  void pick(const char*, int& value, std::initializer_list<int> allowed) { value = *allowed.begin(); }
  template <class T>
  void setting(const char* key, std::optional<T>& value, Range range) {
    if (!value) value = T{1};
    setting(key, *value, range);
  }
};

/// Takes down every setting, doubles by their bits.
class Record : public Visitor<Record> {
 public:
  std::vector<std::string> settings;

  void setting(const char* key, double value, Range) { note(key, std::bit_cast<std::uint64_t>(value)); }
  template <class T>
  void setting(const char* key, T value, Range) requires std::is_integral_v<T> {
    note(key, value);
  }
  void pick(const char* key, int value, std::initializer_list<int>) { note(key, value); }
  void json_setting(const char* key, const std::string& value) { setting(key, value, {}); }
  void setting(const char* key, const std::string& value, Range) {
    settings.push_back(fmt::format("{}={}", key, value));
  }
  template <class T>
  void setting(const char* key, const std::optional<T>& value, Range range) {
    value ? setting(key, *value, range) : settings.push_back(key);
  }

 private:
  template <class T>
  void note(const char* key, T value) {
    settings.push_back(fmt::format("{}={}", key, value));
  }
};

template <class Visitor>
void visit_all(Visitor& visitor, Configuration& c) {
  keys(visitor, c.solver);
  keys(visitor, c.solver.model_initialization);
  initial_model_key(visitor, c.initial_model);
  for_each_family(c.solver,
                  [&](const Family&, auto& variant) { std::visit([&](auto& o) { keys(visitor, o); }, variant); });
  visitor.target("target", c.target, "what is fitted");
  sections(visitor, c.run, c.mmd, c.solver.evaluation, c.keep, c.output);
}

std::vector<std::string> record(Configuration c) {
  Record record;
  visit_all(record, c);
  return record.settings;
}

Configuration unusual(const Choices& choices, bool diagonal, target::TargetOptions target) {
  Configuration c;
  choose(c.solver, choices);
  c.target = std::move(target);
  c.solver.model_initialization.initial_cov = PerDimension{7.0};
  Unsettle unsettle;
  visit_all(unsettle, c);
  c.solver.model_initialization.use_diagonal_covs = diagonal;
  c.codename = codename_of(c.solver);
  return c;
}

void expect_same_again(const Configuration& c) {
  for (const Comments comments : {Comments::no, Comments::yes}) {
    const Configuration again = parse(to_yaml(c, comments), "again");
    ASSERT_EQ(again.codename, c.codename);
    ASSERT_EQ(record(again), record(c)) << to_yaml(c, comments);
  }
}

TEST(RoundTrip, AllCodenamesWithBothCovarianceShapes) {
  int cases = 0;
  Choices choices{};
  const auto visit = [&](auto self, std::size_t family) -> void {
    if (family < choices.size()) {
      for (choices[family] = 0; choices[family] < families()[family].options.size(); ++choices[family])
        self(self, family + 1);
      return;
    }
    for (const bool diagonal : {false, true}) {
      SCOPED_TRACE(diagonal ? "diagonal" : "full");
      expect_same_again(unusual(choices, diagonal, target::RandomGaussianMixtureOptions{}));
      ++cases;
    }
  };
  visit(visit, 0);
  EXPECT_EQ(cases, 1728);
}

TEST(RoundTrip, AllTargets) {
  const target::Rows rows = {{1.0, 2.0}, {3.0, 4.0}};
  const std::vector<target::TargetOptions> targets = {
      target::LogisticRegressionOptions{.data = "/x"},
      target::RandomGaussianMixtureOptions{},
      target::RandomStudentTMixtureOptions{},
      target::StudentTMixtureOptions{.weights = {1.0, 2.0}, .means = rows, .scales = {rows, rows}},
      target::PlanarRobotOptions{},
      target::NeuralNetworkOptions{.data = "/x"},
      target::FunnelOptions{},
      target::RosenbrockOptions{},
      target::LogGaussianCoxOptions{.data = "/x"},
      target::BrownianMotionOptions{},
      target::SirEpidemicOptions{.data = "/x"},
      target::LinearRegressionOptions{},
      target::HierarchicalOptions{},
      target::HierarchicalOptions{.data = "/x"},
      target::EllipticOptions{}};
  for (const target::TargetOptions& target : targets) expect_same_again(unusual({}, false, target));
}

TEST(RoundTrip, GivenMixtures) {
  const target::Rows rows = {{1.0, 1.0 / 3.0}, {3.0, 4.0}};
  Configuration c{.target = target::GaussianMixtureOptions{.means = rows, .covariances = {rows, rows}}};
  c.codename = codename_of(c.solver);
  expect_same_again(c);
  c.target = target::GaussianMixtureOptions{.weights = {0.25, 0.75}, .means = rows, .variances = rows};
  expect_same_again(c);
  c.target = target::GaussianMixtureOptions{.model = "/some/model.nc"};
  expect_same_again(c);
}

TEST(RoundTrip, SleepingTargets) {
  const target::StudentTMixtureOptions around{.degrees_of_freedom = 4.0 / 3.0, .means = {{1.0}}, .scales = {{{2.0}}}};
  target::SleepingOptions sleeping{.around = around,
                                   .seconds = 1.0 / 3.0,
                                   .spread = 2.0 / 3.0,
                                   .dependence = -1.0 / 7.0,
                                   .group_size = 3,
                                   .failures = {.exception = 1.0 / 9.0,
                                                .not_a_number = 1.0 / 11.0,
                                                .wrong_shape = 1.0 / 13.0,
                                                .hang = 1.0 / 17.0,
                                                .transient = 1.0 / 19.0}};
  Configuration c{.target = sleeping};
  c.codename = codename_of(c.solver);
  expect_same_again(c);
  sleeping.spread = 0.0;
  sleeping.sigma = 4.0 / 3.0;
  c.target = sleeping;
  expect_same_again(c);
}

TEST(RoundTrip, SimulatorsOutside) {
  target::OutsideOptions<external::PythonOptions> python{
      .door = {.function = "/f.py:g", .interpreter = "/bin/python3"}};
  python.door.program.environment = {{"CUDA_VISIBLE_DEVICES", "{slot}"}, {"B", ""}};
  target::OutsideOptions<external::ProcessOptions> process{.door = {.command = "/bin/sim --fast", .input = "/in"}};
  process.door.link = {"mesh.h5"};
  process.door.substitute = {"a.in", "b/c.in"};
  target::OutsideOptions<external::ProcessOptions> words{
      .door = {.command = std::vector<std::string>{"/bin/sim", "--a b"}}};
  const target::OutsideOptions<external::UmbridgeOptions> umbridge{.door = {.urls = {"http://a:1", "http://b:2"}}};
  const target::OutsideOptions<external::PluginOptions> plugin{.door = {.library = "/libx.so"}};
  const target::OutsideOptions<external::BridgestanOptions> stan{.door = {.library = "/model.so"}};
  for (const target::TargetOptions& target :
       std::vector<target::TargetOptions>{python, process, words, umbridge, plugin, stan}) {
    Configuration c = unusual({}, false, target);
    if (auto* program = std::get_if<target::OutsideOptions<external::ProcessOptions>>(&c.target))
      program->door.shell = std::holds_alternative<std::string>(program->door.command);
    if (!std::holds_alternative<target::OutsideOptions<external::BridgestanOptions>>(target))
      c.problem.parameters = {{.name = "a", .prior = problem::PriorOptions{"normal", {0.0, 1.0}}}};
    if (!c.problem.parameters.empty() && to_yaml(c).find("returns: \"outputs\"") != std::string::npos)
      c.problem.likelihood = problem::LikelihoodOptions{.data = "/d.csv", .family = "gaussian", .arguments = {1.0}};
    expect_same_again(c);
  }
}

TEST(RoundTrip, ParametersAndLikelihood) {
  Configuration c{.target = target::RandomGaussianMixtureOptions{3}, .codename = "SAMTRON"};
  c.target = target::OutsideOptions<external::PluginOptions>{.door = {.library = "/libx.so"},
                                                             .returns = external::Returns::outputs};
  c.problem.parameters = {
      {.name = "theta[1]", .prior = problem::PriorOptions{"student_t", {1.0 / 3.0, -5e-300, 2.0 / 3.0}}},
      {.name = "a.b_2", .prior = problem::PriorOptions{"flat", {}}, .lower = 1.0 / 3.0},
      {.name = "of_the_model"},
      {.name = "c", .lower = -2.0, .upper = 1e300, .scale = {{1.0 / 7.0, 1e-9}}},
      {.name = "sigma", .prior = problem::PriorOptions{"half_normal", {0.2}}, .upper = 5.0}};
  c.problem.prior_model = "/runs/first/model.nc";
  c.problem.likelihood = problem::LikelihoodOptions{
      .data = "/d e.csv", .column = "y #", .family = "student_t", .arguments = {1.0 / 3.0, std::string("sigma")}};
  for (const char* covariance : {"", "/c.csv"}) {
    if (*covariance != '\0')
      c.problem.likelihood =
          problem::LikelihoodOptions{.data = "/d.csv", .family = "gaussian", .covariance = covariance};
    const Configuration again = parse(to_yaml(c), "again");
    ASSERT_EQ(again.problem.parameters.size(), c.problem.parameters.size()) << to_yaml(c);
    for (std::size_t d = 0; d < c.problem.parameters.size(); ++d) {
      const problem::ParameterOptions &a = again.problem.parameters[d], &b = c.problem.parameters[d];
      EXPECT_EQ(a.name, b.name);
      EXPECT_EQ(a.prior, b.prior);
      EXPECT_EQ(a.lower, b.lower);
      EXPECT_EQ(a.upper, b.upper);
      EXPECT_EQ(a.scale, b.scale);
    }
    EXPECT_EQ(again.problem.prior_model, c.problem.prior_model);
    ASSERT_TRUE(again.problem.likelihood);
    EXPECT_EQ(again.problem.likelihood->data, c.problem.likelihood->data);
    EXPECT_EQ(again.problem.likelihood->column, c.problem.likelihood->column);
    EXPECT_EQ(again.problem.likelihood->family, c.problem.likelihood->family);
    EXPECT_EQ(again.problem.likelihood->arguments, c.problem.likelihood->arguments);
    EXPECT_EQ(again.problem.likelihood->covariance, c.problem.likelihood->covariance);
    EXPECT_TRUE(differences(c, again).empty());
    Configuration reordered = again;
    std::swap(reordered.problem.parameters[0], reordered.problem.parameters[1]);
    EXPECT_FALSE(differences(c, reordered).empty()) << "x has them in another order";
    reordered = again;
    reordered.problem.parameters.back().upper = 4.0;
    EXPECT_EQ(differences(c, reordered).size(), 1U);
  }
}

TEST(RoundTrip, SettingsThatAreAbsent) {
  Configuration c{.target = target::RandomGaussianMixtureOptions{3}, .codename = "SAMTRON"};
  expect_same_again(c);
  c.solver.max_database_size.reset();
  c.solver.model_initialization.has_prior = false;
  c.solver.model_initialization.prior_mean = {1.0 / 3.0, -5e-324, 1e150};
  expect_same_again(c);
}

}  // namespace
}  // namespace gmmvi::config
