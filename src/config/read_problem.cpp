#include "config/read_problem.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/keys.hpp"
#include "config/nearest.hpp"
#include "config/values.hpp"
#include "core/printable.hpp"

namespace gmmvi::config {

namespace {

using problem::ArgumentKind;
using problem::Family;

constexpr double infinity = std::numeric_limits<double>::infinity();

// ---- "name(argument, argument)"

struct Term {
  std::string name;
  std::vector<std::string> arguments;
};

std::string trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return std::string(text);
}

/// Nothing where it is not of this form. A name alone has no arguments.
std::optional<Term> parse_term(const std::string& text) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos) return Term{trimmed(text), {}};
  const std::string rest = trimmed(text.substr(open + 1));
  if (rest.empty() || rest.back() != ')') return std::nullopt;
  Term term{trimmed(text.substr(0, open)), {}};
  const std::string inside = trimmed(rest.substr(0, rest.size() - 1));
  if (inside.find_first_of("()") != std::string::npos) return std::nullopt;
  for (std::size_t begin = 0; !inside.empty() && begin <= inside.size();) {
    const std::size_t comma = std::min(inside.find(',', begin), inside.size());
    term.arguments.push_back(trimmed(std::string_view(inside).substr(begin, comma - begin)));
    begin = comma + 1;
  }
  return term;
}

std::string signature(const Family& family) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < family.count; ++i) names.push_back(family.arguments[i].name);
  return fmt::format("{}({})", family.name, fmt::join(names, ", "));
}

std::string signatures(std::span<const Family> families) {
  std::vector<std::string> all;
  for (const Family& family : families) all.push_back(signature(family));
  return fmt::format("{}", fmt::join(all, ", "));
}

/// The term that the text of `key` is, and its family.
struct Known {
  Term term;
  const Family* family;
};

Known known_term(Section& section, std::string_view key, std::span<const Family> families, const char* what) {
  std::string text;
  section.text(key, text);
  const auto term = parse_term(text);
  if (!term && text.find(')') == std::string::npos) {
    section.accept_anything();  // the rest of it
    section.refuse(key, fmt::format("'{}' has no closing parenthesis", core::quotation(text)),
                   fmt::format("{}: \"{}\", in quotes, since a comma within braces ends a value", key,
                               signature(families.front())));
  }
  if (!term)
    section.refuse(key, fmt::format("'{}' is not of the form name(argument, …)", core::quotation(text)),
                   signatures(families));
  const auto family = std::ranges::find(families, term->name, &Family::name);
  if (family == families.end()) {
    std::vector<std::string> names;
    for (const Family& each : families) names.emplace_back(each.name);
    section.refuse(
        key, fmt::format("no {} is called '{}'{}", what, core::quotation(term->name), did_you_mean(term->name, names)),
        signatures(families));
  }
  return {*term, &*family};
}

void require_count(Section& section, std::string_view key, const Known& known) {
  if (known.term.arguments.size() == known.family->count) return;
  section.refuse(key,
                 fmt::format("{} has {} argument{}, not {}", known.family->name, known.family->count,
                             known.family->count == 1 ? "" : "s", known.term.arguments.size()),
                 signature(*known.family));
}

double number_of(Section& section, std::string_view key, const std::string& text, const Family::Argument& argument,
                 const std::string& allowed) {
  double value = 0.0;
  if (config::to_number(text, value) != Conversion::done)
    section.refuse(key, fmt::format("{}, '{}', is not a finite number", argument.name, core::quotation(text)), allowed);
  if (argument.kind == ArgumentKind::positive && !(value > 0.0))
    section.refuse(key, fmt::format("{} is {}, but has to be greater than 0", argument.name, text), allowed);
  return value;
}

// ---- parameters

bool is_name(std::string_view name) {
  const auto is_first = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; };
  const auto is_later = [&](unsigned char c) {
    return is_first(c) || std::isdigit(c) != 0 || c == '.' || c == '[' || c == ']';
  };
  return !name.empty() && is_first(static_cast<unsigned char>(name.front())) &&
         std::ranges::all_of(name, [&](char c) { return is_later(static_cast<unsigned char>(c)); });
}

void read_prior(Section& section, problem::ParameterOptions& parameter) {
  if (!section.has("prior")) return;
  const Known known = known_term(section, "prior", problem::prior_families, "prior");
  require_count(section, "prior", known);
  problem::PriorOptions prior{known.term.name, {}};
  for (std::size_t i = 0; i < known.family->count; ++i)
    prior.arguments.push_back(
        number_of(section, "prior", known.term.arguments[i], known.family->arguments[i], signature(*known.family)));
  if (prior.family.ends_with("uniform") && !(prior.arguments[0] < prior.arguments[1]))
    section.refuse("prior", fmt::format("b is {}, not above a", prior.arguments[1]), "a < b");
  parameter.prior = prior;
}

