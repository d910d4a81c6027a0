#include "fuzz.hpp"
#include "io/draws_file.hpp"
#include "io/evaluations_file.hpp"
#include "netcdf_changes.hpp"

namespace {

using gmmvi::fuzz::Netcdf;

const std::vector<std::string> parameters = {"mass", "charge"};

/// Three evaluations as README says that files have them.
Netcdf plain() {
  const std::vector<std::string> points = {"sample", "dim"};
  return {.dimensions = {{"sample", 3}, {"dim", 2}},
          .variables = {{.name = "dim", .dimensions = {"dim"}, .type = NC_STRING, .texts = {"charge", "mass"}},
                        {.name = "x", .dimensions = points, .numbers = {1, 2, 3, 4, 5, 6}},
                        {.name = "log_density", .dimensions = {"sample"}, .numbers = {-1, -2, -3}},
                        {.name = "gradient", .dimensions = points, .numbers = {0.1, 0.2}}}};
}

/// As write_draws() makes them.
Netcdf draws() {
  const std::vector<Netcdf::Dimension> dimensions = {{"chain", 1}, {"draw", 3}, {"dim", 2}};
  const std::vector<std::string> draw = {"chain", "draw"}, points = {"chain", "draw", "dim"};
  Netcdf posterior{.name = "posterior", .dimensions = dimensions},
      statistics{.name = "sample_stats", .dimensions = dimensions};
  posterior.variables = {{.name = "dim", .dimensions = {"dim"}, .type = NC_STRING, .texts = {"mass", "charge"}},
                         {.name = "x", .dimensions = points, .numbers = {1, 2, 3, 4, 5, 6}}};
  statistics.variables = {{.name = "lp", .dimensions = draw, .numbers = {-1, -2, -3}},
                          {.name = "log_q", .dimensions = draw, .numbers = {-1, -2, -3}}};
  return {.groups = {posterior, statistics}};
}

void read(const std::string& path) {
  const auto usable = gmmvi::io::read_evaluations(path, parameters).usable;
  const auto count = usable.samples.cols();
  const bool fits = usable.samples.rows() == 2 && usable.log_densities.size() == count &&
                    (usable.gradients.cols() == 0 || usable.gradients.cols() == count);
  if (!fits || !usable.samples.allFinite() || !usable.gradients.allFinite()) __builtin_trap();
}

}  // namespace

/// The first byte says what kind of file it is. What follows is a table's text; or the changes to a good netCDF file,
/// which without any has to be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gmmvi::fuzz;
  const int kind = size == 0 ? 0 : data[0] % 3;
  if (kind == 2) {
    const NamedFile table(".csv", text_of(data + 1, size - 1));
    return only_errors([&] { read(table.path()); });
  }
  Netcdf file = kind == 0 ? plain() : draws();
  if (size > 1) change(file, data + 1, size - 1);
  const NamedFile written(".nc", bytes_of(file));
  if (kind == 1) only_errors([&] { gmmvi::io::read_draws(written.path()); });
  if (size > 1) return only_errors([&] { read(written.path()); });
  read(written.path());
  return 0;
}
