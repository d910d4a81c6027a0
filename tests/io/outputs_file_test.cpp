#include "io/outputs_file.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "io/atomic_file.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A log density of −∞ has no outputs.
SamplesWithOutputs some() {
  SamplesWithOutputs samples{.samples = Eigen::MatrixXd::Random(2, 5),
                             .log_densities = Eigen::VectorXd::Random(5),
                             .log_weights = Eigen::VectorXd::Random(5),
                             .outputs = Eigen::MatrixXd::Random(3, 5)};
  samples.log_densities[3] = samples.log_weights[3] = -infinity;
  samples.outputs.col(3).setConstant(std::numeric_limits<double>::quiet_NaN());
  return samples;
}

SamplesWithOutputs part(const SamplesWithOutputs& all, Eigen::Index first, Eigen::Index count) {
  return {.samples = all.samples.middleCols(first, count),
          .log_densities = all.log_densities.segment(first, count),
          .log_weights = all.log_weights.segment(first, count),
          .outputs = all.outputs.middleCols(first, count)};
}

/// The first parameter is unbounded, the second above 1.
OutputsTitle title() {
  return {.gmmvi_version = "1",
          .target = "a pendulum",
          .codename = "SAMTRON",
          .seed = 3,
          .parameter_names = {"a", "b/c"},
          .transforms = Transforms({{}, {.lower = 1.0, .location = 0.5, .scale = 2.0}})};
}

TEST(OutputsFile, IsReadAsItWasWrittenInPieces) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "outputs.nc";
  const SamplesWithOutputs written = some();
  OutputsWriter writer(path, title(), 5, 3);
  writer.append(part(written, 0, 2));
  writer.append(part(written, 2, 3));
  writer.write();

  const OutputsReader read(path);
  ASSERT_EQ(read.size(), 5);
  ASSERT_EQ(read.outputs(), 3);
  EXPECT_EQ(read.log_weights(), written.log_weights);
  EXPECT_EQ(read.parameter_names(), title().parameter_names);
  EXPECT_EQ(read.parameters(), title().transforms.to_user(written.samples)) << "the user's parameters";
  const Eigen::MatrixXd last = read.outputs(1, 2);
  ASSERT_EQ(last.rows(), 2);
  for (const Eigen::Index n : {0, 1, 2, 4}) EXPECT_EQ(last.col(n), written.outputs.col(n).tail(2));
  EXPECT_TRUE(last.col(3).array().isNaN().all());
}

TEST(OutputsFile, HasLogDensitiesOfTheUsersParameters) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "outputs.nc";
  const SamplesWithOutputs written = some();
  OutputsWriter writer(path, title(), 5, 3);
  writer.append(written);
  writer.write();
  const NetcdfFile file(path, NetcdfFile::Mode::read);
  Eigen::VectorXd lp(5);
  file.read("lp", {{0}, {5}}, std::span(lp.data(), 5));
  EXPECT_EQ(lp, written.log_densities - title().transforms.log_volumes(written.samples));
  EXPECT_EQ(file.attribute<std::string>("target"), "a pendulum");
}

TEST(OutputsFile, OthersAreRefused) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "other.nc";
  NetcdfFile other(path, NetcdfFile::Mode::create);
  other.define_dimension("sample", 2);
  for (const char* name : {"outputs", "x", "log_weight", "dim"})
    other.define_variable(name, NetcdfGroup::Type::real, {"sample"});
  write_atomically(path, other.image());
  EXPECT_THROW(OutputsReader{path}, Error);
  EXPECT_THROW(OutputsReader{folder / "missing.nc"}, Error);
}

}  // namespace
}  // namespace gmmvi::io
