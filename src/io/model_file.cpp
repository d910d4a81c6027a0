#include "io/model_file.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "io/atomic_file.hpp"
#include "io/model_hash.hpp"
#include "io/netcdf_file.hpp"
#include "io/timestamp.hpp"

namespace gmmvi::io {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Type = NetcdfFile::Type;
using Slab = NetcdfFile::Slab;

constexpr const char* recycled = "recycled";

struct RealPart {
  const char* name;
  double ElboEstimate::*value;
};
constexpr RealPart real_parts[] = {{"temperature", &ElboEstimate::temperature},
                                   {"share_outside", &ElboEstimate::share_outside},
                                   {"elbo_effective_sample_size", &ElboEstimate::elbo_effective_sample_size},
                                   {"log_evidence", &ElboEstimate::log_evidence},
                                   {"log_evidence_standard_error", &ElboEstimate::log_evidence_standard_error},
                                   {"importance_effective_sample_size", &ElboEstimate::effective_sample_size},
                                   {"pareto_k", &ElboEstimate::pareto_k}};

struct TransformPart {
  const char* name;
  const char* meaning;
  double Transform::*value;
};
constexpr TransformPart transform_parts[] = {{"transform_lower", "lower bound of the parameter", &Transform::lower},
                                             {"transform_upper", "upper bound of the parameter", &Transform::upper},
                                             {"transform_location", "u at z = 0", &Transform::location},
                                             {"transform_scale", "du/dz", &Transform::scale}};
constexpr const char* parameter_space =
    "The mixture is of z. The parameters x come from it, each by its own transform: u = location + scale z; then x = u "
    "without bounds, x = lower + exp(u) with a lower bound, x = upper - exp(-u) with an upper bound, and "
    "x = lower + (upper - lower) / (1 + exp(-u)) with both.";

std::span<const double> values_of(const auto& dense) {
  return {dense.data(), static_cast<std::size_t>(dense.size())};
}

Slab whole(std::size_t length) {
  return {{0}, {length}};
}

Slab row_of(std::size_t k, std::size_t d) {
  return {{k, 0}, {1, d}};
}

Slab matrix_of(std::size_t k, std::size_t d) {
  return {{k, 0, 0}, {1, d, d}};
}

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw Error(fmt::format("The model file {} cannot be used: {}", path, reason), ExitCode::data);
}

void require_shape(const NetcdfFile& file, const std::string& path, const char* variable,
                   const std::vector<std::size_t>& expected) {
  if (const auto shape = file.shape(variable); shape != expected)
    refuse(path, fmt::format("`{}` has the shape ({}), but ({}) would fit its components and parameters.", variable,
                             fmt::join(shape, ", "), fmt::join(expected, ", ")));
}

/// Whether two numbers are the same but for what editing and rounding leave.
bool nearly_same(double a, double b, double scale) {
  return std::abs(a - b) <= 1e-6 * scale;
}

Eigen::VectorXd read_all(const NetcdfFile& file, const char* variable, const Slab& slab, std::size_t length) {
  Eigen::VectorXd values(static_cast<Eigen::Index>(length));
  file.read(variable, slab, std::span<double>(values.data(), length));
  return values;
}

/// Of `length` numbers, all finite.
Eigen::VectorXd get_finite(const NetcdfFile& file, const std::string& path, const char* variable, const Slab& slab,
                           std::size_t length) {
  Eigen::VectorXd values = read_all(file, variable, slab, length);
  if (!values.allFinite()) refuse(path, fmt::format("`{}` has values that are missing or not finite.", variable));
  return values;
}

/// Numbers that are there twice, of which a change of one alone would go unnoticed.
std::string contradiction(const char* variable, const char* factor, std::size_t k) {
  return fmt::format("`{}` of component {} (counted from 0) is not what `{}` says. A change has to be made in both.",
                     variable, k, factor);
}

/// How the covariances of a shape are laid out in a file. A new shape gets its layout here.
template <class Covariance>
struct Layout;