/// A finite number, or ±∞ as null or .inf.
double bound(Section& section, const Node& node, double infinite) {
  const std::string& text = node.text;
  double value = 0.0;
  const bool upwards = infinite > 0.0;
  const bool is_infinite = node.kind == Node::Kind::null || (upwards && (text == ".inf" || text == "inf")) ||
                           (!upwards && (text == "-.inf" || text == "-inf"));
  if (is_infinite) return infinite;
  if (node.kind != Node::Kind::scalar || config::to_number(text, value) != Conversion::done)
    section.refuse("bounds", fmt::format("'{}' is not a number", core::quotation(text)),
                   "[lower, upper], each a number or null");
  return value;
}

void read_bounds(Section& section, problem::ParameterOptions& parameter) {
  if (!section.has("bounds")) return;
  const Node& node = *section.find("bounds");
  const std::string allowed = "[lower, upper], each a number or null, where there is none";
  if (node.kind != Node::Kind::list || node.items.size() != 2)
    section.refuse("bounds", "this is not a list of two numbers", allowed);
  parameter.lower = bound(section, node.items[0], -infinity);
  parameter.upper = bound(section, node.items[1], infinity);
  if (!(parameter.lower < parameter.upper))
    section.refuse("bounds",
                   fmt::format("the upper one, {}, is not above the lower one, {}", parameter.upper, parameter.lower),
                   allowed);
}

void read_scale(Section& section, problem::ParameterOptions& parameter) {
  if (!section.has("scale")) return;
  std::vector<double> scale;
  section.numbers("scale", scale, anything());
  if (!section.is_usable("scale")) return;
  if (scale.size() != 2 || !(scale[1] > 0.0))
    section.refuse("scale", "this is not a location and a positive scale", "[m, s], of the parameter without bounds");
  parameter.scale = std::pair(scale[0], scale[1]);
}

