#include "io/evaluations_file.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/text_file.hpp"
#include "core/text_table.hpp"
#include "io/netcdf_file.hpp"

namespace gmmvi::io {
namespace {

using Names = std::vector<std::string>;
using Places = std::vector<Eigen::Index>;

constexpr const char* density_name = "log_density";
constexpr const char* density_of_stan = "lp__";
constexpr const char* gradient_prefix = "gradient_";

[[noreturn]] void fail(const std::string& place, const std::string& complaint) {
  throw Error(place + ": " + complaint, ExitCode::data);
}

// ------------------------------------------------------------------------------------------------ what is where

bool has(const Names& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::optional<std::string> first_missing(const Names& names, const Names& wanted) {
  const auto missing = std::ranges::find_if(wanted, [&](const std::string& name) { return !has(names, name); });
  return missing == wanted.end() ? std::nullopt : std::optional(*missing);
}

/// All of them, or as many as people read.
std::string listed(const Names& names) {
  constexpr std::size_t most = 12;
  if (names.size() <= most) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{}, …, {}", fmt::join(names.begin(), names.begin() + most - 1, ", "), names.back());
}

/// CmdStan writes theta[1,2] as theta.1.2.
Names of_stan(Names names) {
  for (std::string& name : names) {
    std::erase(name, ']');
    std::ranges::replace_if(
        name, [](char c) { return c == '[' || c == ','; }, '.');
  }
  return names;
}

/// x1 … xD, or as Stan names the elements of a vector x.
Names elements_up_to(std::size_t count, const char* separator) {
  Names names;
  for (std::size_t d = 1; d <= count; ++d) names.push_back(fmt::format("x{}{}", separator, d));
  return names;
}

/// What the columns of the parameters are called in a file: as the parameters, or x1 … xD; or as Stan writes these.
Names parameter_columns(const std::string& path, const Names& names, const Names& parameters) {
  const std::size_t d = parameters.size();
  const std::string count = fmt::format("target has {} parameter{}", d, d == 1 ? "" : "s");
  const std::vector<Names> spellings = {parameters, elements_up_to(d, ""), elements_up_to(d, "."), of_stan(parameters)};
  const auto fitting =
      std::ranges::find_if(spellings, [&](const Names& spelling) { return has(names, spelling.front()); });
  const Names& wanted = fitting == spellings.end() ? parameters : *fitting;
  if (const auto missing = first_missing(names, wanted))
    fail(path, fmt::format("there is no column {}. The {}: {}. Name the columns so, or x1 … xD. The file has {}.",
                           *missing, count, listed(parameters), listed(names)));
  for (const char* separator : {"", "."})
    if (const Names more = elements_up_to(d + 1, separator);
        wanted == elements_up_to(d, separator) && has(names, more.back()))
      fail(path, fmt::format("there is a column {}, but the {}.", more.back(), count));
  return wanted;
}

/// Where `wanted` stand among the names, each of which there must be once.
Places places_of(const std::string& path, const Names& names, const Names& wanted) {
  Places places;
  for (const std::string& name : wanted) {
    if (std::ranges::count(names, name) != 1) fail(path, fmt::format("there are several columns {}.", name));
    places.push_back(std::ranges::find(names, name) - names.begin());
  }
  return places;
}

/// The columns of gradients that belong to those of the parameters; none where the file has no gradients.
Names gradient_columns(const std::string& path, const Names& names, const Names& parameters) {
  const auto is_gradient = [](const std::string& name) { return name.starts_with(gradient_prefix); };
  if (std::ranges::none_of(names, is_gradient)) return {};
  Names wanted;
  for (const std::string& parameter : parameters) wanted.push_back(gradient_prefix + parameter);
  if (const auto missing = first_missing(names, wanted))
    fail(path, fmt::format("there is no column {}, though there are others that begin with {}. Gradients need one for "
                           "every parameter; without any, values alone are imported.",
                           *missing, gradient_prefix));
  return wanted;
}

// ---------------------------------------------------------------------------------------------------- of a table

/// [columns x rows]
Eigen::MatrixXd numbers(const core::TextTable& table, const Places& columns) {
  Eigen::MatrixXd numbers(static_cast<Eigen::Index>(columns.size()), static_cast<Eigen::Index>(table.lines.size()));
  for (Eigen::Index n = 0; n < numbers.cols(); ++n)
    for (Eigen::Index c = 0; c < numbers.rows(); ++c)
      numbers(c, n) = table.number_or_missing(n, columns[static_cast<std::size_t>(c)]);
  return numbers;
}

EvaluationsFile of_table(const core::TextTable& table, const Names& parameters) {
  const bool of_stan = !has(table.names, density_name) && has(table.names, density_of_stan);
  const std::string density = of_stan ? density_of_stan : density_name;
  if (!has(table.names, density))
    fail(table.path, fmt::format("there is no column {}. The first line has to name the columns: {} and {}, and for "
                                 "gradients {}<parameter>. It has {}.",
                                 density_name, listed(parameters), density_name, gradient_prefix, listed(table.names)));
  const Names columns = parameter_columns(table.path, table.names, parameters),
              gradients = gradient_columns(table.path, table.names, columns);
  EvaluationsFile file;
  file.usable = {.samples = numbers(table, places_of(table.path, table.names, columns)),
                 .log_densities = numbers(table, places_of(table.path, table.names, {density})).transpose(),
                 .gradients = numbers(table, places_of(table.path, table.names, gradients))};
  for (std::size_t c = 0; c < table.names.size(); ++c)
    if (const std::string& name = table.names[c]; name != density && !has(columns, name) && !has(gradients, name))
      file.ignored.push_back(name.empty() ? table.column_text(static_cast<std::int64_t>(c)) : name);
  file.notes = table.notes;
  file.of_stan = of_stan;
  if (of_stan)
    file.notes.push_back(fmt::format("{}: {} of Stan is taken as the log density.", table.path, density_of_stan));
  file.lines = table.lines;
  return file;
}

// --------------------------------------------------------------------------------------------------- of netCDF

using Shape = std::vector<std::size_t>;

std::string text_of(const Shape& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

/// All of a variable, with its last dimension as rows.
Eigen::MatrixXd all_of(const NetcdfGroup& group, const std::string& variable, Eigen::Index rows) {
  const Shape shape = group.shape(variable);
  const std::size_t size = std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
  Eigen::MatrixXd values(rows, rows == 0 ? 0 : static_cast<Eigen::Index>(size) / rows);
  group.read(variable, {Shape(shape.size(), 0), shape}, {values.data(), size});
  return values;
}

void require_shape(const std::string& path, const NetcdfGroup& group, const std::string& variable,
                   const Shape& expected) {
  if (const Shape shape = group.shape(variable); shape != expected)
    fail(path, fmt::format("{} has the shape {}, but {} would fit x.", variable, text_of(shape), text_of(expected)));
}

/// Variables of a file: x and gradient with `dimensions`, the last of which is that of the parameters; the log density
/// without that.
EvaluationsFile of_variables(const std::string& path, const NetcdfGroup& points, const NetcdfGroup& densities,
                             const std::string& density, std::size_t dimensions, const Names& parameters) {
  const Shape shape = points.shape("x");
  if (shape.size() != dimensions) fail(path, fmt::format("x has {} dimensions, not {}.", shape.size(), dimensions));
  if (shape.back() != parameters.size())
    fail(path, fmt::format("x has {} parameters, and the target has {}.", shape.back(), parameters.size()));
  require_shape(path, densities, density, Shape(shape.begin(), shape.end() - 1));
  Names names = elements_up_to(shape.back(), "");
  if (points.has_texts("dim") && points.shape("dim") == Shape{shape.back()})
    points.read("dim", {{0}, {shape.back()}}, std::span<std::string>(names));
  const Places rows = places_of(path, names, parameter_columns(path, names, parameters));
  const auto d = static_cast<Eigen::Index>(shape.back());
  EvaluationsFile file;
  file.usable.samples = all_of(points, "x", d)(rows, Eigen::all);
  file.usable.log_densities = all_of(densities, density, 1).transpose();
  file.usable.gradients.resize(static_cast<Eigen::Index>(parameters.size()), 0);
  if (!points.has_variable("gradient")) return file;
  require_shape(path, points, "gradient", shape);
  file.usable.gradients = all_of(points, "gradient", d)(rows, Eigen::all);
  return file;
}

EvaluationsFile of_netcdf(const std::string& path, const Names& parameters) {
  const NetcdfFile file(path, NetcdfFile::Mode::read);
  if (file.has_variable("x") && file.has_variable(density_name))
    return of_variables(path, file, file, density_name, 2, parameters);
  const bool draws = file.has_group("posterior") && file.group("posterior").has_variable("x");
  if (draws && file.has_group("sample_stats") && file.group("sample_stats").has_variable("lp"))
    return of_variables(path, file.group("posterior"), file.group("sample_stats"), "lp", 3, parameters);
  if (draws)
    fail(path, "these draws have no log densities of the target (lp): draw them with `gmmvi sample --log-target`.");
  fail(path, fmt::format("there are no variables x over (sample, dim) and {} over (sample), and it is no file of draws "
                         "that `gmmvi sample --log-target` wrote.",
                         density_name));
}

// ------------------------------------------------------------------------------------------------ what can be used

EvaluationsFile without_useless(EvaluationsFile file) {
  Evaluations& all = file.usable;
  Places good;
  for (Eigen::Index n = 0; n < all.size(); ++n) {
    const bool has_density = all.log_densities[n] < std::numeric_limits<double>::infinity();
    const bool has_point = all.samples.col(n).allFinite();
    file.without_density += has_density ? 0 : 1;
    file.without_point += has_density && !has_point ? 1 : 0;
    if (has_density && has_point) good.push_back(n);
  }
  if (all.gradients.size() == 0) all.gradients.resize(all.samples.rows(), 0);
  for (const Eigen::Index n : good) {
    if (!all.has_gradients() || all.gradients.col(n).allFinite()) continue;
    all.gradients.col(n).setZero();
    file.without_gradient += std::isfinite(all.log_densities[n]) ? 1 : 0;
  }
  if (static_cast<Eigen::Index>(good.size()) == all.size()) return file;
  all = all.select(good);
  for (std::size_t i = 0; !file.lines.empty() && i < good.size(); ++i)
    file.lines[i] = file.lines[static_cast<std::size_t>(good[i])];
  if (!file.lines.empty()) file.lines.resize(good.size());
  return file;
}

}  // namespace

EvaluationsFile read_evaluations(const std::string& path, const std::vector<std::string>& parameter_names) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".nc") return without_useless(of_netcdf(path, parameter_names));
  if (extension != ".csv") fail(path, "evaluations are read from files that end with .csv or .nc.");
  const std::string text = core::read_text(path);
  return without_useless(of_table(core::split_table(path, text), parameter_names));
}

}  // namespace gmmvi::io