template <>
struct Layout<FullCovariance> {
  static constexpr const char* factor = "cholesky_factors";
  static void define(NetcdfFile& file, std::size_t d) {
    file.define_dimension("dim_column", d);
    file.define_variable("dim_column", Type::text, {"dim_column"});
    file.define_variable("covariances", Type::real, {"component", "dim", "dim_column"});
    file.define_variable(factor, Type::real, {"component", "dim", "dim_column"});
    file.put_attribute_of("dim_column", "long_name", "parameter (column of a matrix)");
    file.put_attribute_of("covariances", "long_name", "covariance matrix of the component");
    file.put_attribute_of(factor, "long_name", "lower triangular L with covariance = L L^T");
  }
  static void require_shapes(const NetcdfFile& file, const std::string& path, std::size_t size, std::size_t d) {
    require_shape(file, path, factor, {size, d, d});
    if (file.has_variable("covariances")) require_shape(file, path, "covariances", {size, d, d});
  }
  static void put_names(NetcdfFile& file, const std::vector<std::string>& names) {
    file.write("dim_column", whole(names.size()), names);
  }
  static void put(NetcdfFile& file, std::size_t k, const FullCovariance& covariance) {
    const auto d = static_cast<std::size_t>(covariance.dimension());
    file.write("covariances", matrix_of(k, d), values_of(RowMajor(covariance.matrix())));
    file.write(factor, matrix_of(k, d), values_of(RowMajor(covariance.cholesky())));
  }
  static std::optional<FullCovariance> get(const NetcdfFile& file, const std::string& path, std::size_t k,
                                           std::size_t d) {
    const Eigen::VectorXd entries = get_finite(file, path, factor, matrix_of(k, d), d * d);
    const auto rows = static_cast<Eigen::Index>(d);
    const Eigen::Map<const RowMajor> triangle(entries.data(), rows, rows);
    if (!triangle.isLowerTriangular(0.0))
      refuse(path, fmt::format("`{}` of component {} (counted from 0) is not lower triangular.", factor, k));
    auto covariance = FullCovariance::from_cholesky(triangle);
    if (!covariance || !file.has_variable("covariances")) return covariance;
    const Eigen::VectorXd written = read_all(file, "covariances", matrix_of(k, d), d * d);
    const Eigen::MatrixXd matrix = covariance->matrix();
    for (Eigen::Index i = 0; i < rows; ++i)
      for (Eigen::Index j = 0; j < rows; ++j)
        if (std::isfinite(matrix(i, j)) &&
            !nearly_same(written[i * rows + j], matrix(i, j), std::sqrt(matrix(i, i)) * std::sqrt(matrix(j, j))))
          refuse(path, contradiction("covariances", factor, k));
    return covariance;
  }
};

template <>
struct Layout<DiagonalCovariance> {
  static constexpr const char* factor = "standard_deviations";
  static void define(NetcdfFile& file, std::size_t) {
    file.define_variable("variances", Type::real, {"component", "dim"});
    file.define_variable(factor, Type::real, {"component", "dim"});
    file.put_attribute_of("variances", "long_name", "diagonal of the component's covariance");
    file.put_attribute_of(factor, "long_name", "square roots of the variances");
  }
  static void require_shapes(const NetcdfFile& file, const std::string& path, std::size_t size, std::size_t d) {
    require_shape(file, path, factor, {size, d});
    if (file.has_variable("variances")) require_shape(file, path, "variances", {size, d});
  }
  static void put_names(NetcdfFile&, const std::vector<std::string>&) {}
  static void put(NetcdfFile& file, std::size_t k, const DiagonalCovariance& covariance) {
    const auto d = static_cast<std::size_t>(covariance.dimension());
    file.write("variances", row_of(k, d), values_of(covariance.variances()));
    file.write(factor, row_of(k, d), values_of(covariance.cholesky()));
  }
  static std::optional<DiagonalCovariance> get(const NetcdfFile& file, const std::string& path, std::size_t k,
                                               std::size_t d) {
    auto covariance = DiagonalCovariance::from_cholesky(get_finite(file, path, factor, row_of(k, d), d));
    if (!covariance || !file.has_variable("variances")) return covariance;
    const Eigen::VectorXd written = read_all(file, "variances", row_of(k, d), d);
    const Eigen::VectorXd variances = covariance->variances();
    for (Eigen::Index i = 0; i < written.size(); ++i)
      if (std::isfinite(variances[i]) && !nearly_same(written[i], variances[i], variances[i]))
        refuse(path, contradiction("variances", factor, k));
    return covariance;
  }
};

