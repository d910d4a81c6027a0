#include "io/evaluations_file.hpp"

#include <cmath>
#include <fstream>
#include <limits>
#include <memory>

#include <fmt/format.h>
#include <gtest/gtest.h>

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

void expect_some(const EarlierEvaluations& evaluations, bool gradients) {
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

TEST_F(EvaluationsFileTest, MayHaveNothingOfUse) {
  const EvaluationsFile file = read("mass,charge,log_density\n1,2,nan\n");
  EXPECT_EQ(file.usable.samples.cols(), 0);
  EXPECT_EQ(file.without_density, 1);
}

TEST_F(EvaluationsFileTest, SaysWhatIsWrongWithATableAndWhere) {
  expect_error("", ": ", "no rows of data");
  expect_error("mass,charge,log_density\n", ": ", "no rows of data");
  expect_error("mass,charge,log_density\n1,2,-1\n1,2\n", ":3: ", "this row has 2 fields, but the first line has 3");
  expect_error("mass,charge,log_density\n1,2,-1\n1,heavy,-1\n", ":3: ", "'heavy' in column 2 (charge) is not a number");
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
