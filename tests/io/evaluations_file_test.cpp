#include "io/evaluations_file.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netcdf.h>

#include "gmmvi/error.hpp"

#include "io/atomic_file.hpp"
#include "io/draws_file.hpp"
#include "io/netcdf_file.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
using Names = std::vector<std::string>;

const Names mass_and_charge = {"mass", "charge"};
/// Of three evaluations of a target with two parameters.
const Eigen::MatrixXd some_samples{{1.0, 3.0, 5.0}, {2.0, 4.0, 6.0}};
const Eigen::VectorXd some_densities{{-1.0, -infinity, -3.0}};
const Eigen::MatrixXd some_gradients{{0.1, 0.0, 0.5}, {0.2, 0.0, 0.6}};

class EvaluationsFileTest : public testing::Test {
 protected:
  EvaluationsFile read(const std::string& text, const Names& parameters = mass_and_charge) {
    std::ofstream(folder_ / "some.csv", std::ios::binary) << text;
    return read_evaluations(folder_ / "some.csv", parameters);
  }
  void expect_error_of(const std::string& file, const std::string& place, const std::string& complaint,
                       const Names& parameters = mass_and_charge) {
    try {
      read_evaluations(folder_ / file, parameters);
      ADD_FAILURE() << "accepted; expected: " << complaint;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      const std::string message = error.what();
      EXPECT_NE(message.find(folder_ / file + place), std::string::npos) << message;
      EXPECT_NE(message.find(complaint), std::string::npos) << message;
    }
  }
  /// Of a table with that text.
  void expect_error(const std::string& text, const std::string& place, const std::string& complaint,
                    const Names& parameters = mass_and_charge) {
    std::ofstream(folder_ / "some.csv", std::ios::binary) << text;
    expect_error_of("some.csv", place, complaint, parameters);
  }

  test::TemporaryFolder folder_;
};

void expect_some(const Evaluations& evaluations, bool gradients) {
  EXPECT_EQ(evaluations.samples, some_samples);
  EXPECT_EQ(evaluations.log_densities, some_densities);
  if (gradients)
    EXPECT_EQ(evaluations.gradients, some_gradients);
  else
    EXPECT_EQ(evaluations.gradients, Eigen::MatrixXd(2, 0));
}

// ------------------------------------------------------------------------------------------------------- tables

TEST_F(EvaluationsFileTest, IsATableWithColumnsInAnyOrder) {
  expect_some(read("mass,charge,log_density\n1,2,-1\n3,4,-inf\n5,6,-3\n").usable, false);
  expect_some(read("log_density;x2;x1\n-1;2;1\n-Infinity;4;3\n-3;6;5\n").usable, false);
  const EvaluationsFile file = read(
      "run,gradient_charge,charge,gradient_mass,log_density,mass,host\n"
      "a,0.2,2,0.1,-1,1,n7\n"
      "b,nan,4,0,-inf,3,n7\n"
      "c,0.6,6,0.5,-3,5,\n");
  expect_some(file.usable, true);
  EXPECT_EQ(file.ignored, (Names{"run", "host"}));
  EXPECT_EQ(file.without_density + file.without_point, 0);
}

TEST_F(EvaluationsFileTest, LeavesOutWhatHasNoValue) {
  const EvaluationsFile file = read(
      "mass,charge,log_density,gradient_mass,gradient_charge\n"
      "1,2,-1,0.1,0.2\n9,9,nan,0,0\n9,9,,0,0\n9,9,inf,0,0\n3,4,-inf,,\n9,inf,-1,0,0\n5,6,-3,0.5,0.6\n,9,-1,0,0\n");
  expect_some(file.usable, true);
  EXPECT_EQ(file.without_density, 3);
  EXPECT_EQ(file.without_point, 2);
}