void put_elbo(NetcdfFile& file, const ModelAttributes& attributes) {
  if (attributes.elbo_estimate) file.put_attribute("elbo_estimate", *attributes.elbo_estimate);
  if (!attributes.elbo) return;
  const ElboEstimate& elbo = *attributes.elbo;
  file.put_attribute("elbo", elbo.value);
  file.put_attribute("elbo_standard_error", elbo.standard_error);
  file.put_attribute("elbo_source", elbo.source == ElboEstimate::Source::fresh ? "fresh" : recycled);
  file.put_attribute("metrics_samples", elbo.samples);
  file.put_attribute("metrics_samples_outside", elbo.outside);
  file.put_attribute("metrics_samples_failed", elbo.failures);
  for (const RealPart& part : real_parts) file.put_attribute(part.name, elbo.*part.value);
}

void put_attributes(NetcdfFile& file, const Model& model) {
  const ModelAttributes& attributes = model.attributes;
  file.put_attribute("Conventions", "CF-1.8");
  file.put_attribute("title", "Gaussian mixture fitted to " + attributes.target);
  file.put_attribute("source", "gmmvi " + attributes.gmmvi_version);
  file.put_attribute("gmmvi_version", attributes.gmmvi_version);
  file.put_attribute("created", timestamp());
  file.put_attribute("target", attributes.target);
  file.put_attribute("codename", attributes.codename);
  if (!attributes.preset.empty()) file.put_attribute("preset", attributes.preset);
  file.put_attribute("seed", attributes.seed);
  file.put_attribute("iterations", attributes.iterations);
  file.put_attribute("evaluations", attributes.evaluations);
  file.put_attribute("model_hash", to_hex(model_hash(model.mixture)));
  if (!attributes.combined_from.empty()) file.put_attribute("combined_from", attributes.combined_from);
  if (!attributes.verdict.empty()) file.put_attribute("verdict", attributes.verdict);
  put_elbo(file, attributes);
}

void define_transforms(NetcdfFile& file) {
  file.put_attribute("parameter_space", parameter_space);
  for (const TransformPart& part : transform_parts) {
    file.define_variable(part.name, Type::real, {"dim"});
    file.put_attribute_of(part.name, "long_name", part.meaning);
  }
}

void put_transforms(NetcdfFile& file, const std::vector<Transform>& transforms) {
  for (const TransformPart& part : transform_parts) {
    Eigen::VectorXd values(static_cast<Eigen::Index>(transforms.size()));
    std::ranges::transform(transforms, values.begin(), [&](const Transform& t) { return t.*part.value; });
    file.write(part.name, whole(transforms.size()), values_of(values));
  }
}

Transforms get_transforms(const NetcdfFile& file, const std::string& path, std::size_t d) {
  if (!file.has_variable(transform_parts[0].name)) return {};
  std::vector<Transform> transforms(d);
  for (const TransformPart& part : transform_parts) {
    require_shape(file, path, part.name, {d});
    const Eigen::VectorXd values = read_all(file, part.name, whole(d), d);
    for (std::size_t i = 0; i < d; ++i) transforms[i].*part.value = values[static_cast<Eigen::Index>(i)];
  }
  const auto usable = [](const Transform& t) {
    return t.lower < t.upper && std::isfinite(t.location) && std::isfinite(t.scale) && t.scale > 0.0;
  };
  if (!std::ranges::all_of(transforms, usable))
    refuse(path,
           "`transform_lower` has to be below `transform_upper`, `transform_location` finite, and "
           "`transform_scale` positive, for every parameter.");
  return Transforms(std::move(transforms));
}

