#include "io/draws_file.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <netcdf.h>

#include "gmmvi/error.hpp"

#include "io/atomic_file.hpp"
#include "io/model_hash.hpp"
#include "io/netcdf_file.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Model some_model() {
  const auto gaussian = std::make_shared<const Gaussian<DiagonalCovariance>>(
      Eigen::Vector3d(1.0, 2.0, 3.0), DiagonalCovariance::from_variances(Eigen::Vector3d::Ones()));
  return {Mixture<DiagonalCovariance>({gaussian}, Eigen::VectorXd::Ones(1)),
          {"β0", "a parameter with a long name", "z"},
          {.gmmvi_version = "0.0.9", .target = "a test", .codename = "SAMTRON", .seed = 7}};
}

/// Five draws of three parameters.
Draws some_draws() {
  return {.samples = Eigen::MatrixXd::NullaryExpr(3, 5, [](auto d, auto n) { return 10.0 * double(n) + double(d); }),
          .components = {4, 0, 4, 9, 0},
          .log_densities = Eigen::VectorXd::LinSpaced(5, -1.0, -2.0),
          .seed = 18446744073709551615ULL,
          .gmmvi_version = "1.2.3"};
}

std::vector<double> reals(const NetcdfGroup& group, const std::string& name, const NetcdfGroup::Slab& slab,
                          std::size_t count) {
  std::vector<double> values(count);
  group.read(name, slab, std::span<double>(values));
  return values;
}

std::vector<std::int64_t> integers(const NetcdfGroup& group, const std::string& name, const NetcdfGroup::Slab& slab,
                                   std::size_t count) {
  std::vector<std::int64_t> values(count);
  group.read(name, slab, std::span<std::int64_t>(values));
  return values;
}

const NetcdfGroup::Slab every_draw = {{0, 0}, {1, 5}};

class DrawsFile : public testing::Test {
 protected:
  NetcdfFile written(const Draws& draws) {
    write_draws(path, some_model(), draws);
    return {path, NetcdfFile::Mode::read};
  }
  const test::TemporaryFolder folder;
  const std::string path = folder / "samples.nc";
};

TEST_F(DrawsFile, HasTheSamplesByChainDrawAndParameter) {
  const NetcdfFile file = written(some_draws());
  const NetcdfGroup posterior = file.group("posterior");
  EXPECT_EQ(posterior.dimension("chain"), 1u);
  EXPECT_EQ(posterior.dimension("draw"), 5u);
  EXPECT_EQ(posterior.dimension("dim"), 3u);
  const std::vector<double> x = reals(posterior, "x", {{0, 0, 0}, {1, 5, 3}}, 15);
  for (std::size_t n = 0; n < 5; ++n)
    for (std::size_t d = 0; d < 3; ++d) EXPECT_EQ(x[3 * n + d], 10.0 * double(n) + double(d));
}

