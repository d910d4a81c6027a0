#include "problem/joint_prior.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "problem/parameters.hpp"

namespace gmmvi::problem {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

GaussianPointer<FullCovariance> gaussian(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance) {
  return std::make_shared<const Gaussian<FullCovariance>>(mean, *FullCovariance::from_matrix(covariance));
}

/// Two components over (slope, share, size): without bounds, from 2 to 5, and above −1.
FittedModel earlier() {
  const Eigen::Matrix3d covariance{{1.0, 0.5, -0.2}, {0.5, 0.8, 0.1}, {-0.2, 0.1, 0.5}};
  return {.mixture =
              Mixture<FullCovariance>({gaussian(Eigen::Vector3d(0.5, -1.0, 0.2), covariance),
                                       gaussian(Eigen::Vector3d(-1.5, 1.0, -0.3), 0.3 * Eigen::Matrix3d::Identity())},
                                      Eigen::Vector2d(0.3, 0.7)),
          .parameter_names = {"slope", "share", "size"},
          .transforms = Transforms({{.location = 3.0, .scale = 2.0},
                                    {.lower = 2.0, .upper = 5.0, .location = 0.3, .scale = 1.5},
                                    {.lower = -1.0, .location = -0.5, .scale = 0.4}})};
}

double evidence(const JointPrior& prior, double from, double to) {
  return boost::math::quadrature::gauss_kronrod<double, 61>::integrate(
      [&](double x) { return std::exp(prior.log_density(Eigen::VectorXd::Constant(1, x))); }, from, to, 15, 1e-10);
}

TEST(JointPrior, HasEvidenceOne) {
  const auto of = [](const char* name) { return JointPrior(earlier(), std::vector<std::string>{name}); };
  EXPECT_NEAR(evidence(of("slope"), -40.0, 40.0), 1.0, 1e-9);
  EXPECT_NEAR(evidence(of("share"), 2.0, 5.0), 1.0, 1e-9);
  EXPECT_NEAR(evidence(of("size"), -1.0, 60.0), 1.0, 1e-6);
}

TEST(JointPrior, IsTheMixturesDensityOnTheParametersScale) {
  const FittedModel model = earlier();
  const JointPrior prior(model, model.parameter_names);
  const Eigen::Vector3d z(0.3, -0.4, 0.9), x = model.transforms.to_user(z);
  EXPECT_NEAR(prior.log_density(x),
              std::get<Mixture<FullCovariance>>(model.mixture).log_density(z)[0] - model.transforms.log_volumes(z)[0],
              1e-12);
  EXPECT_EQ(prior.log_density(Eigen::Vector3d(0.0, 2.0, 0.0)), -infinity);
  EXPECT_EQ(prior.log_density(Eigen::Vector3d(0.0, 3.0, -1.5)), -infinity);
}

TEST(JointPrior, MatchesParametersByTheirNames) {
  const FittedModel model = earlier();
  const JointPrior alike(model, model.parameter_names);
  const JointPrior otherwise(model, std::vector<std::string>{"size", "new", "slope", "share"});
  EXPECT_EQ(otherwise.parameters(), (std::vector<Eigen::Index>{2, 3, 0}));
  EXPECT_FALSE(otherwise.covers(1));
  const Eigen::Vector4d x(0.7, 9.0, -2.0, 3.1);
  const Eigen::Vector3d same(-2.0, 3.1, 0.7);
  EXPECT_EQ(otherwise.log_density(x), alike.log_density(same));
  EXPECT_EQ(otherwise.gradient(x), alike.gradient(same));
}

TEST(JointPrior, IntegratesOutWhatTheProblemHasNot) {
  const FittedModel model = earlier();
  const JointPrior all(model, model.parameter_names), two(model, std::vector<std::string>{"share", "size"});
  EXPECT_EQ(two.left_out(), std::vector<std::string>{"slope"});
  const double integral = boost::math::quadrature::gauss_kronrod<double, 61>::integrate(
      [&](double slope) { return std::exp(all.log_density(Eigen::Vector3d(slope, 2.9, 0.4))); }, -40.0, 40.0, 15,
      1e-12);
  EXPECT_NEAR(std::exp(two.log_density(Eigen::Vector2d(2.9, 0.4))), integral, 1e-9 * integral);
}

TEST(JointPrior, HasTheMarginalsOfItsDensity) {
  const FittedModel model = earlier();
  const JointPrior all(model, std::vector<std::string>{"size", "slope", "share"});
  const JointPrior one(model, std::vector<std::string>{"share"});
  for (const double x : {2.1, 3.0, 4.7})
    EXPECT_NEAR(all.marginal_log_density(2, x), one.log_density(Eigen::VectorXd::Constant(1, x)), 1e-9);
  EXPECT_EQ(all.marginal_log_density(2, 5.0), -infinity);
}

TEST(JointPrior, HasTheGradientOfItsDensity) {
  const FittedModel model = earlier();
  const JointPrior prior(model, model.parameter_names);
  for (const Eigen::Vector3d& z : {Eigen::Vector3d(0.3, -0.4, 0.9), Eigen::Vector3d(-2.0, 2.0, -1.0)}) {
    const Eigen::VectorXd x = model.transforms.to_user(z), gradient = prior.gradient(x);
    for (Eigen::Index d = 0; d < 3; ++d) {
      Eigen::VectorXd above = x, below = x;
      above[d] += 1e-6;
      below[d] -= 1e-6;
      EXPECT_NEAR(gradient[d], (prior.log_density(above) - prior.log_density(below)) / 2e-6,
                  1e-5 * std::max(1.0, std::abs(gradient[d])));
    }
  }
}

TEST(JointPrior, HasASolverSpaceOfItsSize) {
  FittedModel model = earlier();
  EXPECT_NEAR(evidence(JointPrior(model, std::vector<std::string>{"share"}), 2.0,
                       JointPrior(model, std::vector<std::string>{"share"}).median()[0]),
              0.5, 1e-8);
  // Where it is normal in z, it is the standard one in the next run's.
  model.mixture =
      Mixture<FullCovariance>({gaussian(Eigen::Vector3d(0.5, -1.0, 0.2), Eigen::Vector3d(1.0, 0.25, 9.0).asDiagonal())},
                              Eigen::VectorXd::Ones(1));
  const JointPrior prior(model, model.parameter_names);
  const Transform transform = prior.transform(1);
  EXPECT_EQ(transform.lower, 2.0);
  EXPECT_EQ(transform.upper, 5.0);
  EXPECT_NEAR(transform.location, 0.3 + 1.5 * -1.0, 1e-9);
  EXPECT_NEAR(transform.scale, 1.5 * 0.5, 1e-9);
  EXPECT_NEAR(transform.to_solver(prior.median()[1]), 0.0, 1e-9);
}

TEST(JointPrior, DrawsWithinTheBounds) {
  const FittedModel model = earlier();
  const JointPrior prior(model, model.parameter_names);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Eigen::VectorXd x = prior.draw(seed);
    EXPECT_TRUE(std::isfinite(prior.log_density(x)));
    EXPECT_EQ(x, prior.draw(seed));
  }
  EXPECT_NE(prior.draw(1), prior.draw(2));
}