template <class Covariance>
void define(NetcdfFile& file, const Mixture<Covariance>& mixture) {
  file.put_attribute("covariance_shape", Covariance::name);
  file.define_dimension("component", static_cast<std::size_t>(mixture.size()));
  file.define_dimension("dim", static_cast<std::size_t>(mixture.dimension()));
  file.define_variable("dim", Type::text, {"dim"});
  file.define_variable("component_id", Type::integer, {"component"});
  file.define_variable("weights", Type::real, {"component"});
  file.define_variable("log_weights", Type::real, {"component"});
  file.define_variable("means", Type::real, {"component", "dim"});
  Layout<Covariance>::define(file, static_cast<std::size_t>(mixture.dimension()));
}

void describe(NetcdfFile& file) {
  const auto is = [&](const char* variable, const char* text) { file.put_attribute_of(variable, "long_name", text); };
  is("dim", "parameter");
  is("component_id", "number that the component kept while the mixture changed");
  is("weights", "mixture weight");
  is("log_weights", "natural logarithm of the mixture weight");
  is("means", "mean of the component");
}

template <class Covariance>
void put_numbers(NetcdfFile& file, const Mixture<Covariance>& mixture) {
  const auto size = static_cast<std::size_t>(mixture.size());
  const auto d = static_cast<std::size_t>(mixture.dimension());
  std::vector<std::int64_t> ids;
  for (const auto& component : mixture.components()) ids.push_back(static_cast<std::int64_t>(component.id));
  file.write("component_id", whole(size), ids);
  file.write("weights", whole(size), values_of(mixture.weights()));
  file.write("log_weights", whole(size), values_of(mixture.log_weights()));
  for (std::size_t k = 0; k < size; ++k) {
    const Gaussian<Covariance>& gaussian = *mixture.components()[k].gaussian;
    file.write("means", row_of(k, d), values_of(gaussian.mean()));
    Layout<Covariance>::put(file, k, gaussian.covariance());
  }
}

ModelAttributes get_attributes(const NetcdfFile& file) {
  ModelAttributes attributes;
  attributes.gmmvi_version = file.attribute<std::string>("gmmvi_version").value_or("");
  attributes.target = file.attribute<std::string>("target").value_or("");
  attributes.codename = file.attribute<std::string>("codename").value_or("");
  attributes.preset = file.attribute<std::string>("preset").value_or("");
  attributes.seed = file.attribute<std::uint64_t>("seed").value_or(0);
  attributes.iterations = file.attribute<std::int64_t>("iterations").value_or(0);
  attributes.evaluations = file.attribute<std::int64_t>("evaluations").value_or(0);
  attributes.elbo_estimate = file.attribute<double>("elbo_estimate");
  attributes.combined_from = file.attribute<std::string>("combined_from").value_or("");
  attributes.verdict = file.attribute<std::string>("verdict").value_or("");
  if (const auto value = file.attribute<double>("elbo")) {
    ElboEstimate& elbo = attributes.elbo.emplace();
    elbo.value = *value;
    elbo.standard_error = file.attribute<double>("elbo_standard_error").value_or(0.0);
    if (file.attribute<std::string>("elbo_source") == recycled) elbo.source = ElboEstimate::Source::recycled;
    elbo.samples = file.attribute<std::int64_t>("metrics_samples").value_or(0);
    elbo.outside = file.attribute<std::int64_t>("metrics_samples_outside").value_or(0);
    elbo.failures = file.attribute<std::int64_t>("metrics_samples_failed").value_or(0);
    for (const RealPart& part : real_parts) elbo.*part.value = file.attribute<double>(part.name).value_or(std::nan(""));
  }
  return attributes;
}

template <class Covariance>
GaussianPointer<Covariance> get_gaussian(const NetcdfFile& file, const std::string& path, std::size_t k,
                                         std::size_t d) {
  Eigen::VectorXd mean = get_finite(file, path, "means", row_of(k, d), d);
  auto covariance = Layout<Covariance>::get(file, path, k, d);
  if (!covariance)
    refuse(path,
           fmt::format("`{}` of component {} (counted from 0) has a diagonal that is not positive, or too small a "
                       "number there.",
                       Layout<Covariance>::factor, k));
  return std::make_shared<const Gaussian<Covariance>>(std::move(mean), std::move(*covariance));
}