TEST_F(DrawsFile, HasCoordinatesInEveryGroup) {
  const NetcdfFile file = written(some_draws());
  for (const char* name : {"posterior", "sample_stats"}) {
    EXPECT_EQ(integers(file.group(name), "chain", {{0}, {1}}, 1), (std::vector<std::int64_t>{0}));
    EXPECT_EQ(integers(file.group(name), "draw", {{0}, {5}}, 5), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
  }
  std::vector<std::string> names(3);
  file.group("posterior").read("dim", {{0}, {3}}, std::span<std::string>(names));
  EXPECT_EQ(names, some_model().parameter_names);
}

// `x` is that of all parameters together, and a variable cannot be called like a dimension.
TEST_F(DrawsFile, LosesNoParameterByItsName) {
  Model model = some_model();
  model.parameter_names = {"x", "draw", "a/b"};
  Draws draws = some_draws();
  write_draws(path, model, draws);
  const NetcdfFile file(path, NetcdfFile::Mode::read);
  const NetcdfGroup posterior = file.group("posterior");
  EXPECT_EQ(reals(posterior, "x_", every_draw, 5), (std::vector<double>{0.0, 10.0, 20.0, 30.0, 40.0}));
  EXPECT_EQ(reals(posterior, "draw_", every_draw, 5), (std::vector<double>{1.0, 11.0, 21.0, 31.0, 41.0}));
  EXPECT_EQ(reals(posterior, "a_b", every_draw, 5), (std::vector<double>{2.0, 12.0, 22.0, 32.0, 42.0}));
  EXPECT_EQ(reals(posterior, "x", {{0, 0, 0}, {1, 5, 3}}, 15)[1], 1.0);
}

TEST_F(DrawsFile, HasTheDensitiesOfTheMixture) {
  const Draws draws = some_draws();
  const NetcdfFile file = written(draws);
  const NetcdfGroup statistics = file.group("sample_stats");
  EXPECT_EQ(integers(statistics, "component", every_draw, 5), draws.components);
  const std::vector<double> log_q = reals(statistics, "log_q", every_draw, 5);
  for (Eigen::Index n = 0; n < 5; ++n) EXPECT_EQ(log_q[static_cast<std::size_t>(n)], draws.log_densities[n]);
  EXPECT_THROW(reals(statistics, "lp", every_draw, 5), Error) << "the target was not asked";
}

TEST_F(DrawsFile, HasTheWeightsWhereTheTargetWasAsked) {
  Draws draws = some_draws();
  draws.target = Eigen::VectorXd::Constant(5, 3.0);
  (*draws.target)[1] = -infinity;
  (*draws.target)[2] = std::nan("");
  const NetcdfFile file = written(draws);
  const std::vector<double> lp = reals(file.group("sample_stats"), "lp", every_draw, 5);
  const std::vector<double> log_weight = reals(file.group("sample_stats"), "log_weight", every_draw, 5);
  for (const std::size_t n : {0u, 3u, 4u}) {
    EXPECT_EQ(lp[n], 3.0);
    EXPECT_EQ(log_weight[n], 3.0 - draws.log_densities[static_cast<Eigen::Index>(n)]);
  }
  EXPECT_EQ(lp[1], -infinity);
  EXPECT_EQ(log_weight[1], -infinity);
  EXPECT_TRUE(std::isnan(lp[2]) && std::isnan(log_weight[2]));
}

TEST_F(DrawsFile, SaysWhereTheDrawsComeFrom) {
  const NetcdfFile file = written(some_draws());
  EXPECT_EQ(file.attribute<std::string>("model_hash"), to_hex(model_hash(some_model().mixture)));
  EXPECT_EQ(file.attribute<std::string>("gmmvi_version"), "1.2.3");
  EXPECT_EQ(file.attribute<std::string>("target"), "a test");
  EXPECT_EQ(file.attribute<std::string>("codename"), "SAMTRON");
  EXPECT_EQ(file.attribute<std::uint64_t>("seed"), 7u);
  EXPECT_EQ(file.attribute<std::uint64_t>("draws_seed"), 18446744073709551615ULL);
}

TEST_F(DrawsFile, LeavesNothingBesideItself) {
  written(some_draws());
  std::filesystem::remove(path);
  EXPECT_TRUE(folder.is_empty());
}

TEST_F(DrawsFile, AMissingFolderIsAnErrorThatNamesTheFile) {
  try {
    write_draws(folder / "missing/samples.nc", some_model(), some_draws());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
    EXPECT_NE(std::string(error.what()).find("missing/samples.nc"), std::string::npos) << error.what();
  }
}

TEST(DrawsFiles, HaveThreeDimensionsThatTheFileHolds) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "draws.nc";
  const auto refusal = [&](std::size_t chains, std::size_t draws, std::vector<int> over) {
    int file = -1, group = -1, id = -1, dimensions[3];
    EXPECT_EQ(nc_create(path.c_str(), NC_NETCDF4, &file), NC_NOERR);
    nc_def_grp(file, "posterior", &group);
    nc_def_dim(group, "chain", chains, &dimensions[0]);
    nc_def_dim(group, "draw", draws, &dimensions[1]);
    nc_def_dim(group, "dim", 2, &dimensions[2]);
    nc_def_var(group, "x", NC_DOUBLE, static_cast<int>(over.size()), over.data(), &id);
    nc_def_var_chunking(group, id, NC_CHUNKED, std::vector<std::size_t>(over.size(), 1).data());
    nc_close(file);
    try {
      read_draws(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const std::size_t many = std::size_t{1} << 32;  // whose square is 0 again
  EXPECT_NE(refusal(many, many, {0, 1, 2})
                .find("reading the shape of x failed (it is to have (4294967296, 4294967296, "
                      "2) values"),
            std::string::npos);
  EXPECT_EQ(refusal(1, 3, {1, 2}), path + ": x has 2 dimensions, not 3 (chain, draw, dim).");
  EXPECT_EQ(refusal(1, 3, {0, 1, 2}), "no error");
}

TEST(NetcdfGroups, AreNamedInErrors) {
  const test::TemporaryFolder folder;
  NetcdfFile made(folder / "file.nc", NetcdfFile::Mode::create);
  made.define_group("a");
  EXPECT_THROW(made.define_group("a"), Error);
  write_atomically(folder / "file.nc", made.image());
  const NetcdfFile read(folder / "file.nc", NetcdfFile::Mode::read);
  try {
    read.group("b");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_NE(std::string(error.what()).find("file.nc: finding group b failed"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gmmvi::io