TEST_F(EvaluationsFileTest, CountsGradientsThatAreMissing) {
  const EvaluationsFile file = read(
      "mass,charge,log_density,gradient_mass,gradient_charge\n1,2,-1,nan,0.2\n3,4,-inf,,\n5,6,-3,0.5,0.6\n,9,-1,,0\n");
  EXPECT_EQ(file.without_gradient, 1);
  EXPECT_EQ(file.usable.gradients, (Eigen::MatrixXd{{0.0, 0.0, 0.5}, {0.0, 0.0, 0.6}}));
  EXPECT_EQ(file.lines, (std::vector<std::int64_t>{2, 3, 4}));
}

TEST_F(EvaluationsFileTest, MayBeWrittenByCmdStan) {
  const EvaluationsFile file = read(
      "# stan_version_major = 2\n#   num_samples = 3\nlp__,accept_stat__,mass,charge\n# Adaptation terminated\n"
      "# 9.1, 340\n-1,0.9,1,2\n-inf,0.9,3,4\n-3,1,5,6\n# \n#  Elapsed Time: 0.02 seconds\n");
  expect_some(file.usable, false);
  EXPECT_TRUE(file.of_stan);
  EXPECT_EQ(file.ignored, Names{"accept_stat__"});
  EXPECT_EQ(file.notes, Names{folder_ / "some.csv" + ": lp__ of Stan is taken as the log density."});
  EXPECT_EQ(file.lines, (std::vector<std::int64_t>{6, 7, 8}));
  expect_some(read("\"lp__\",\"x.1\",\"x.2\"\n-1,1,2\n-inf,3,4\n-3,5,6\n").usable, false);
  expect_some(read("log_density,w.1.1,w.1.2\n-1,1,2\n-inf,3,4\n-3,5,6\n", {"w[1,1]", "w[1,2]"}).usable, false);
  EXPECT_FALSE(read("lp__,log_density,mass,charge\n0,-1,1,2\n").of_stan);
  expect_error("lp__,x.1,x.2,x.3\n-1,1,2,3\n", ": ", "a column x.3, but the target has 2 parameters");
}

TEST_F(EvaluationsFileTest, MayBeWrittenByNumpyOrFortran) {
  expect_some(read("# mass,charge,log_density\n1.0e+00,2.0e+00,-1.0e+00\n3,4,-inf\n5,6,-3\n").usable, false);
  const EvaluationsFile file = read("mass,charge,log_density\n0.1D+01,1.0E-400,-0.25D+02\n");
  EXPECT_EQ(file.usable.samples, Eigen::Vector2d(1.0, 0.0));
  EXPECT_EQ(file.usable.log_densities[0], -25.0);
}

TEST_F(EvaluationsFileTest, MayHaveNothingOfUse) {
  const EvaluationsFile file = read("mass,charge,log_density\n1,2,nan\n");
  EXPECT_EQ(file.usable.samples.cols(), 0);
  EXPECT_EQ(file.without_density, 1);
}

TEST_F(EvaluationsFileTest, SaysWhatIsWrongWithATableAndWhere) {
  expect_error("", ": ", "no rows of data");
  expect_error("mass,charge,log_density\n", ": ", "no rows of data");
  expect_error("mass,charge,log_density\n1,2,-1\n1,2\n", ":3: ", "this row has 2 fields, but the first line has 3");
  expect_error("mass,charge,log_density\n1,2,-1\n1,heavy,-1\n",
               ":3: ", "'heavy' in column 2 (charge) is not a finite number, but text");
  expect_error("mass,charge,lp\n1,2,-1\n", ": ",
               "no column log_density. The first line has to name the columns: mass, charge and log_density, and for "
               "gradients gradient_<parameter>. It has mass, charge, lp.");
  expect_error("1,2,-1\n", ": ", "no column log_density");
  expect_error("mass,log_density\n1,-1\n", ": ",
               "no column charge. The target has 2 parameters: mass, charge. Name the columns so, or x1 … xD.");
  expect_error("x1,log_density\n1,-1\n", ": ",
               "no column x2. The target has 2 parameters: x1, x2. Name the columns so, or x1 … xD.", {"x1", "x2"});
  expect_error("x1,x2,x3,log_density\n1,2,3,-1\n", ": ", "a column x3, but the target has 2 parameters");
  expect_error("mass,mass,charge,log_density\n1,1,2,-1\n", ": ", "several columns mass");
  expect_error("mass,charge,log_density,gradient_mass\n1,2,-1,0\n", ": ", "no column gradient_charge");
  expect_error("mass,charge,log_density,gradient_x1,gradient_x2\n1,2,-1,0,0\n", ": ", "no column gradient_mass");
}

