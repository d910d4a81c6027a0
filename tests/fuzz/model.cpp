#include "fuzz.hpp"
#include "io/model_file.hpp"
#include "netcdf_changes.hpp"

namespace {

using gmmvi::fuzz::Netcdf;

/// Two components over two parameters, as write_model() makes them.
Netcdf some_model(bool full) {
  const double log_half = -0.6931471805599453;
  Netcdf file{.dimensions = {{"component", 2}, {"dim", 2}, {"dim_column", 2}},
              .variables = {{.name = "dim", .dimensions = {"dim"}, .type = NC_STRING, .texts = {"mass", "charge"}},
                            {.name = "component_id", .dimensions = {"component"}, .numbers = {0, 7}, .type = NC_INT64},
                            {.name = "weights", .dimensions = {"component"}, .numbers = {0.5}},
                            {.name = "log_weights", .dimensions = {"component"}, .numbers = {log_half}},
                            {.name = "means", .dimensions = {"component", "dim"}, .numbers = {1, 2, 3, 4}}}};
  const std::vector<std::string> matrices = {"component", "dim", "dim_column"}, vectors = {"component", "dim"};
  if (full) {
    file.variables.push_back({.name = "covariances", .dimensions = matrices, .numbers = {1, 2, 2, 5}});
    file.variables.push_back({.name = "cholesky_factors", .dimensions = matrices, .numbers = {1, 0, 2, 1}});
  } else {
    file.variables.push_back({.name = "variances", .dimensions = vectors, .numbers = {1, 4, 9, 16}});
    file.variables.push_back({.name = "standard_deviations", .dimensions = vectors, .numbers = {1, 2, 3, 4}});
  }
  file.attributes = {{.name = "covariance_shape", .type = NC_CHAR, .texts = {full ? "full" : "diagonal"}},
                     {.name = "seed", .type = NC_UINT64, .numbers = {1}}};
  for (const char* text : {"gmmvi_version", "target", "codename", "preset", "combined_from", "verdict", "elbo_source"})
    file.attributes.push_back({.name = text, .type = NC_CHAR, .texts = {"recycled"}});
  for (const char* count :
       {"iterations", "evaluations", "metrics_samples", "metrics_samples_outside", "metrics_samples_failed"})
    file.attributes.push_back({.name = count, .type = NC_INT64, .numbers = {3}});
  for (const char* number :
       {"elbo_estimate", "elbo", "elbo_standard_error", "temperature", "share_outside", "elbo_effective_sample_size",
        "log_evidence", "log_evidence_standard_error", "importance_effective_sample_size", "pareto_k"})
    file.attributes.push_back({.name = number, .numbers = {0.5}});
  return file;
}

}  // namespace

/// The first bit says the covariances' shape, what follows the changes to a good file; without any it has to be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Netcdf file = some_model(size == 0 || data[0] % 2 == 0);
  if (size > 1) gmmvi::fuzz::change(file, data + 1, size - 1);
  const auto read = [&] { gmmvi::io::parse_model("fuzz.nc", gmmvi::fuzz::bytes_of(file)); };
  if (size > 1) return gmmvi::fuzz::only_errors(read);
  read();
  return 0;
}
