#include "io/outputs_file.hpp"

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "io/atomic_file.hpp"
#include "support/full_disk.hpp"
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

TEST(OutputsFile, SaysWhichStateOfTheRunItIsOf) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "outputs.nc";
  OutputsTitle of_a_run = title();
  of_a_run.iterations = 100;
  of_a_run.evaluations = 1 << 20;
  of_a_run.model_hash = "0123456789abcdef";
  of_a_run.samples_left_out = 7;
  OutputsWriter writer(path, of_a_run, 5, 3);
  writer.append(some());
  writer.write();
  const OutputsReader read(path);
  EXPECT_EQ(read.iterations(), 100);
  EXPECT_EQ(read.model_hash(), "0123456789abcdef");
  EXPECT_EQ(read.samples_left_out(), 7);
  EXPECT_EQ(NetcdfFile(path, NetcdfFile::Mode::read).attribute<std::int64_t>("evaluations"), 1 << 20);
}

TEST(OutputsFile, AppearsWholeOrNotAtAll) {
  const test::TemporaryFolder folder;
  {
    OutputsWriter writer(folder / "outputs.nc", title(), 5, 3);
    writer.append(part(some(), 0, 2));
    EXPECT_FALSE(std::filesystem::exists(folder / "outputs.nc"));
  }
  EXPECT_TRUE(folder.is_empty());
}

TEST(OutputsFile, IsNotBegunWhereItsSizeIsTooMuch) {
  const test::TemporaryFolder folder;
  const test::FullDisk full(500'000);
  OutputsWriter(folder / "small.nc", title(), 5, 3);
  try {
    OutputsWriter(folder / "outputs.nc", title(), 1000, 100);
    ADD_FAILURE() << "of 800 kB";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
    EXPECT_NE(std::string(error.what()).find("outputs.nc: File too large"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(folder.is_empty());
}

/// The most memory that this process has had.
long most_kilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(OutputsFile, IsNotInMemory) {
  const test::TemporaryFolder folder;
  constexpr Eigen::Index samples = 200, outputs = 1000, parts = 100;  // of 160 MB
  const SamplesWithOutputs part{.samples = Eigen::MatrixXd::Random(2, samples),
                                .log_densities = Eigen::VectorXd::Random(samples),
                                .log_weights = Eigen::VectorXd::Random(samples),
                                .outputs = Eigen::MatrixXd::Random(outputs, samples)};
  OutputsWriter writer(folder / "outputs.nc", title(), parts * samples, outputs);
  writer.append(part);
  const long before = most_kilobytes();
  for (Eigen::Index i = 1; i < parts; ++i) writer.append(part);
  writer.write();
  EXPECT_LT(most_kilobytes() - before, 20'000);
  EXPECT_GT(std::filesystem::file_size(folder / "outputs.nc"), 160'000'000U);
  EXPECT_EQ(OutputsReader(folder / "outputs.nc").outputs(999, 1).rightCols(samples), part.outputs.bottomRows(1));
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