TEST_F(EvaluationsFileTest, OfManyParametersNotAllAreNamed) {
  Names many;
  for (int i = 0; i < 50; ++i) many.push_back(fmt::format("p{}", i));
  expect_error("p0,log_density\n1,-1\n", ": ", "no column p1. The target has 50 parameters: p0, p1", many);
  expect_error("p0,log_density\n1,-1\n", ": ", "p10, …, p49. Name", many);
}

TEST_F(EvaluationsFileTest, SaysWhichFilesItCanRead) {
  expect_error_of("evaluations.txt", ": ", "files that end with .csv or .nc");
  expect_error_of("missing.csv", ": ", "No such file");
  expect_error_of("missing.nc", ": ", "No such file");
  std::ofstream(folder_ / "text.nc") << "mass,charge\n";
  expect_error_of("text.nc", ": ", "opening it failed");
}

// ------------------------------------------------------------------------------------------------------- netCDF

/// A plain file with the evaluations above; columns in the order of `names`, or without names.
class PlainFile {
 public:
  explicit PlainFile(const std::string& path) : file_(path, NetcdfFile::Mode::create), path_(path) {
    file_.define_dimension("sample", 3);
    file_.define_dimension("dim", 2);
  }
  void name(const Names& names) {
    file_.define_variable("dim", NetcdfGroup::Type::text, {"dim"});
    file_.write("dim", {{0}, {2}}, std::span<const std::string>(names));
  }
  void put(const char* variable, const Eigen::MatrixXd& values) {
    file_.define_variable(variable, NetcdfGroup::Type::real, {"sample", "dim"});
    file_.write(variable, {{0, 0}, {3, 2}}, std::span<const double>(values.data(), 6));
  }
  void put(const char* variable, const Eigen::VectorXd& values) {
    file_.define_variable(variable, NetcdfGroup::Type::real, {"sample"});
    file_.write(variable, {{0}, {3}}, std::span<const double>(values.data(), 3));
  }
  void write() { write_atomically(path_, file_.image()); }

 private:
  NetcdfFile file_;
  std::string path_;
};

TEST_F(EvaluationsFileTest, IsPlainNetcdf) {
  PlainFile file(folder_ / "some.nc");
  file.put("x", some_samples);
  file.put("log_density", some_densities);
  file.write();
  expect_some(read_evaluations(folder_ / "some.nc", mass_and_charge).usable, false);
  expect_error_of("some.nc", ": ", "x has 2 parameters, and the target has 3.", {"a", "b", "c"});
  expect_error_of("some.nc", ": ", "x has 2 parameters, and the target has 1.", {"x1"});
}

TEST_F(EvaluationsFileTest, OfNetcdfGoesByTheNamesOfTheParameters) {
  PlainFile file(folder_ / "some.nc");
  file.name({"charge", "mass"});
  file.put("x", Eigen::MatrixXd(some_samples.colwise().reverse()));
  file.put("log_density", some_densities);
  file.put("gradient", Eigen::MatrixXd(some_gradients.colwise().reverse()));
  file.write();
  expect_some(read_evaluations(folder_ / "some.nc", mass_and_charge).usable, true);
  expect_error_of("some.nc", ": ", "no column spin", {"mass", "spin"});
  expect_error_of("some.nc", ": ", "x has 2 parameters, and the target has 1.", {"mass"});
}

TEST_F(EvaluationsFileTest, OfNetcdfNeedsShapesThatFit) {
  PlainFile file(folder_ / "some.nc");
  file.put("x", some_samples);
  file.put("log_density", some_samples);
  file.write();
  expect_error_of("some.nc", ": ", "log_density has the shape (3, 2), but (3) would fit x");
  PlainFile other(folder_ / "other.nc");
  other.put("x", some_densities);
  other.put("log_density", some_densities);
  other.write();
  expect_error_of("other.nc", ": ", "x has 1 dimensions, not 2");
  PlainFile neither(folder_ / "neither.nc");
  neither.put("theta", some_samples);
  neither.write();
  expect_error_of("neither.nc", ": ", "no variables x over (sample, dim) and log_density over (sample)");
}

