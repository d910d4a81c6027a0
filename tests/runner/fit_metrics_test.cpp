#include "runner/fit_metrics.hpp"

#include <cmath>
#include <fstream>
#include <optional>
#include <span>
#include <utility>

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

/// Of independent normal distributions, in a target of which nothing is asked but its moments.
class Known final : public Target {
 public:
  explicit Known(ReferenceMoments moments, Transforms transforms = {})
      : moments_(std::move(moments)), transforms_(std::move(transforms)) {}
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return false; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>&, std::span<const SampleId>, bool) override { return {}; }
  Transforms transforms() const override { return transforms_; }
  std::optional<ReferenceMoments> reference_moments() const override { return moments_; }

 private:
  ReferenceMoments moments_;
  Transforms transforms_;
};

TEST(FitMetrics, OfATargetWithKnownMomentsAreTheWorstErrors) {
  // Weights 1/4 and 3/4, means (0, 0) and (4, 2), variances 1: means (3, 1.5), variances 1 + 3/16 (4², 2²) = 4, 1.75.
  const auto gaussian = [](double x, double y) {
    return std::make_shared<const Gaussian<FullCovariance>>(Eigen::Vector2d(x, y),
                                                            FullCovariance::from_variances(Eigen::Vector2d::Ones()));
  };
  const AnyMixture mixture =
      Mixture<FullCovariance>({gaussian(0.0, 0.0), gaussian(4.0, 2.0)}, Eigen::Vector2d(1.0, 3.0));
  const auto errors = [&](const Eigen::Vector2d& means, const Eigen::Vector2d& deviations) {
    Known target({means, deviations});
    return *FitMetrics(target, std::nullopt)(mixture, 10, 1).moments;
  };
  const Eigen::Vector2d means(3.0, 1.5), deviations(2.0, std::sqrt(1.75));
  EXPECT_NEAR(errors(means, deviations).worst_mean, 0.0, 1e-14);
  EXPECT_NEAR(errors(means, deviations).worst_log_sd, 0.0, 1e-14);
  EXPECT_NEAR(errors({2.0, 1.5}, {4.0, std::sqrt(1.75)}).worst_mean, 0.25, 1e-14);
  EXPECT_NEAR(errors({2.0, 1.5}, {4.0, std::sqrt(1.75)}).worst_log_sd, std::log(2.0), 1e-14);
  EXPECT_NEAR(errors({3.0, 2.5}, deviations / 3.0).worst_mean, 3.0 / std::sqrt(1.75), 1e-14);
  EXPECT_NEAR(errors({3.0, 2.5}, deviations / 3.0).worst_log_sd, std::log(3.0), 1e-14);
}

// exp(N(0, 1)) has mean exp(1/2) and variance (e − 1) e.
TEST(FitMetrics, ComparesMomentsOfTheUsersParameters) {
  const Transform positive{.lower = 0.0};
  const Eigen::Vector2d means(std::exp(0.5), 5.0), deviations(std::sqrt((std::exp(1.0) - 1.0) * std::exp(1.0)), 3.0);
  Known target({means, deviations}, Transforms({positive, Transform{.location = 5.0, .scale = 3.0}}));
  const auto errors = *FitMetrics(target, std::nullopt)(at(Eigen::Vector2d::Zero()), 10, 1).moments;
  EXPECT_NEAR(errors.worst_mean, 0.0, 1e-12);
  EXPECT_NEAR(errors.worst_log_sd, 0.0, 1e-12);
}

TEST(FitMetrics, NeedAMomentForEveryParameter) {
  Known few({Eigen::VectorXd::Zero(1), Eigen::VectorXd::Ones(1)}),
      flat({Eigen::Vector2d::Zero(), Eigen::Vector2d(1.0, 0.0)});
  EXPECT_THROW(FitMetrics(few, std::nullopt), Error);
  EXPECT_THROW(FitMetrics(flat, std::nullopt), Error);
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
