#include "io/predictive_file.hpp"

#include <span>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "io/atomic_file.hpp"
#include "io/model_hash.hpp"
#include "io/netcdf_file.hpp"
#include "io/timestamp.hpp"

namespace gmmvi::io {
namespace {

using Type = NetcdfGroup::Type;

std::span<const double> values_of(const auto& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

void put_attributes(NetcdfFile& file, const Model& model, const Predictive& predictive) {
  file.put_attribute("Conventions", "CF-1.8");
  file.put_attribute("title", "Posterior predictive distribution of the outputs of " + model.attributes.target);
  file.put_attribute("source", "gmmvi " + predictive.gmmvi_version);
  file.put_attribute("gmmvi_version", predictive.gmmvi_version);
  file.put_attribute("created", timestamp());
  file.put_attribute("target", model.attributes.target);
  file.put_attribute("codename", model.attributes.codename);
  file.put_attribute("seed", model.attributes.seed);
  file.put_attribute("model_hash",
                     predictive.model_hash.empty() ? to_hex(model_hash(model.mixture)) : predictive.model_hash);
  file.put_attribute("source_of_samples", predictive.simulated ? "draws" : "run");
  file.put_attribute("draws_seed", predictive.seed);
  file.put_attribute("draws", predictive.draws);
  file.put_attribute("outside", predictive.outside);
  file.put_attribute("failures", predictive.failures);
  file.put_attribute("without_outputs", predictive.without_outputs);
  file.put_attribute("effective_sample_size", predictive.effective_samples);
  file.put_attribute("pareto_k", predictive.pareto_k);
}

void put(NetcdfFile& file, const std::string& name, const std::string& meaning,
         const std::vector<std::string>& dimensions, const std::vector<std::size_t>& shape, const auto& values) {
  file.define_variable(name, Type::real, dimensions);
  file.put_attribute_of(name, "long_name", meaning);
  file.write(name, {std::vector<std::size_t>(shape.size(), 0), shape}, values_of(values));
}

}  // namespace

void write_predictive(const std::string& path, const Model& model, const Predictive& predictive) {
  NetcdfFile file(path, NetcdfFile::Mode::create);
  put_attributes(file, model, predictive);
  const auto outputs = static_cast<std::size_t>(predictive.mean.size());
  constexpr std::size_t probabilities = predictive_probabilities.size();
  file.define_dimension("output", outputs);
  file.define_dimension("probability", probabilities);
  put(file, "probability", "of the quantiles", {"probability"}, {probabilities}, predictive_probabilities);
  put(file, "data", "what the outputs are compared with", {"output"}, {outputs}, predictive.data);
  put(file, "mean", "posterior mean, without noise", {"output"}, {outputs}, predictive.mean);
  put(file, "quantiles", "posterior quantiles, without noise", {"output", "probability"}, {outputs, probabilities},
      predictive.quantiles);
  if (predictive.data_quantiles.size() > 0)
    put(file, "data_quantiles", "quantiles of new data, with noise", {"output", "probability"},
        {outputs, probabilities}, predictive.data_quantiles);
  write_atomically(path, file.image());
}

Predictive read_predictive(const std::string& path) {
  const NetcdfFile file(path, NetcdfFile::Mode::read);
  const std::vector<std::size_t> shape = file.shape("quantiles");
  if (shape.size() != 2 || shape[1] != predictive_probabilities.size() || file.shape("data") != std::vector{shape[0]} ||
      file.shape("mean") != std::vector{shape[0]} ||
      (file.has_variable("data_quantiles") && file.shape("data_quantiles") != shape))
    throw Error(fmt::format("{}: data, mean and quantiles are not of the shapes that `gmmvi predict` writes.", path),
                ExitCode::data);
  const auto outputs = static_cast<Eigen::Index>(shape[0]);
  Predictive predictive{.data = Eigen::VectorXd(outputs),
                        .mean = Eigen::VectorXd(outputs),
                        .quantiles = Eigen::MatrixXd(std::ssize(predictive_probabilities), outputs)};
  const auto read = [&](const char* name, const std::vector<std::size_t>& of, auto& into) {
    file.read(name, {std::vector<std::size_t>(of.size(), 0), of},
              std::span(into.data(), static_cast<std::size_t>(into.size())));
  };
  read("data", {shape[0]}, predictive.data);
  read("mean", {shape[0]}, predictive.mean);
  read("quantiles", shape, predictive.quantiles);
  if (file.has_variable("data_quantiles")) {
    predictive.data_quantiles.resizeLike(predictive.quantiles);
    read("data_quantiles", shape, predictive.data_quantiles);
  }
  predictive.simulated = file.attribute<std::string>("source_of_samples").value_or("draws") == "draws";
  predictive.draws = file.attribute<std::int64_t>("draws").value_or(0);
  predictive.outside = file.attribute<std::int64_t>("outside").value_or(0);
  predictive.failures = file.attribute<std::int64_t>("failures").value_or(0);
  predictive.without_outputs = file.attribute<std::int64_t>("without_outputs").value_or(0);
  predictive.pareto_k = file.attribute<double>("pareto_k").value_or(0.0);
  predictive.effective_samples = file.attribute<double>("effective_sample_size").value_or(0.0);
  predictive.model_hash = file.attribute<std::string>("model_hash").value_or("");
  predictive.gmmvi_version = file.attribute<std::string>("gmmvi_version").value_or("");
  return predictive;
}

}  // namespace gmmvi::io