/// Three evaluations in a file of netCDF's own functions, with an attribute for x, which is of floats or packed
/// integers.
void write_with(const std::string& path, nc_type type, const char* attribute, const std::vector<double>& values,
                const std::vector<double>& x) {
  int file = -1, dimensions[2], x_id = -1, density_id = -1;
  ASSERT_EQ(nc_create(path.c_str(), NC_NETCDF4, &file), NC_NOERR);
  nc_def_dim(file, "sample", 3, &dimensions[0]);
  nc_def_dim(file, "dim", 2, &dimensions[1]);
  nc_def_var(file, "x", type, 2, dimensions, &x_id);
  nc_def_var(file, "log_density", NC_DOUBLE, 1, dimensions, &density_id);
  if (attribute != nullptr) {
    const bool is_fill = std::string(attribute) == "_FillValue";
    ASSERT_EQ(nc_put_att_double(file, x_id, attribute, is_fill ? type : NC_DOUBLE, values.size(), values.data()),
              NC_NOERR);
  }
  nc_enddef(file);
  ASSERT_EQ(nc_put_var_double(file, x_id, x.data()), NC_NOERR);
  ASSERT_EQ(nc_put_var_double(file, density_id, some_densities.data()), NC_NOERR);
  nc_close(file);
}

TEST_F(EvaluationsFileTest, OfNetcdfHasMaskedValues) {
  const auto usable = [&](nc_type type, const char* attribute, const std::vector<double>& values,
                          const std::vector<double>& x) {
    write_with(folder_ / "some.nc", type, attribute, values, x);
    const EvaluationsFile file = read_evaluations(folder_ / "some.nc", mass_and_charge);
    EXPECT_EQ(file.usable.samples.cols() + file.without_point, 3);
    return file.usable.samples;
  };
  const Eigen::MatrixXd first_and_last = some_samples(Eigen::all, {0, 2});
  EXPECT_EQ(usable(NC_DOUBLE, nullptr, {}, {1, 2, 3, 4, 5, 6}), some_samples);
  EXPECT_EQ(usable(NC_DOUBLE, "_FillValue", {-999.0}, {1, 2, -999.0, 4, 5, 6}), first_and_last);
  EXPECT_EQ(usable(NC_FLOAT, "_FillValue", {1e20}, {1, 2, 1e20, 4, 5, 6}), first_and_last);
  EXPECT_EQ(usable(NC_DOUBLE, "missing_value", {-1.0, -2.0}, {1, 2, 3, -2.0, 5, 6}), first_and_last);
  EXPECT_EQ(usable(NC_DOUBLE, "valid_range", {0.0, 10.0}, {1, 2, 11, 4, 5, 6}), first_and_last);
  EXPECT_EQ(usable(NC_DOUBLE, "valid_min", {0.0}, {1, 2, -1, 4, 5, 6}), first_and_last);
  EXPECT_EQ(usable(NC_DOUBLE, "valid_max", {9.0}, {1, 2, 3, 10, 5, 6}), first_and_last);
  EXPECT_EQ(usable(NC_DOUBLE, nullptr, {}, {1, 2, NC_FILL_DOUBLE, 4, 5, 6}), first_and_last);
  EXPECT_EQ(usable(NC_INT, nullptr, {}, {1, 2, NC_FILL_INT, 4, 5, 6}), first_and_last);
  EXPECT_EQ(usable(NC_SHORT, "scale_factor", {0.5}, {2, 4, NC_FILL_SHORT, 8, 10, 12}), first_and_last);
}

