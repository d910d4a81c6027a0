#include "io/draws_file.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "io/atomic_file.hpp"
#include "io/model_hash.hpp"
#include "io/netcdf_file.hpp"
#include "io/timestamp.hpp"

namespace gmmvi::io {
namespace {

using Type = NetcdfGroup::Type;

void put_attributes(NetcdfFile& file, const Model& model, const Draws& draws) {
  file.put_attribute("Conventions", "CF-1.8");
  file.put_attribute("title", "Samples of the Gaussian mixture fitted to " + model.attributes.target);
  file.put_attribute("source", "gmmvi " + draws.gmmvi_version);
  file.put_attribute("gmmvi_version", draws.gmmvi_version);
  file.put_attribute("created", timestamp());
  file.put_attribute("target", model.attributes.target);
  file.put_attribute("codename", model.attributes.codename);
  file.put_attribute("seed", model.attributes.seed);
  file.put_attribute("draws_seed", draws.seed);
  file.put_attribute("model_hash", to_hex(model_hash(model.mixture)));
}

void put_index(NetcdfGroup& group, const std::string& name, std::size_t length) {
  std::vector<std::int64_t> indices(length);
  std::iota(indices.begin(), indices.end(), 0);
  group.define_dimension(name, length);
  group.define_variable(name, Type::integer, {name});
  group.write(name, {{0}, {length}}, indices);
}

/// A group over one chain of draws.
NetcdfGroup define_group(NetcdfFile& file, const std::string& name, const Draws& draws) {
  NetcdfGroup group = file.define_group(name);
  put_index(group, "chain", 1);
  put_index(group, "draw", draws.components.size());
  return group;
}

/// Names of a table's columns, say: x1 … xD, which x has already.
bool has_own_names(const std::vector<std::string>& names) {
  for (std::size_t d = 0; d < names.size(); ++d)
    if (names[d] != fmt::format("x{}", d + 1)) return true;
  return false;
}

/// A name that a netCDF variable may have, and that none has yet.
std::string free_name(const std::string& name, const std::set<std::string>& taken) {
  std::string allowed = name;
  std::ranges::replace(allowed, '/', '_');
  while (taken.contains(allowed)) allowed += '_';
  return allowed;
}

void put_variables(NetcdfGroup& group, const std::vector<std::string>& names, const Eigen::MatrixXd& values) {
  const auto n = static_cast<std::size_t>(values.cols());
  std::set<std::string> taken = {"x", "chain", "draw", "dim"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = free_name(names[i], taken);
    taken.insert(name);
    const Eigen::VectorXd row = values.row(static_cast<Eigen::Index>(i));
    group.define_variable(name, Type::real, {"chain", "draw"});
    if (name != names[i]) group.put_attribute_of(name, "long_name", names[i]);
    group.write(name, {{0, 0}, {1, n}}, std::span<const double>(row.data(), n));
  }
}

void put_posterior(NetcdfFile& file, const std::vector<std::string>& names, const Eigen::MatrixXd& samples,
                   const Draws& draws) {
  NetcdfGroup group = define_group(file, "posterior", draws);
  const std::size_t d = names.size(), n = draws.components.size();
  group.define_dimension("dim", d);
  group.define_variable("dim", Type::text, {"dim"});
  group.define_variable("x", Type::real, {"chain", "draw", "dim"});
  group.put_attribute_of("dim", "long_name", "parameter");
  group.put_attribute_of("x", "long_name", "sample of the fitted mixture");
  group.write("dim", {{0}, {d}}, names);
  group.write("x", {{0, 0, 0}, {1, n, d}}, std::span<const double>(samples.data(), n * d));
  if (draws.quantities)
    put_variables(group, draws.quantities->names, draws.quantities->values);
  else if (has_own_names(names))
    put_variables(group, names, samples);
}

/// `values` [N] a draw each.
void put(NetcdfGroup& group, const std::string& name, const std::string& meaning, Type type, const auto& values) {
  const auto n = static_cast<std::size_t>(values.size());
  group.define_variable(name, type, {"chain", "draw"});
  group.put_attribute_of(name, "long_name", meaning);
  group.write(name, {{0, 0}, {1, n}}, std::span(values.data(), n));
}

/// Log densities of the solver's parameters are those of the user's plus `log_volumes`.
void put_statistics(NetcdfFile& file, const Draws& draws, const Eigen::VectorXd& log_volumes) {
  NetcdfGroup group = define_group(file, "sample_stats", draws);
  put(group, "component", "id of the component that the sample came from", Type::integer, draws.components);
  const Eigen::VectorXd log_q = draws.log_densities - log_volumes;
  put(group, "log_q", "log density of the mixture", Type::real, log_q);
  if (!draws.target) return;
  const Eigen::VectorXd lp = *draws.target - log_volumes;
  put(group, "lp", "log density of the target, up to a constant", Type::real, lp);
  const Eigen::VectorXd log_weights = *draws.target - draws.log_densities;
  put(group, "log_weight", "lp - log_q: log importance weight, up to a constant", Type::real, log_weights);
}

}  // namespace

void write_draws(const std::string& path, const Model& model, const Draws& draws) {
  NetcdfFile file(path, NetcdfFile::Mode::create);
  put_attributes(file, model, draws);
  put_posterior(file, model.parameter_names, model.transforms.to_user(draws.samples), draws);
  put_statistics(file, draws, model.transforms.log_volumes(draws.samples));
  write_atomically(path, file.image());
}

std::int64_t moved_inside(const Model& model, const Draws& draws) {
  std::int64_t moved = 0;
  if (model.transforms.none()) return moved;
  for (Eigen::Index n = 0; n < draws.samples.cols(); ++n)
    for (Eigen::Index d = 0; d < draws.samples.rows(); ++d)
      moved += model.transforms.of(d).rounds_to_bound(draws.samples(d, n)) ? 1 : 0;
  return moved;
}

Eigen::MatrixXd read_draws(const std::string& path) {
  const NetcdfFile file(path, NetcdfFile::Mode::read);
  const NetcdfGroup posterior = file.group("posterior");
  const std::vector<std::size_t> shape = posterior.shape("x");
  if (shape.size() != 3)
    throw Error(fmt::format("{}: x has {} dimensions, not 3 (chain, draw, dim).", path, shape.size()), ExitCode::data);
  Eigen::MatrixXd samples(shape[2], shape[0] * shape[1]);
  posterior.read("x", {{0, 0, 0}, shape}, {samples.data(), static_cast<std::size_t>(samples.size())});
  return samples;
}

}  // namespace gmmvi::io