problem::ParametersOptions read_parameters(Section& root) {
  Section section = root.section("parameters");
  problem::ParametersOptions parameters;
  Problems& problems = root.reader().problems();
  for (const std::string& name : section.keys()) {
    problem::ParameterOptions parameter{.name = name};
    problems.attempt([&] {
      if (!is_name(name))
        section.refuse(name, fmt::format("'{}' cannot be the name of a parameter", core::quotation(name)),
                       "a letter or _ first, then letters, digits, _ . [ ]");
    });
    const Node* node = section.find(name);
    if (node->kind == Node::Kind::scalar) {
      problems.attempt([&] {
        section.refuse(name, fmt::format("'{}' is no map", core::quotation(node->text)),
                       "a map, as in {prior: \"normal(0, 1)\"}");
      });
      parameter.prior = problem::PriorOptions{"flat", {}};  // one problem is enough
      parameters.push_back(std::move(parameter));
      continue;
    }
    Section own = section.section(name);
    own.belongs_to("a parameter");
    for (const auto read : {read_prior, read_bounds, read_scale}) problems.attempt([&] { read(own, parameter); });
    for (const char* key : {"prior", "bounds", "scale"}) own.find(key);
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

// ---- the likelihood

bool is_path(const std::string& text) {
  return text.find('/') != std::string::npos || text.ends_with(".csv") || text.ends_with(".txt") ||
         text.ends_with(".dat");
}

/// "gaussian(/data/covariance.csv)", where the path may have any characters; or nothing.
std::string covariance_in(const std::string& text) {
  constexpr std::string_view begin = "gaussian(";
  const std::string term = trimmed(text);
  if (!term.starts_with(begin) || !term.ends_with(')')) return "";
  const std::string path = trimmed(std::string_view(term).substr(begin.size(), term.size() - begin.size() - 1));
  return is_path(path) ? path : "";
}

void read_noise(Section& section, problem::LikelihoodOptions& likelihood) {
  std::string text;
  section.text("noise", text);
  if (const std::string path = covariance_in(text); !path.empty()) {
    likelihood.family = "gaussian";
    likelihood.covariance = section.file_of("noise", path);
    return;
  }
  const Known known = known_term(section, "noise", problem::noise_families, "noise");
  require_count(section, "noise", known);
  likelihood.family = known.term.name;
  for (std::size_t i = 0; i < known.family->count; ++i) {
    const std::string& argument = known.term.arguments[i];
    double number = 0.0;
    if (config::to_number(argument, number) != Conversion::no_number) {
      likelihood.arguments.emplace_back(
          number_of(section, "noise", argument, known.family->arguments[i], signature(*known.family)));
    } else if (argument.empty()) {
      section.refuse("noise", "an argument is empty", signature(*known.family));
    } else {
      likelihood.arguments.emplace_back(argument);
    }
  }
}

problem::LikelihoodOptions read_likelihood(Section& root) {
  Section section = root.section("likelihood");
  problem::LikelihoodOptions likelihood;
  section.require("data", "the path of a table with a row per output");
  section.require("noise", "the noise of the outputs, for instance \"gaussian(0.1)\"");
  section.input_file("data", likelihood.data);
  section.text("column", likelihood.column);
  section.find("noise");
  if (section.has("noise")) root.reader().problems().attempt([&] { read_noise(section, likelihood); });
  return likelihood;
}

// ---- what has to fit

/// What the target returns, if it is a simulator outside.
std::optional<external::Returns> returns_of(const target::TargetOptions& target) {
  return std::visit(
      []<class Option>(const Option& option) -> std::optional<external::Returns> {
        if constexpr (requires { option.returns; }) return option.returns;
        return std::nullopt;
      },
      target);
}

bool needs_names(const target::TargetOptions& target) {
  return std::holds_alternative<target::OutsideOptions<external::PythonOptions>>(target) ||
         std::holds_alternative<target::OutsideOptions<external::ProcessOptions>>(target);
}

/// Whether its type and what it returns are what the config says, and no problems.
bool is_understood(Section& root, const target::TargetOptions& target) {
  if (!root.has("target")) return true;
  Section section = root.section("target");
  const Node* type = section.find("type");
  return type != nullptr && type->text == type_of(target) && section.is_usable("returns");
}

/// Whether a parameter has a prior, or what was refused as one.
bool is_told(Section& root, const std::string& parameter) {
  Section section = root.section("parameters");
  return section.find(parameter)->kind == Node::Kind::scalar || section.section(parameter).has("prior");
}

void check_sections(Section& root, const target::TargetOptions& target, const problem::ProblemOptions& problem) {
  const auto returns = returns_of(target);
  Problems& problems = root.reader().problems();
  if (returns == external::Returns::outputs && !problem.likelihood)
    problems.missing(
        fmt::format("{}: likelihood: missing; target.returns is outputs, and this section says what they "
                    "are compared with (data, noise)",
                    root.place_text()));
  if (problem.likelihood && returns != external::Returns::outputs && is_understood(root, target))
    problems.attempt([&] {
      root.refuse(
          "likelihood",
          returns ? fmt::format("by target.returns the target returns its {}, and nothing that data are compared with",
                                *returns == external::Returns::log_density ? "log density" : "log likelihood")
                  : std::string("the target returns no outputs that could be compared with data"),
          returns ? "target.returns: outputs, if these are what it returns; or no such section"
                  : "with target.returns: outputs, of a target from outside (python, process, umbridge, plugin)");
    });
  if (problem.parameters.empty() && (needs_names(target) || returns == external::Returns::log_likelihood))
    problems.missing(fmt::format("{}: parameters: missing; the names of the parameters, each with its prior or bounds",
                                 root.place_text()));
  if (!problem.prior_model.empty() &&
      returns.value_or(external::Returns::log_density) == external::Returns::log_density)
    problems.attempt([&] {
      root.refuse("prior", "the target's log density has its priors, to which none is added",
                  "with target.returns: log_likelihood or outputs, of a target from outside");
    });
  const bool adds_priors = returns && *returns != external::Returns::log_density && problem.prior_model.empty();
  for (const problem::ParameterOptions& parameter : problem.parameters)
    if (adds_priors && !is_told(root, parameter.name) && std::isinf(parameter.lower) && std::isinf(parameter.upper))
      problems.attempt([&] {
        root.section("parameters")
            .refuse(parameter.name, "it has neither a prior nor bounds", "a prior (flat, if need be), or bounds");
      });
  if (!problem.parameters.empty() &&
      std::holds_alternative<target::OutsideOptions<external::BridgestanOptions>>(target))
    problems.attempt([&] {
      root.refuse("parameters", "a Stan model has its own parameters, with their bounds and priors", "no such section");
    });
}

}  // namespace

problem::ProblemOptions read_problem(Section& root, const target::TargetOptions& target) {
  problem::ProblemOptions problem{.parameters = read_parameters(root)};
  root.section("prior", {}, [&](Section& section) { prior_model_key(section, problem.prior_model); });
  if (root.has("likelihood")) problem.likelihood = read_likelihood(root);
  check_sections(root, target, problem);
  return problem;
}

std::string to_text(const problem::PriorOptions& prior) {
  std::vector<std::string> arguments;
  for (const double argument : prior.arguments) arguments.push_back(to_text(argument));
  return fmt::format("{}({})", prior.family, fmt::join(arguments, ", "));
}

std::string noise_text(const problem::LikelihoodOptions& likelihood) {
  if (!likelihood.covariance.empty()) return fmt::format("{}({})", likelihood.family, likelihood.covariance);
  std::vector<std::string> arguments;
  for (const problem::NoiseArgument& argument : likelihood.arguments) {
    const double* number = std::get_if<double>(&argument);
    arguments.push_back(number != nullptr ? to_text(*number) : std::get<std::string>(argument));
  }
  return fmt::format("{}({})", likelihood.family, fmt::join(arguments, ", "));
}

}  // namespace gmmvi::config