std::vector<std::int64_t> get_ids(const NetcdfFile& file, const std::string& path, std::size_t size) {
  std::vector<std::int64_t> ids(size);
  file.read("component_id", whole(size), ids);
  const std::set<std::int64_t> different(ids.begin(), ids.end());
  if (*different.begin() < 0 || different.size() < size)
    refuse(path, "`component_id` has to have a different number for each component, none of them negative.");
  return ids;
}

/// Those of weights that sum to 1, and that `weights` says, too, where it is there.
Eigen::VectorXd get_log_weights(const NetcdfFile& file, const std::string& path, std::size_t size) {
  Eigen::VectorXd log_weights = get_finite(file, path, "log_weights", whole(size), size);
  const Eigen::VectorXd weights = log_weights.array().exp();
  if (!nearly_same(weights.sum(), 1.0, 1.0))
    refuse(path,
           fmt::format("the weights that `log_weights` says sum to {:.6g}, not to 1. They are natural logarithms; "
                       "subtract the logarithm of that sum from each.",
                       weights.sum()));
  if (!file.has_variable("weights")) return log_weights;
  require_shape(file, path, "weights", {size});
  const Eigen::VectorXd written = get_finite(file, path, "weights", whole(size), size);
  for (Eigen::Index k = 0; k < weights.size(); ++k)
    if (!nearly_same(written[k], weights[k], 1.0))
      refuse(path, contradiction("weights", "log_weights", static_cast<std::size_t>(k)));
  return log_weights;
}

template <class Covariance>
Mixture<Covariance> get_mixture(const NetcdfFile& file, const std::string& path) {
  const std::size_t size = file.dimension("component");
  const std::size_t d = file.dimension("dim");
  if (size == 0 || d == 0) refuse(path, "it has no component or no parameter.");
  require_shape(file, path, "component_id", {size});
  require_shape(file, path, "log_weights", {size});
  require_shape(file, path, "means", {size, d});
  Layout<Covariance>::require_shapes(file, path, size, d);
  const std::vector<std::int64_t> ids = get_ids(file, path, size);
  std::vector<typename Mixture<Covariance>::Component> components;
  for (std::size_t k = 0; k < size; ++k) {
    components.push_back({static_cast<std::uint64_t>(ids[k]), get_gaussian<Covariance>(file, path, k, d)});
  }
  return {std::move(components), get_log_weights(file, path, size)};
}

AnyMixture get_any_mixture(const NetcdfFile& file, const std::string& path) {
  const std::string shape = file.attribute<std::string>("covariance_shape").value_or("missing");
  if (shape == FullCovariance::name) return get_mixture<FullCovariance>(file, path);
  if (shape == DiagonalCovariance::name) return get_mixture<DiagonalCovariance>(file, path);
  refuse(path, fmt::format("its attribute covariance_shape is {}; known are `{}` and `{}`.", shape,
                           FullCovariance::name, DiagonalCovariance::name));
}

}  // namespace

void write_model(const std::string& path, const Model& model, core::Flush flush) {
  NetcdfFile file(path, NetcdfFile::Mode::create);
  put_attributes(file, model);
  std::visit(
      [&]<class Covariance>(const Mixture<Covariance>& mixture) {
        define(file, mixture);
        describe(file);
        if (!model.transforms.none()) define_transforms(file);
        file.write("dim", whole(model.parameter_names.size()), model.parameter_names);
        Layout<Covariance>::put_names(file, model.parameter_names);
        put_numbers(file, mixture);
      },
      model.mixture);
  if (!model.transforms.none()) put_transforms(file, model.transforms.by_parameter());
  write_atomically(path, file.image(), flush);
}

namespace {

Model read_from(const NetcdfFile& file, const std::string& path) {
  Model model{get_any_mixture(file, path), std::vector<std::string>(file.dimension("dim")), get_attributes(file), {}};
  file.read("dim", whole(model.parameter_names.size()), model.parameter_names);
  model.transforms = get_transforms(file, path, model.parameter_names.size());
  return model;
}

}  // namespace

Model read_model(const std::string& path) {
  return read_from(NetcdfFile(path, NetcdfFile::Mode::read), path);
}

Model parse_model(const std::string& path, std::string contents) {
  return read_from(NetcdfFile(path, std::move(contents)), path);
}

}  // namespace gmmvi::io
