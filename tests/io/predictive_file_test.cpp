#include "io/predictive_file.hpp"

#include <cmath>
#include <limits>
#include <memory>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "io/model_hash.hpp"
#include "io/netcdf_file.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

Model model() {
  const auto gaussian = std::make_shared<const Gaussian<DiagonalCovariance>>(
      Eigen::Vector2d(1.0, 2.0), DiagonalCovariance::from_variances(Eigen::Vector2d(4.0, 9.0)));
  return {.mixture = Mixture<DiagonalCovariance>({gaussian}, Eigen::VectorXd::Ones(1)),
          .parameter_names = {"a", "b"},
          .attributes = {}};
}

TEST(PredictiveFile, IsReadAsItWasWritten) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "predictive.nc";
  Predictive written{.data = Eigen::Vector2d(1.0, std::numeric_limits<double>::quiet_NaN()),
                     .mean = Eigen::Vector2d(0.5, 1.5),
                     .quantiles = Eigen::MatrixXd{{0.1, 1.1}, {0.5, 1.4}, {0.9, 1.9}},
                     .data_quantiles = Eigen::MatrixXd{{0.0, std::numeric_limits<double>::quiet_NaN()},
                                                       {0.5, std::numeric_limits<double>::quiet_NaN()},
                                                       {1.0, std::numeric_limits<double>::quiet_NaN()}},
                     .simulated = false,
                     .draws = 100,
                     .outside = 3,
                     .failures = 2,
                     .without_outputs = 4,
                     .effective_samples = 54.5,
                     .pareto_k = 0.3};
  write_predictive(path, model(), written);
  const Predictive read = read_predictive(path);
  EXPECT_EQ(read.data[0], 1.0);
  EXPECT_TRUE(std::isnan(read.data[1]));
  EXPECT_EQ(read.mean, written.mean);
  EXPECT_EQ(read.quantiles, written.quantiles);
  EXPECT_EQ(read.data_quantiles.col(0), written.data_quantiles.col(0));
  EXPECT_TRUE(read.data_quantiles.col(1).array().isNaN().all());
  EXPECT_FALSE(read.simulated);
  EXPECT_EQ(read.without_outputs, 4);
  EXPECT_EQ(read.pareto_k, 0.3);
  EXPECT_EQ(read.model_hash, to_hex(model_hash(model().mixture)));
  EXPECT_EQ(read.draws, 100);
  EXPECT_EQ(read.outside, 3);
  EXPECT_EQ(read.failures, 2);
  EXPECT_EQ(read.effective_samples, 54.5);
  const NetcdfFile file(path, NetcdfGroup::Mode::read);
  EXPECT_EQ(file.shape("quantiles"), (std::vector<std::size_t>{2, 3}));
}

TEST(PredictiveFile, MayBeWithoutNewData) {
  const test::TemporaryFolder folder;
  write_predictive(
      folder / "predictive.nc", model(),
      {.data = Eigen::VectorXd::Ones(1), .mean = Eigen::VectorXd::Ones(1), .quantiles = Eigen::MatrixXd::Ones(3, 1)});
  EXPECT_EQ(read_predictive(folder / "predictive.nc").data_quantiles.size(), 0);
}

TEST(PredictiveFile, OthersAreRefused) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.nc";
  write_model(path, model());
  EXPECT_THROW(read_predictive(path), Error);
}

}  // namespace
}  // namespace gmmvi::io
