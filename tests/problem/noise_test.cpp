#include "problem/noise.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "support/golden.hpp"

namespace gmmvi::problem {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double missing = std::numeric_limits<double>::quiet_NaN();

using Columns = std::vector<std::pair<std::string, std::vector<double>>>;

/// A table of these columns; NaN becomes an empty cell.
Data data_of(const Columns& columns) {
  std::vector<std::string> names;
  for (const auto& [name, values] : columns) names.push_back(name);
  std::string text = fmt::format("{}\n", fmt::join(names, ","));
  for (std::size_t n = 0; n < columns.front().second.size(); ++n) {
    std::vector<std::string> cells;
    for (const auto& [name, values] : columns)
      cells.push_back(std::isnan(values[n]) ? "" : fmt::format("{:.17g}", values[n]));
    text += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return read_data("d.csv", text);
}

LikelihoodOptions noise(const std::string& family, std::vector<NoiseArgument> arguments = {},
                        const std::string& column = "value") {
  return {.data = "d.csv", .column = column, .family = family, .arguments = std::move(arguments)};
}

LikelihoodOptions correlated_noise(const std::string& family = "gaussian") {
  LikelihoodOptions options = noise(family);
  options.covariance = "c.csv";
  return options;
}

/// A case of noise.json.
struct Case {
  LikelihoodOptions options;
  Data data;
  Eigen::VectorXd outputs;
  double log_density;
};

std::vector<double> numbers(const nlohmann::json& values) {
  const Eigen::VectorXd all = test::vector(values);
  return {all.begin(), all.end()};
}

/// Vectors of arguments are columns a1 and a2, and so are numbers if `columns`.
Case case_of(const nlohmann::json& golden, bool columns = false) {
  LikelihoodOptions options = noise(golden.at("noise"));
  Columns table = {{"t", numbers(golden.at("outputs"))}, {"value", numbers(golden.at("data"))}};
  for (const auto& argument : golden.at("arguments")) {
    const std::string name = fmt::format("a{}", options.arguments.size() + 1);
    if (argument.is_number() && !columns) {
      options.arguments.emplace_back(argument.get<double>());
      continue;
    }
    options.arguments.emplace_back(name);
    table.emplace_back(
        name, argument.is_number() ? std::vector<double>(table[0].second.size(), argument) : numbers(argument));
  }
  Case each{options, data_of(table), test::vector(golden.at("outputs")), golden.at("log_density")};
  if (golden.contains("covariance")) {
    each.options.covariance = "c.csv";
    each.data.covariance = test::matrix(golden.at("covariance"));
  }
  return each;
}

void for_each_case(const std::function<void(const nlohmann::json&)>& check) {
  const nlohmann::json file = test::golden("noise");
  for (const auto& each : file.at("cases")) {
    SCOPED_TRACE(each.at("noise").get<std::string>() + each.at("arguments").dump());
    check(each);
  }
}

Likelihood likelihood(const LikelihoodOptions& options, const Data& data,
                      const std::vector<std::string>& parameters = {}) {
  return {options, data, parameters};
}

double log_density(const Likelihood& of, const Eigen::VectorXd& outputs, const Eigen::VectorXd& parameters = {}) {
  return of.value(outputs, parameters, false).log_density;
}

TEST(Noise, IsWhatSciPySays) {
  for_each_case([](const nlohmann::json& golden) {
    for (const bool columns : {false, true}) {
      const Case each = case_of(golden, columns);
      test::expect_near_relative(log_density(likelihood(each.options, each.data), each.outputs), each.log_density,
                                 1e-12);
    }
  });
}

TEST(Noise, HasAllFamiliesAmongThoseCases) {
  std::vector<std::string> families;
  for_each_case([&](const nlohmann::json& golden) { families.push_back(golden.at("noise")); });
  for (const Family& family : noise_families) EXPECT_NE(std::ranges::find(families, family.name), families.end());
}

/// The density of one datum d around an output y.
double density(const LikelihoodOptions& options, double y, double d) {
  return std::exp(log_density(likelihood(options, data_of({{"value", {d}}})), Eigen::VectorXd::Constant(1, y)));
}

double quantile(const LikelihoodOptions& options, double y, double p) {
  return likelihood(options, data_of({{"value", {1.0}}})).quantile(0, y, {}, p);
}

TEST(Noise, HasTheQuantilesOfItsDensity) {
  const std::vector<std::pair<LikelihoodOptions, double>> each = {{noise("gaussian", {0.3}), -1.5},
                                                                  {noise("gaussian_relative", {0.2}), -4.0},
                                                                  {noise("student_t", {3.0, 0.5}), 2.0},
                                                                  {noise("laplace", {0.7}), 1.0},
                                                                  {noise("lognormal", {0.4}), 3.0}};
  for (const auto& [options, y] : each) {
    SCOPED_TRACE(options.family);
    const std::vector<double> probabilities = {1e-4, 0.05, 0.5, 0.95, 1.0 - 1e-4};
    for (std::size_t i = 1; i < probabilities.size(); ++i) {
      const double from = quantile(options, y, probabilities[i - 1]), to = quantile(options, y, probabilities[i]);
      constexpr int steps = 2000;
      const double step = (to - from) / steps;
      double sum = 0.0;
      for (int n = 0; n < steps; ++n) sum += density(options, y, from + (n + 0.5) * step) * step;
      EXPECT_NEAR(sum, probabilities[i] - probabilities[i - 1], 2e-5) << probabilities[i];
    }
  }
}

TEST(Noise, HasTheQuantilesOfItsCounts) {
  const std::vector<std::pair<LikelihoodOptions, double>> each = {{noise("poisson"), 3.5},
                                                                  {noise("poisson"), 0.0},
                                                                  {noise("negative_binomial", {2.0}), 4.0},
                                                                  {noise("binomial", {9.0}), 0.3},
                                                                  {noise("negative_binomial", {0.5}), 0.0},
                                                                  {noise("binomial", {9.0}), 1.0}};
  for (const auto& [options, y] : each)
    for (const double p : {0.01, 0.05, 0.37, 0.5, 0.95, 0.999}) {
      const double found = quantile(options, y, p);
      ASSERT_EQ(found, std::floor(found)) << options.family << " " << y;
      double below = 0.0;
      for (double k = 0.0; k < found; ++k) below += density(options, y, k);
      EXPECT_LT(below, p + 1e-9) << options.family << " " << y;
      EXPECT_GE(below + density(options, y, found), p - 1e-9) << options.family << " " << y;
    }
}

TEST(Noise, HasQuantilesByRowAndByParameter) {
  const Data data = data_of({{"value", {1.0, missing, 3.0}}, {"error", {0.5, missing, 2.0}}});
  const Likelihood by_row = likelihood(noise("gaussian", {"error"}), data);
  EXPECT_NEAR(by_row.quantile(0, 1.0, {}, 0.8) - 1.0, 0.5 * quantile(noise("gaussian", {1.0}), 0.0, 0.8), 1e-14);
  EXPECT_NEAR(by_row.quantile(2, 1.0, {}, 0.8) - 1.0, 2.0 * quantile(noise("gaussian", {1.0}), 0.0, 0.8), 1e-14);
  EXPECT_TRUE(std::isnan(by_row.quantile(1, 1.0, {}, 0.8))) << "nobody has said how large its error is";
  const Likelihood by_parameter = likelihood(noise("gaussian", {"sigma"}), data, {"a", "sigma"});
  EXPECT_DOUBLE_EQ(by_parameter.quantile(1, 1.0, Eigen::Vector2d(7.0, 2.0), 0.8), by_row.quantile(2, 1.0, {}, 0.8));
  EXPECT_TRUE(std::isnan(by_parameter.quantile(1, 1.0, Eigen::Vector2d(7.0, -2.0), 0.8)));
  EXPECT_TRUE(std::isnan(by_parameter.quantile(1, missing, Eigen::Vector2d(7.0, 2.0), 0.8)));
  Data correlated = data;
  correlated.covariance = Eigen::Vector3d(0.25, 4.0, 4.0).asDiagonal();
  EXPECT_DOUBLE_EQ(likelihood(correlated_noise(), correlated).quantile(1, 1.0, {}, 0.8),
                   by_row.quantile(2, 1.0, {}, 0.8));
  EXPECT_TRUE(std::isnan(quantile(noise("lognormal", {0.4}), -1.0, 0.5)));
  EXPECT_TRUE(std::isnan(quantile(noise("poisson"), -1.0, 0.5)));
  EXPECT_TRUE(std::isnan(quantile(noise("negative_binomial", {2.0}), -1.0, 0.5)));
  EXPECT_TRUE(std::isnan(quantile(noise("binomial", {4.0}), 1.5, 0.5)));
}

TEST(Noise, HasDerivativesWithRespectToOutputs) {
  for_each_case([](const nlohmann::json& golden) {
    const Case each = case_of(golden);
    const Likelihood of = likelihood(each.options, each.data);
    const Likelihood::Value value = of.value(each.outputs, {}, true);
    EXPECT_EQ(value.log_density, log_density(of, each.outputs));
    EXPECT_EQ(value.parameters.size(), 0);
    for (Eigen::Index n = 0; n < each.outputs.size(); ++n) {
      const double h = 1e-6 * std::abs(each.outputs[n]);
      const Eigen::VectorXd step = h * Eigen::VectorXd::Unit(each.outputs.size(), n);
      const double difference =
          (log_density(of, each.outputs + step) - log_density(of, each.outputs - step)) / (2.0 * h);
      EXPECT_NEAR(value.outputs[n], difference, 1e-5 * std::max(1.0, std::abs(difference)));
    }
  });
}

TEST(Noise, HasDerivativesWithRespectToItsParameters) {
  for_each_case([](const nlohmann::json& golden) {
    Case each = case_of(golden);
    const std::vector<std::string> names = {"b", "a", "second", "first"};
    Eigen::VectorXd x = Eigen::VectorXd::Constant(4, -1.0);
    for (std::size_t i = 0; i < each.options.arguments.size(); ++i) {
      const double* number = std::get_if<double>(&each.options.arguments[i]);
      x[3 - static_cast<Eigen::Index>(i)] = number ? *number : 0.8 + static_cast<double>(i);
      each.options.arguments[i] = names[3 - i];
    }
    if (each.options.family == "binomial") x[3] = 20.5;
    const Likelihood of = likelihood(each.options, each.data, names);
    ASSERT_EQ(of.noise_parameters().size(), each.options.arguments.size());
    const Likelihood::Value value = of.value(each.outputs, x, true);
    ASSERT_TRUE(std::isfinite(value.log_density));
    for (std::size_t i = 0; i < of.noise_parameters().size(); ++i) {
      const Eigen::Index parameter = of.noise_parameters()[i];
      EXPECT_EQ(parameter, 3 - static_cast<Eigen::Index>(i));
      const double h = 1e-6 * x[parameter];
      const Eigen::VectorXd step = h * Eigen::VectorXd::Unit(4, parameter);
      const double difference =
          (log_density(of, each.outputs, x + step) - log_density(of, each.outputs, x - step)) / (2.0 * h);
      EXPECT_NEAR(value.parameters[static_cast<Eigen::Index>(i)], difference,
                  2e-6 * std::max(1.0, std::abs(difference)));
    }
  });
}

TEST(Noise, MayUseAParameterTwice) {
  const Data data = data_of({{"value", {1.0, 3.0}}});
  const std::vector<std::string> names = {"nu"};
  const Likelihood of = likelihood(noise("student_t", {"nu", "nu"}), data, names);
  EXPECT_EQ(of.noise_parameters(), std::vector<Eigen::Index>{0});
  const Eigen::Vector2d outputs(0.5, 1.0);
  const auto at = [&](double nu) { return of.value(outputs, Eigen::VectorXd::Constant(1, nu), true); };
  EXPECT_NEAR(at(2.0).parameters[0], (at(2.0 + 1e-6).log_density - at(2.0 - 1e-6).log_density) / 2e-6, 1e-7);
}

TEST(Noise, LeavesOutRowsWithoutAValue) {
  for_each_case([](const nlohmann::json& golden) {
    nlohmann::json holed = golden;
    holed["data"][1] = nullptr;
    holed["data"][3] = nullptr;
    nlohmann::json shorter = golden;
    const auto without = [](nlohmann::json& rows) {
      rows.erase(3);
      rows.erase(1);
    };
    for (const char* key : {"data", "outputs"}) without(shorter[key]);
    for (auto& argument : shorter["arguments"])
      if (argument.is_array()) without(argument);
    for (auto& argument : holed["arguments"])
      if (argument.is_array()) argument[1] = nullptr;  // nobody needs it there
    if (golden.contains("covariance")) {
      without(shorter["covariance"]);
      for (auto& row : shorter["covariance"]) without(row);
    }
    Case with_holes = case_of(holed);
    with_holes.outputs[3] = infinity;  // nor that
    const Case rest = case_of(shorter);
    const Likelihood of = likelihood(with_holes.options, with_holes.data);
    EXPECT_EQ(of.outputs(), 5);
    const Likelihood::Value value = of.value(with_holes.outputs, {}, true);
    const Likelihood::Value expected = likelihood(rest.options, rest.data).value(rest.outputs, {}, true);
    test::expect_near_relative(value.log_density, expected.log_density, 1e-15);
    const std::vector<Eigen::Index> kept = {0, 2, 4}, left_out = {1, 3};
    test::expect_near_relative(Eigen::VectorXd(value.outputs(kept)), expected.outputs, 1e-14);
    EXPECT_EQ(Eigen::VectorXd(value.outputs(left_out)), Eigen::Vector2d::Zero());
  });
}

TEST(Noise, DependsOnNoOrderOfRows) {
  const std::vector<Eigen::Index> order = {3, 0, 4, 1, 2};
  for_each_case([&](const nlohmann::json& golden) {
    nlohmann::json other = golden;
    const auto reorder = [&](nlohmann::json& rows) {
      const nlohmann::json before = rows;
      for (std::size_t n = 0; n < order.size(); ++n) rows[n] = before[static_cast<std::size_t>(order[n])];
    };
    for (const char* key : {"data", "outputs"}) reorder(other[key]);
    for (auto& argument : other["arguments"])
      if (argument.is_array()) reorder(argument);
    if (golden.contains("covariance")) {
      reorder(other["covariance"]);
      for (auto& row : other["covariance"]) reorder(row);
    }
    const Case a = case_of(golden), b = case_of(other);
    const Likelihood::Value first = likelihood(a.options, a.data).value(a.outputs, {}, true);
    const Likelihood::Value second = likelihood(b.options, b.data).value(b.outputs, {}, true);
    test::expect_near_relative(second.log_density, first.log_density, 1e-13);
    test::expect_near_relative(second.outputs, Eigen::VectorXd(first.outputs(order)), 1e-11);
  });
}

TEST(Noise, OfADiagonalCovarianceIsThatOfItsStandardDeviations) {
  const Eigen::Vector3d sd(0.5, 2.0, 1.5), outputs(0.7, 2.5, 1.0);
  Data data = data_of({{"value", {1.0, 2.0, -1.0}}, {"sd", {0.5, 2.0, 1.5}}});
  const auto rows = likelihood(noise("gaussian", {"sd"}), data).value(outputs, {}, true);
  data.covariance = sd.array().square().matrix().asDiagonal();
  const auto full = likelihood(correlated_noise(), data).value(outputs, {}, true);
  EXPECT_NEAR(full.log_density, rows.log_density, 1e-14);
  EXPECT_TRUE(full.outputs.isApprox(rows.outputs, 1e-14));
}

TEST(Noise, IsOutsideOfItsSupportRatherThanAFailure) {
  const Data data = data_of({{"value", {0.0, 3.0}}});
  const Eigen::Vector2d outputs(0.5, 0.5);
  const std::vector<std::string> names = {"a"};
  for (const std::string family : {"gaussian", "gaussian_relative", "laplace", "negative_binomial", "binomial"}) {
    const Likelihood of = likelihood(noise(family, {"a"}), data, names);
    for (const double wrong : {0.0, -1.0}) {
      const Eigen::VectorXd x = Eigen::VectorXd::Constant(1, wrong);
      EXPECT_FALSE(of.supports(x));
      EXPECT_EQ(log_density(of, outputs, x), -infinity) << family;
    }
    EXPECT_TRUE(of.supports(Eigen::VectorXd::Constant(1, 4.0)));
    EXPECT_TRUE(std::isfinite(log_density(of, outputs, Eigen::VectorXd::Constant(1, 4.0)))) << family;
  }
  const auto at = [&](const std::string& family, double y, std::vector<NoiseArgument> arguments = {2.0}) {
    return log_density(likelihood(noise(family, std::move(arguments)), data), Eigen::Vector2d(1e-3, y));
  };
  EXPECT_EQ(at("gaussian_relative", 0.0), -infinity);
  EXPECT_EQ(at("poisson", 0.0, {}), -infinity);
  EXPECT_EQ(at("poisson", -1.0, {}), -infinity);
  EXPECT_EQ(at("negative_binomial", -1.0), -infinity);
  EXPECT_EQ(at("binomial", 1.0, {4.0}), -infinity);
  EXPECT_EQ(at("binomial", 1.5, {4.0}), -infinity);
  const Data positive = data_of({{"value", {0.1, 3.0}}});
  EXPECT_EQ(log_density(likelihood(noise("lognormal", {1.0}), positive), Eigen::Vector2d(1.0, 0.0)), -infinity);
  // More successes than trials, where a parameter counts them.
  const Likelihood trials = likelihood(noise("binomial", {"a"}), data, names);
  EXPECT_EQ(log_density(trials, outputs, Eigen::VectorXd::Constant(1, 2.5)), -infinity);
}

TEST(Noise, CountsNothingWhereNothingIsExpected) {
  const Data data = data_of({{"value", {0.0, 2.0}}});
  const auto at = [&](const std::string& family, std::vector<NoiseArgument> arguments, const Eigen::Vector2d& outputs) {
    return likelihood(noise(family, std::move(arguments)), data).value(outputs, {}, true);
  };
  const Likelihood::Value poisson = at("poisson", {}, {0.0, 2.0});
  EXPECT_NEAR(poisson.log_density, std::log(2.0) - 2.0, 1e-15);
  EXPECT_EQ(poisson.outputs, Eigen::Vector2d(-1.0, 0.0));
  const Likelihood::Value binomial = at("binomial", {2.0}, {0.0, 1.0});
  EXPECT_NEAR(binomial.log_density, 0.0, 1e-15);
  EXPECT_EQ(binomial.outputs, Eigen::Vector2d(-2.0, 2.0));
  EXPECT_TRUE(at("negative_binomial", {2.0}, {0.0, 1.0}).outputs.allFinite());
}

TEST(Noise, OfManyIsPreciseWhereDispersionVanishes) {
  const Data data = data_of({{"value", {0.0, 200.0}}});
  const Eigen::Vector2d outputs(1.5, 210.0);
  const double poisson = log_density(likelihood(noise("poisson"), data), outputs);
  const double nearly = log_density(likelihood(noise("negative_binomial", {1e9}), data), outputs);
  EXPECT_NEAR(nearly, poisson, 1e-6);
  const double normal = log_density(likelihood(noise("gaussian", {9.0}), data), outputs);
  const double student = log_density(likelihood(noise("student_t", {1e9, 9.0}), data), outputs);
  EXPECT_NEAR(student, normal, 1e-8);
}

TEST(Noise, HasNoValueWhereAnOutputIsNone) {
  Data data = data_of({{"value", {1.0, 3.0}}});
  data.covariance = Eigen::Matrix2d::Identity();
  for (const auto& options : {noise("gaussian", {1.0}), correlated_noise()})
    for (const double wrong : {infinity, -infinity, missing})
      EXPECT_TRUE(std::isnan(log_density(likelihood(options, data), Eigen::Vector2d(1.0, wrong))));
}

// --------------------------------------------------------------------------------------------------------- errors

std::string error_of(const LikelihoodOptions& options, const Data& data, ExitCode code) {
  const std::vector<std::string> parameters = {"mu", "sigma", "both"};
  try {
    static_cast<void>(likelihood(options, data, parameters));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << options.family << " is no error";
  return {};
}

Data small() {
  return data_of({{"value", {2.0, missing, -1.5}},
                  {"sd", {1.0, missing, 0.0}},
                  {"holes", {1.0, 1.0, missing}},
                  {"both", {1.0, 1.0, 1.0}}});
}

TEST(Noise, RefusesArgumentsItCannotUnderstand) {
  const auto message = [](const LikelihoodOptions& options) {
    return error_of(options, small(), ExitCode::configuration);
  };
  EXPECT_EQ(
      message(noise("gaussian", {"sigmo"})),
      "likelihood.noise: 'sigmo' is neither a parameter (mu, sigma, both) nor a column of d.csv (value, sd, holes, "
      "both).");
  EXPECT_EQ(
      message(noise("gaussian", {"both"})),
      "likelihood.noise: 'both' is both a parameter and a column of d.csv. Rename one of them, so that it is clear "
      "which is meant.");
  EXPECT_EQ(message(noise("gaussian", {-1.0})), "likelihood.noise: sd of gaussian has to be positive, not -1.");
  EXPECT_EQ(message(noise("student_t", {1.0})), "likelihood.noise: student_t takes 2 arguments, not 1.");
  EXPECT_EQ(message(noise("gauss", {1.0})), "likelihood.noise: there is no noise called 'gauss'.");
  EXPECT_EQ(message(correlated_noise("laplace")),
            "likelihood.noise: a covariance (c.csv) is the one argument of gaussian noise, and of no other.");
  EXPECT_EQ(message(noise("gaussian", {1.0}, "y")),
            "likelihood.column: d.csv has no column 'y'. Its columns are value, sd, holes, both. Name the one that the "
            "outputs "
            "are compared with; without likelihood.column it is 'value'.");
}

TEST(Noise, RefusesDataOutsideOfItsSupport) {
  const auto message = [](const LikelihoodOptions& options) { return error_of(options, small(), ExitCode::data); };
  EXPECT_EQ(message(noise("lognormal", {1.0})),
            "d.csv:4: column value is -1.5, but data with lognormal noise are positive numbers.");
  EXPECT_EQ(message(noise("poisson")),
            "d.csv:4: column value is -1.5, but data with poisson noise are counts, whole numbers that are not "
            "negative.");
  EXPECT_EQ(message(noise("gaussian", {"sd"})), "d.csv:4: column sd is 0, but the sd of the noise has to be positive.");
  EXPECT_EQ(message(noise("gaussian", {"holes"})),
            "d.csv:4: there is a datum, but no value in column holes, which is the sd of its noise.");
  const Data counts = data_of({{"value", {2.0, 5.0}}, {"n", {3.0, 4.0}}});
  EXPECT_EQ(error_of(noise("binomial", {"n"}), counts, ExitCode::data),
            "d.csv:3: column value is 5, but there were only 4 trials.");
  EXPECT_EQ(error_of(noise("binomial", {6.5}), counts, ExitCode::data),
            "d.csv:2: the trials of binomial noise are counts, not 6.5.");
  const Data halves = data_of({{"value", {2.0, 2.5}}});
  EXPECT_NE(error_of(noise("negative_binomial", {1.0}), halves, ExitCode::data).find("d.csv:3"), std::string::npos);
  const Data nothing = data_of({{"t", {1.0, 1.0}}, {"value", {missing, missing}}});
  EXPECT_EQ(error_of(noise("poisson"), nothing, ExitCode::data),
            "d.csv: column value has no value at all: there is nothing to compare outputs with.");
}

TEST(Noise, RefusesWhatIsNoCovariance) {
  Data data = data_of({{"value", {2.0, 5.0}}});
  const auto message = [&](const Eigen::MatrixXd& covariance) {
    data.covariance = covariance;
    return error_of(correlated_noise(), data, ExitCode::data);
  };
  EXPECT_EQ(message(Eigen::Matrix3d::Identity()),
            "c.csv: the covariance is of 3 outputs, but the data have 2 rows (those without a value count).");
  EXPECT_EQ(message(Eigen::MatrixXd{{1.0, 0.5}, {0.4, 1.0}}),
            "c.csv: a covariance is symmetric, but row 2, column 1 is 0.4, and row 1, column 2 is 0.5.");
  EXPECT_EQ(message(Eigen::MatrixXd{{1.0, 0.5}, {0.5, -1.0}}),
            "c.csv: the variance in row 2 is -1; it has to be positive.");
  const std::string indefinite = message(Eigen::MatrixXd{{1.0, 2.0}, {2.0, 1.0}});
  EXPECT_NE(indefinite.find("not positive definite: its eigenvalues are from -1 to 3."), std::string::npos)
      << indefinite;
}

// ------------------------------------------------------------------------------------------------------- expansion

/// A family whose arguments are the parameters a and b, around an output y.
struct Around {
  LikelihoodOptions options;
  Eigen::VectorXd parameters;
  double y;
  bool counts = false;

  Likelihood at(double d) const { return likelihood(options, data_of({{"value", {d}}}), {"a", "b"}); }
  double predictor() const { return at(counts ? 1.0 : y).predictors(Eigen::VectorXd::Constant(1, y))[0]; }
  Eigen::Index dimension() const { return 1 + static_cast<Eigen::Index>(options.arguments.size()); }
};

std::vector<Around> families_around() {
  const Eigen::Vector2d few(0.3, 0.0);
  return {{noise("gaussian", {"a"}), few, -1.5},
          {noise("gaussian_relative", {"a"}), Eigen::Vector2d(0.1, 0.0), 2.0},
          {noise("gaussian_relative", {"a"}), Eigen::Vector2d(0.12, 0.0), -0.01},
          {noise("student_t", {"a", "b"}), Eigen::Vector2d(8.0, 0.5), 2.0},
          {noise("student_t", {"b", "a"}), Eigen::Vector2d(0.7, 12.0), 2.0},
          {noise("laplace", {"a"}), few, 1.0},
          {noise("lognormal", {"a"}), few, 3.0},
          {noise("poisson"), few, 4.2, true},
          {noise("poisson"), few, 0.05, true},
          {noise("negative_binomial", {"a"}), Eigen::Vector2d(2.5, 0.0), 4.2, true},
          {noise("negative_binomial", {"a"}), Eigen::Vector2d(60.0, 0.0), 30.0, true},
          {noise("negative_binomial", {"a"}), Eigen::Vector2d(0.4, 0.0), 0.3, true},
          {noise("binomial", {7.0}), few, 0.3, true}};
}

/// Derivatives by η, and by the arguments in their order.
Eigen::VectorXd score(const Around& each, double d) {
  const Likelihood of = each.at(d);
  const auto expansion = of.expansion(Eigen::VectorXd::Constant(1, each.predictor()), each.parameters);
  Eigen::VectorXd all(1 + expansion.parameters.size());
  all << expansion.by_predictors, expansion.parameters;
  return all;
}

/// What data around the output are, with their probabilities.
std::vector<std::pair<double, double>> data_around(const Around& each) {
  const Likelihood of = each.at(1.0);
  const auto log_density_of = [&](double d) {
    return std::exp(each.at(d).value(Eigen::VectorXd::Constant(1, each.y), each.parameters, false).log_density);
  };
  std::vector<std::pair<double, double>> data;
  if (each.counts) {
    const double most = of.quantile(0, each.y, each.parameters, 1.0 - 1e-14);
    for (double d = 0.0; d <= most; d += 1.0) data.emplace_back(d, log_density_of(d));
    return data;
  }
  const double from = of.quantile(0, each.y, each.parameters, 1e-12);
  const double to = of.quantile(0, each.y, each.parameters, 1.0 - 1e-12);
  constexpr int steps = 4000;
  for (int i = 0; i < steps; ++i) {
    const double d = from + (i + 0.5) * (to - from) / steps;
    data.emplace_back(d, log_density_of(d) * (to - from) / steps);
  }
  return data;
}

TEST(NoiseExpansion, HasTheDerivativesOfTheLogDensity) {
  constexpr double step = 1e-5;
  for (const Around& each : families_around())
    for (const double d : {0.0, 1.0, 3.0}) {
      if (each.options.family == "lognormal" && d == 0.0) continue;
      if (each.y < 0.0 && each.options.family == "gaussian_relative") continue;  // y has the sign of its datum
      SCOPED_TRACE(fmt::format("{} {} {}", each.options.family, each.y, d));
      const Likelihood of = each.at(d);
      const Eigen::VectorXd slope = score(each, d);
      const auto beside = [&](double by) {  // of y where η is so much greater
        const bool is_log = each.options.family != "gaussian" && each.options.family != "student_t" &&
                            each.options.family != "laplace" && each.options.family != "binomial";
        const double odds = each.y / (1.0 - each.y) * std::exp(by);
        const double y = each.options.family == "binomial" ? odds / (1.0 + odds)
                         : is_log                          ? each.y * std::exp(by)
                                                           : each.y + by;
        return of.value(Eigen::VectorXd::Constant(1, y), each.parameters, false).log_density;
      };
      test::expect_near_relative((beside(step) - beside(-step)) / (2.0 * step), slope[0], 1e-7);
      const Eigen::VectorXd exact = of.value(Eigen::VectorXd::Constant(1, each.y), each.parameters, true).parameters;
      EXPECT_LE((exact - slope.tail(slope.size() - 1)).norm(), 1e-12 * (1.0 + exact.norm()));
    }
}

TEST(NoiseExpansion, HasTheInformationThatScoresOfDataHave) {
  for (const Around& each : families_around()) {
    SCOPED_TRACE(fmt::format("{} {}", each.options.family, each.y));
    Eigen::MatrixXd outer_products;
    for (const auto& [d, probability] : data_around(each)) {
      const Eigen::VectorXd of_datum = score(each, d);
      if (outer_products.size() == 0) outer_products.setZero(of_datum.size(), of_datum.size());
      outer_products += probability * of_datum * of_datum.transpose();
    }
    const auto expansion =
        each.at(each.counts ? 1.0 : each.y).expansion(Eigen::VectorXd::Constant(1, each.predictor()), each.parameters);
    Eigen::MatrixXd information(outer_products.rows(), outer_products.rows());
    const Eigen::Index p = expansion.parameters.size();
    information(0, 0) = expansion.information[0];
    information.bottomRightCorner(p, p) = expansion.parameter_information;
    information.topRightCorner(1, p) = expansion.mixed;
    information.bottomLeftCorner(p, 1) = expansion.mixed.transpose();
    for (Eigen::Index i = 0; i <= p; ++i)
      for (Eigen::Index j = 0; j <= p; ++j)
        EXPECT_NEAR(information(i, j), outer_products(i, j),
                    1e-4 * std::sqrt(outer_products(i, i) * outer_products(j, j)))
            << i << " " << j;
  }
}

TEST(NoiseExpansion, OfACovarianceIsThatOfTheWholeDensity) {
  Data data = data_of({{"t", {1.0, 2.0, 3.0}}, {"value", {0.3, missing, -1.0}}});
  data.covariance = (Eigen::Matrix3d() << 2.0, 0.1, 0.7, 0.1, 1.0, 0.2, 0.7, 0.2, 0.5).finished();
  const Likelihood of = likelihood(correlated_noise(), data);
  const Eigen::Vector3d y(0.1, 5.0, 0.4), slope(0.7, 3.0, -0.2);
  const auto at = [&](double t) -> Eigen::VectorXd { return y + t * slope; };
  const auto expansion = of.expansion(of.predictors(y), {});
  const Eigen::VectorXd predictor_slope = of.predictors(at(1.0)) - of.predictors(y);
  EXPECT_EQ(predictor_slope.size(), 2);
  const double value = log_density(of, y), up = log_density(of, at(1.0)), down = log_density(of, at(-1.0));
  EXPECT_NEAR(0.5 * (up - down), expansion.by_predictors.dot(predictor_slope), 1e-12);
  EXPECT_NEAR(up + down - 2.0 * value, -predictor_slope.cwiseAbs2().dot(expansion.information), 1e-12);
}

TEST(NoiseExpansion, HasTheSlopesOfItsPredictors) {
  constexpr double h = 1e-6, jacobian = -1.7;
  for (const Around& each : families_around()) {
    const Likelihood of = each.at(each.counts ? 1.0 : each.y);
    const auto at = [&](double y) { return of.predictors(Eigen::VectorXd::Constant(1, y))[0]; };
    const double slope = (at(each.y + h * jacobian) - at(each.y - h * jacobian)) / (2.0 * h);
    const Eigen::MatrixXd found =
        of.slopes(Eigen::VectorXd::Constant(1, each.y), Eigen::MatrixXd::Constant(1, 1, jacobian));
    EXPECT_NEAR(found(0, 0), slope, 1e-6 * std::abs(slope)) << each.options.family << " " << each.y;
  }
  const Likelihood counts = likelihood(noise("poisson"), data_of({{"t", {1.0, 2.0}}, {"value", {2.0, missing}}}));
  const Eigen::MatrixXd jacobian_of_two{{3.0, 1.0}, {missing, missing}};
  EXPECT_EQ(counts.slopes(Eigen::Vector2d(2.0, missing), jacobian_of_two), Eigen::RowVector2d(1.5, 0.5));
  EXPECT_EQ(counts.slopes(Eigen::Vector2d(0.0, 1.0), jacobian_of_two), Eigen::RowVector2d(0.0, 0.0))
      << "where its predictor no longer falls";
  EXPECT_TRUE(counts.slopes(Eigen::Vector2d(missing, 1.0), jacobian_of_two).array().isNaN().all());
}

TEST(NoiseExpansion, OfACovarianceHasTheSlopesOfWhitenedOutputs) {
  Data data = data_of({{"t", {1.0, 2.0, 3.0}}, {"value", {0.3, missing, -1.0}}});
  data.covariance = (Eigen::Matrix3d() << 2.0, 0.1, 0.7, 0.1, 1.0, 0.2, 0.7, 0.2, 0.5).finished();
  const Likelihood of = likelihood(correlated_noise(), data);
  const Eigen::Vector3d y(0.1, 5.0, 0.4);
  const Eigen::MatrixXd jacobian{{0.7, 1.0}, {3.0, 0.0}, {-0.2, 0.4}};
  for (Eigen::Index d = 0; d < 2; ++d) {
    const Eigen::VectorXd change = of.predictors(y + jacobian.col(d)) - of.predictors(y);
    EXPECT_LE((of.slopes(y, jacobian).col(d) - change).norm(), 1e-14);
  }
}

TEST(NoiseExpansion, LeavesOutRowsWithoutDataAndUnknownOutputs) {
  const Likelihood of = likelihood(noise("poisson"), data_of({{"t", {1.0, 2.0, 3.0}}, {"value", {2.0, missing, 0.0}}}));
  EXPECT_EQ(of.predictors(Eigen::Vector3d(1.0, missing, std::exp(1.0))), Eigen::Vector2d(0.0, 1.0));
  EXPECT_TRUE(of.predictors(Eigen::Vector3d(missing, 1.0, 1.0)).array().isNaN().all());
}

TEST(NoiseExpansion, IsOfNumbersWhateverThePredictors) {
  for (const Around& each : families_around())
    for (const double predictor : {-1e4, -40.0, 40.0, 1e4}) {
      const auto expansion = each.at(1.0).expansion(Eigen::VectorXd::Constant(1, predictor), each.parameters);
      EXPECT_TRUE(expansion.by_predictors.allFinite() && expansion.information.allFinite() &&
                  expansion.mixed.allFinite() && expansion.parameter_information.allFinite())
          << each.options.family << " " << predictor;
      EXPECT_GE(expansion.information[0], 0.0);
    }
}

}  // namespace
}  // namespace gmmvi::problem