/// A file of a few kilobytes whose dimensions say anything.
void write_empty(const std::string& path, std::size_t samples, std::size_t parameters) {
  int file = -1, dimensions[2], id = -1;
  const std::size_t chunks[] = {1, 1};
  ASSERT_EQ(nc_create(path.c_str(), NC_NETCDF4, &file), NC_NOERR);
  ASSERT_EQ(nc_def_dim(file, "sample", samples, &dimensions[0]), NC_NOERR);
  ASSERT_EQ(nc_def_dim(file, "dim", parameters, &dimensions[1]), NC_NOERR);
  nc_def_var(file, "x", NC_DOUBLE, 2, dimensions, &id);
  nc_def_var_chunking(file, id, NC_CHUNKED, chunks);
  nc_def_var(file, "log_density", NC_DOUBLE, 1, dimensions, &id);
  nc_def_var_chunking(file, id, NC_CHUNKED, chunks);
  nc_close(file);
}

TEST_F(EvaluationsFileTest, OfNetcdfHasNoMoreValuesThanTheFileHolds) {
  for (const std::size_t samples : {std::size_t{1} << 30, std::size_t{1} << 58}) {
    write_empty(folder_ / "some.nc", samples, 2);
    expect_error_of("some.nc", ": ",
                    fmt::format("reading the shape of x failed (it is to have ({}, 2) values, which a file of {} bytes "
                                "does not hold: the file is damaged, or was never filled).",
                                samples, std::filesystem::file_size(folder_ / "some.nc")));
  }
}

TEST_F(EvaluationsFileTest, OfNetcdfHasNumbers) {
  for (const nc_type type : {NC_STRING, NC_CHAR}) {
    int file = -1, dimensions[2], id = -1;
    ASSERT_EQ(nc_create((folder_ / "some.nc").c_str(), NC_NETCDF4, &file), NC_NOERR);
    nc_def_dim(file, "sample", 3, &dimensions[0]);
    nc_def_dim(file, "dim", 2, &dimensions[1]);
    nc_def_var(file, "x", type, 2, dimensions, &id);
    nc_def_var(file, "log_density", NC_DOUBLE, 1, dimensions, &id);
    nc_close(file);
    expect_error_of("some.nc", ": ", "reading x failed (its values are no numbers).");
  }
}

TEST_F(EvaluationsFileTest, OfNetcdfMayHaveNamesThatAreNotThere) {
  const char* names[] = {"mass", nullptr};
  int file = -1, dimensions[2], id = -1;
  ASSERT_EQ(nc_create((folder_ / "some.nc").c_str(), NC_NETCDF4, &file), NC_NOERR);
  nc_def_dim(file, "sample", 3, &dimensions[0]);
  nc_def_dim(file, "dim", 2, &dimensions[1]);
  nc_def_var(file, "x", NC_DOUBLE, 2, dimensions, &id);
  nc_def_var(file, "log_density", NC_DOUBLE, 1, dimensions, &id);
  nc_def_var(file, "dim", NC_STRING, 1, &dimensions[1], &id);
  ASSERT_EQ(nc_put_var_string(file, id, names), NC_NOERR);
  nc_close(file);
  expect_error_of("some.nc", ": ", "there is no column charge.");
}

TEST_F(EvaluationsFileTest, IsOneOfDraws) {
  const auto gaussian = std::make_shared<const Gaussian<DiagonalCovariance>>(
      Eigen::Vector2d(1.0, 2.0), DiagonalCovariance::from_variances(Eigen::Vector2d::Ones()));
  const Model model{Mixture<DiagonalCovariance>({gaussian}, Eigen::VectorXd::Ones(1)), mass_and_charge, {}};
  Draws draws{.samples = some_samples,
              .components = {0, 0, 0},
              .log_densities = Eigen::VectorXd::Zero(3),
              .target = some_densities};
  write_draws(folder_ / "draws.nc", model, draws);
  expect_some(read_evaluations(folder_ / "draws.nc", mass_and_charge).usable, false);
  draws.target.reset();
  write_draws(folder_ / "without.nc", model, draws);
  expect_error_of("without.nc", ": ", "draw them with `gmmvi sample --log-target`");
}

}  // namespace
}  // namespace gmmvi::io
