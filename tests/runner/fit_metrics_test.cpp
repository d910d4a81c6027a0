#include "runner/fit_metrics.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "io/draws_file.hpp"
#include "runner/ground_truth.hpp"
#include "support/temporary_folder.hpp"
#include "target/gaussian_mixture.hpp"

namespace gmmvi::runner {
namespace {

AnyMixture at(const Eigen::MatrixXd& means) {
  std::vector<GaussianPointer<FullCovariance>> gaussians;
  for (const auto& mean : means.colwise())
    gaussians.push_back(std::make_shared<const Gaussian<FullCovariance>>(
        mean, FullCovariance::from_variances(Eigen::VectorXd::Ones(means.rows()))));
  return Mixture<FullCovariance>(std::move(gaussians), Eigen::VectorXd::Ones(means.cols()));
}

TEST(FitMetrics, AreTheTargetsOwnAndTheDistanceFromGroundTruth) {
  auto target = target::random_gaussian_mixture<FullCovariance>(2, 1);
  const AnyMixture fitted = at(target.means().leftCols(3));
  const auto alone = FitMetrics(target, std::nullopt)(fitted, 500, 1);
  ASSERT_EQ(alone.target.size(), 2u);
  EXPECT_EQ(alone.target[0].name, "modes_found");
  EXPECT_FALSE(alone.mmd);

  const auto truth = std::get<Mixture<FullCovariance>>(fitted).sample(500, 2).samples;
  const FitMetrics compared(target, math::MaximumMeanDiscrepancy(truth, 1.0));
  const double near = *compared(fitted, 500, 1).mmd, far = *compared(at(-target.means()), 500, 1).mmd;
  EXPECT_LT(near, 0.02);
  EXPECT_GT(far, 10.0 * near);
  EXPECT_EQ(near, *compared(fitted, 500, 1).mmd) << "the same seed, the same samples";
}

TEST(FitMetrics, NeedGroundTruthOfTheTargetsDimension) {
  auto target = target::random_gaussian_mixture<FullCovariance>(3, 1);
  EXPECT_THROW(FitMetrics(target, math::MaximumMeanDiscrepancy(Eigen::MatrixXd::Random(2, 50), 1.0)), Error);
}

class GroundTruth : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  test::TemporaryFolder folder_;
};

TEST_F(GroundTruth, HasASampleARowOfATable) {
  EXPECT_EQ(read_ground_truth(write("a.csv", "a,b\n1,2\n3,4\n5,6\n")), (Eigen::MatrixXd{{1, 3, 5}, {2, 4, 6}}));
}

TEST_F(GroundTruth, MayBeDraws) {
  const io::Model model{.mixture = at(Eigen::Vector2d(1.0, 2.0)), .parameter_names = {"a", "b"}, .attributes = {}};
  const Eigen::MatrixXd samples{{1, 3, 5}, {2, 4, 6}};
  io::write_draws(folder_ / "a.nc", model,
                  {.samples = samples, .components = {0, 0, 0}, .log_densities = Eigen::Vector3d::Zero()});
  EXPECT_EQ(read_ground_truth(folder_ / "a.nc"), samples);
}

TEST_F(GroundTruth, OfAnotherKindIsRefused) {
  EXPECT_THROW(read_ground_truth(write("a.txt", "1 2\n")), Error);
  EXPECT_THROW(read_ground_truth(write("a.npy", "1 2\n")), Error);
  EXPECT_THROW(read_ground_truth(write("a.nc", "1 2\n")), Error);
  EXPECT_THROW(read_ground_truth(folder_ / "none.csv"), Error);
}

}  // namespace
}  // namespace gmmvi::runner
