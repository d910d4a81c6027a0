#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gmmvi::problem {

/// What an argument of a distribution may be.
enum class ArgumentKind {
  any,       ///< a finite number
  positive,  ///< > 0
  file       ///< the path of a table
};

/// A distribution, as configs name it. The orders of arguments are Stan's.
struct Family {
  struct Argument {
    std::string_view name;
    ArgumentKind kind = ArgumentKind::any;
  };
  std::string_view name;
  std::array<Argument, 3> arguments = {};  ///< the first `count` of them
  std::size_t count = 0;
};

inline constexpr ArgumentKind positive = ArgumentKind::positive;

/// Of priors. `flat` is improper where there are no bounds: its density is 1.
inline constexpr std::array<Family, 16> prior_families = {{
    {"normal", {{{"mean"}, {"sd", positive}}}, 2},
    {"lognormal", {{{"mean_log"}, {"sd_log", positive}}}, 2},
    {"uniform", {{{"a"}, {"b"}}}, 2},
    {"loguniform", {{{"a", positive}, {"b", positive}}}, 2},
    {"half_normal", {{{"sd", positive}}}, 1},
    {"half_cauchy", {{{"scale", positive}}}, 1},
    {"cauchy", {{{"location"}, {"scale", positive}}}, 2},
    {"student_t", {{{"df", positive}, {"location"}, {"scale", positive}}}, 3},
    {"laplace", {{{"location"}, {"scale", positive}}}, 2},
    {"logistic", {{{"location"}, {"scale", positive}}}, 2},
    {"exponential", {{{"rate", positive}}}, 1},
    {"gamma", {{{"shape", positive}, {"rate", positive}}}, 2},
    {"inverse_gamma", {{{"shape", positive}, {"scale", positive}}}, 2},
    {"beta", {{{"a", positive}, {"b", positive}}}, 2},
    {"weibull", {{{"shape", positive}, {"scale", positive}}}, 2},
    {"flat", {}, 0},
}};

/// Of the noise of outputs. An argument is a number, a parameter, or a column of the data; `gaussian` may have the path
/// of a table with a full covariance instead.
inline constexpr std::array<Family, 8> noise_families = {{
    {"gaussian", {{{"sd", positive}}}, 1},
    {"gaussian_relative", {{{"fraction", positive}}}, 1},
    {"student_t", {{{"df", positive}, {"scale", positive}}}, 2},
    {"laplace", {{{"scale", positive}}}, 1},
    {"lognormal", {{{"sd_log", positive}}}, 1},
    {"poisson", {}, 0},
    {"negative_binomial", {{{"dispersion", positive}}}, 1},
    {"binomial", {{{"trials", positive}}}, 1},
}};

/// A prior: one of prior_families with its arguments.
struct PriorOptions {
  std::string family;
  std::vector<double> arguments = {};
  bool operator==(const PriorOptions&) const = default;
};

/// One parameter of the user's problem.
struct ParameterOptions {
  std::string name;
  std::optional<PriorOptions> prior = {};  ///< absent: uniform within finite bounds, else flat
  double lower = -std::numeric_limits<double>::infinity(), upper = std::numeric_limits<double>::infinity();
  std::optional<std::pair<double, double>> scale = {};  ///< m and s > 0 of the solver's space; absent: from the prior
  bool operator==(const ParameterOptions&) const = default;
};

/// In the order of x; empty: the solver's space is the user's.
using ParametersOptions = std::vector<ParameterOptions>;

/// An argument of the noise: a number, or the name of a parameter or of a column of the data.
using NoiseArgument = std::variant<double, std::string>;

/// How outputs are compared with data.
struct LikelihoodOptions {
  std::string data;              ///< a file that read_table() understands, with a header; a row an output
  std::string column = "value";  ///< of the data: what the outputs are compared with
  std::string family;            ///< of noise_families
  std::vector<NoiseArgument> arguments = {};
  std::string covariance = {};  ///< path of a table [M x M], for `gaussian` in place of its argument; empty: none
};

/// What stands around a target: the user's parameters, and what outputs are compared with.
struct ProblemOptions {
  ParametersOptions parameters = {};
  std::string prior_model = {};  ///< path of the model of an earlier run, which is a joint prior; empty: none
  std::optional<LikelihoodOptions> likelihood = {};
};

}  // namespace gmmvi::problem
