#include "target/student_t_mixture.hpp"

#include <cmath>

#include <Eigen/LU>
#include <gtest/gtest.h>

#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

TEST(StudentTMixture, IsTheReferencesOne) {
  double tolerance = 0.0;
  const nlohmann::json golden = test::golden_target("student_t_mixture", tolerance);
  const nlohmann::json& inputs = golden.at("inputs");
  std::vector<FullCovariance> scales;
  for (const nlohmann::json& scale : inputs.at("scales"))
    scales.push_back(*FullCovariance::from_matrix(test::matrix(scale)));
  StudentTMixture target(test::vector(inputs.at("weights")), test::matrix_of_columns(inputs.at("means")), scales,
                         inputs.at("degrees_of_freedom"));
  const Evaluation evaluation = test::evaluate(target, test::matrix_of_columns(inputs.at("x")));
  test::expect_near_relative(evaluation.log_densities, test::vector(golden.at("expected").at("log_density")),
                             tolerance);
  test::expect_near_relative(evaluation.gradients, test::matrix_of_columns(golden.at("expected").at("grad")),
                             tolerance);
}

StudentTMixture one(double degrees_of_freedom) {
  return {Eigen::VectorXd::Ones(1),
          Eigen::VectorXd::Constant(1, 2.0),
          {*FullCovariance::from_matrix(Eigen::MatrixXd::Constant(1, 1, 4.0))},
          degrees_of_freedom};
}

TEST(StudentTMixture, IntegratesToOne) {
  StudentTMixture target = one(3.0);
  constexpr double width = 0.01;
  const Eigen::MatrixXd x = Eigen::RowVectorXd::LinSpaced(200001, -1000.0, 1000.0);
  EXPECT_NEAR(test::evaluate(target, x, false).log_densities.array().exp().sum() * width, 1.0, 1e-6);
}

TEST(StudentTMixture, OfManyDegreesOfFreedomIsGaussian) {
  StudentTMixture target = one(1e6);
  const Eigen::MatrixXd x{{-1.0, 2.0, 5.0}};
  const Eigen::Array3d gaussian = -0.5 * std::log(8.0 * M_PI) - (x.row(0).array() - 2.0).square().transpose() / 8.0;
  test::expect_near_relative(test::evaluate(target, x).log_densities, gaussian.matrix(), 1e-5);
}

TEST(RandomStudentTMixture, IsTheReferencesInstance) {
  const StudentTMixture easy = random_student_t_mixture({.dimension = 20}, 1);
  EXPECT_EQ(easy.means().cols(), 10);
  EXPECT_LT(easy.means().cwiseAbs().maxCoeff(), 20.0);
  EXPECT_GT(easy.means().cwiseAbs().maxCoeff(), 18.0);
  const StudentTMixture hard = random_student_t_mixture({.dimension = 20, .harder_setting = true}, 1);
  EXPECT_EQ(hard.means().cols(), 20);
  EXPECT_GT(hard.means().cwiseAbs().maxCoeff(), 23.0);
  EXPECT_EQ(random_student_t_mixture({.dimension = 4}, 1).means(),
            random_student_t_mixture({.dimension = 4}, 1).means());
  EXPECT_NE(random_student_t_mixture({.dimension = 4}, 1).means(),
            random_student_t_mixture({.dimension = 4}, 2).means());
}

// E[trace P] = D + D² (0.1 D)² for the inverse scale P = AᵀA + I.
TEST(RandomStudentTMixture, HasPrecisionsOfTheReferencesScale) {
  double sum = 0.0;
  constexpr int seeds = 200;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const StudentTMixture target = random_student_t_mixture({.dimension = 2}, seed);
    for (const FullCovariance& scale : target.scales()) sum += scale.matrix().inverse().trace();
  }
  EXPECT_NEAR(sum / (10.0 * seeds), 2.0 + 0.16, 4.0 * 0.04 * std::sqrt(2.0 * 4.0 / (10.0 * seeds)));
}

TEST(StudentTMixture, CountsItsModes) {
  StudentTMixture target = random_student_t_mixture({.dimension = 3}, 2);
  const auto found = [&](const Eigen::MatrixXd& means) { return target.metrics(means, {}).front().value; };
  EXPECT_EQ(found(target.means()), 10.0);
  EXPECT_EQ(found(Eigen::Vector3d::Constant(1000.0)), 0.0);
  EXPECT_EQ(target.metrics(target.means(), {}).back().value, 10.0);
}

}  // namespace
}  // namespace gmmvi::target