TEST(Priors, AddTheJointOneToTheOthers) {
  const ParametersOptions parameters = {{"size"}, {"new", PriorOptions{"normal", {1.0, 2.0}}}, {"slope"}, {"share"}};
  const JointPrior joint = joint_prior_of(parameters, earlier(), "model.nc");
  const Priors priors(parameters, joint);
  const Eigen::Vector4d x(0.7, 9.0, -2.0, 3.1);
  EXPECT_NEAR(priors.log_density(x), joint.log_density(x) + prior_of(parameters[1]).log_density(9.0), 1e-12);
  EXPECT_EQ(priors.gradient(x)[1], prior_of(parameters[1]).gradient(9.0));
  EXPECT_EQ(priors.gradient(x)[3], joint.gradient(x)[1]);
  EXPECT_EQ(priors.median()[1], 1.0);
  EXPECT_TRUE(priors.improper().empty());
  const Transforms transforms = transforms_of(parameters, joint);
  EXPECT_EQ(transforms.of(3), joint.transform(3));
  EXPECT_NEAR(transforms.of(1).scale, 2.0, 1e-12);
}

std::string refusal(const ParametersOptions& parameters) {
  try {
    joint_prior_of(parameters, earlier(), "model.nc");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(JointPrior, RefusesOtherPriorsOfItsParameters) {
  EXPECT_NE(refusal({{"slope", PriorOptions{"normal", {0.0, 1.0}}}})
                .find("parameters.slope: its prior is normal(0, 1), "
                      "but prior.model, model.nc"),
            std::string::npos);
  EXPECT_NE(refusal({{"share", {}, 2.0, 4.0}}).find("they are [2, 5]"), std::string::npos);
  EXPECT_EQ(refusal({{"share", {}, 2.0, 5.0}}), "");
  EXPECT_NE(refusal({{"slope"}, {"shape"}}).find("parameters.shape: it has no prior"), std::string::npos);
  EXPECT_NE(refusal({{"a", PriorOptions{"normal", {0.0, 1.0}}}}).find("none of its parameters"), std::string::npos);
}

TEST(JointPrior, HasTheHessianOfItsGradient) {
  const FittedModel model = earlier();
  const JointPrior prior(model, std::vector<std::string>{"size", "slope", "share"});
  constexpr double step = 1e-5;
  for (const Eigen::Vector3d& x : {Eigen::Vector3d(0.3, 2.0, 3.0), Eigen::Vector3d(-0.8, 5.0, 4.5)}) {
    const Eigen::MatrixXd hessian = prior.hessian(x);
    for (Eigen::Index d = 0; d < 3; ++d) {
      const Eigen::Vector3d beside = step * Eigen::Vector3d::Unit(prior.parameters()[static_cast<std::size_t>(d)]);
      const Eigen::VectorXd difference = (prior.gradient(x + beside) - prior.gradient(x - beside)) / (2.0 * step);
      EXPECT_LE((hessian.col(d) - difference).norm(), 1e-6 * hessian.norm());
    }
  }
}

}  // namespace
}  // namespace gmmvi::problem
