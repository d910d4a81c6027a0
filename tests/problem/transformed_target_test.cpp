#include "problem/transformed_target.hpp"

#include <cmath>
#include <functional>
#include <numbers>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "problem/parameters.hpp"

namespace gmmvi::problem {
namespace {

/// The priors as a target of x: its evidence is 1 on every scale.
class PriorTarget : public Target {
 public:
  explicit PriorTarget(const ParametersOptions& parameters) : priors_(parameters) {}
  Eigen::Index dimension() const override { return priors_.dimension(); }
  bool has_gradients() const override { return true; }
  Eigen::Index outputs() const override { return 2; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>,
                      bool gradients) override {
    Evaluation evaluation = Evaluation::of_size(dimension(), samples.cols(), gradients, outputs());
    evaluation.outputs.rowwise() = samples.row(0);
    for (Eigen::Index n = 0; n < samples.cols(); ++n) {
      evaluation.log_densities[n] = priors_.log_density(samples.col(n));
      if (gradients) evaluation.gradients.col(n) = priors_.gradient(samples.col(n));
    }
    return evaluation;
  }

 private:
  Priors priors_;
};

constexpr double infinity = std::numeric_limits<double>::infinity();

/// One of every family, some of them cut, and of scales from 1e-9 to 1e9.
ParametersOptions every_prior() {
  return {{"normal", PriorOptions{"normal", {3e-9, 1e-9}}},
          {"wide", PriorOptions{"normal", {-1e9, 1e9}}},
          {"cut", PriorOptions{"normal", {0.0, 1.0}}, 0.5, 4.0},
          {"above", PriorOptions{"normal", {0.0, 1.0}}, -infinity, 1.0},
          {"lognormal", PriorOptions{"lognormal", {-1.2, 1.0}}},
          {"uniform", PriorOptions{"uniform", {-2.0, 5.0}}},
          {"loguniform", PriorOptions{"loguniform", {1e-3, 1e3}}},
          {"half_normal", PriorOptions{"half_normal", {0.2}}},
          {"half_cauchy", PriorOptions{"half_cauchy", {2.0}}},
          {"cauchy", PriorOptions{"cauchy", {1.0, 2.0}}},
          {"student_t", PriorOptions{"student_t", {4.0, 1.0, 0.5}}},
          {"laplace", PriorOptions{"laplace", {1.0, 0.5}}},
          {"logistic", PriorOptions{"logistic", {1.0, 0.5}}},
          {"exponential", PriorOptions{"exponential", {3.0}}},
          {"gamma", PriorOptions{"gamma", {2.0, 3.0}}},
          {"inverse_gamma", PriorOptions{"inverse_gamma", {3.0, 2.0}}},
          {"beta", PriorOptions{"beta", {2.0, 0.7}}},
          {"weibull", PriorOptions{"weibull", {1.5, 2.0}}},
          {"bounded", {}, 1.0, 2.0}};
}

Evaluation at(Target& target, const Eigen::MatrixXd& z, bool gradients = false) {
  const std::vector<SampleId> ids(static_cast<std::size_t>(z.cols()));
  return target.evaluate(z, ids, gradients);
}

TEST(SolverSpace, EvidenceIsOneForEveryPrior) {
  for (const ParameterOptions& parameter : every_prior()) {
    const auto target = in_solver_space(std::make_unique<PriorTarget>(ParametersOptions{parameter}), {parameter});
    // Heavy tails in z: of a Cauchy prior what lies beyond 1e5 has a share of 1e-5.
    const auto stretched = [](double t) { return std::sinh(t); };
    constexpr int count = 40'000;
    constexpr double most = 13.0;
    double sum = 0.0;
    for (int i = 0; i < count; ++i) {
      const double t = -most + 2.0 * most * (i + 0.5) / count;
      const Eigen::MatrixXd z = Eigen::MatrixXd::Constant(1, 1, stretched(t));
      sum += std::exp(at(*target, z).log_densities[0]) * std::cosh(t) * 2.0 * most / count;
    }
    EXPECT_NEAR(sum, 1.0, 3e-5) << parameter.name;
  }
}

TEST(SolverSpace, MedianIsZeroAndTheCentralPartIsOfSizeOne) {
  for (const ParameterOptions& parameter : every_prior()) {
    const Transform transform = transforms_of({parameter}).of(0);
    const Prior prior = prior_of(parameter);
    EXPECT_NEAR(prior.distribution(transform.to_user(0.0)), 0.5, 1e-6) << parameter.name;
    const double width = transform.to_solver(prior.quantile(0.8413447460685429)) -
                         transform.to_solver(prior.quantile(0.15865525393145707));
    EXPECT_NEAR(width, 2.0, 1e-6) << parameter.name;
  }
}

TEST(SolverSpace, GradientsAreThoseOfFiniteDifferences) {
  const ParametersOptions parameters = every_prior();
  const auto target = in_solver_space(std::make_unique<PriorTarget>(parameters), parameters);
  const auto dimension = static_cast<Eigen::Index>(parameters.size());
  const Eigen::MatrixXd z = Eigen::VectorXd::LinSpaced(dimension, -0.7, 0.9);
  const Eigen::MatrixXd gradient = at(*target, z, true).gradients;
  for (Eigen::Index d = 0; d < dimension; ++d) {
    constexpr double h = 1e-4;
    Eigen::MatrixXd up = z, down = z;
    up(d, 0) += h;
    down(d, 0) -= h;
    const double slope = (at(*target, up).log_densities[0] - at(*target, down).log_densities[0]) / (2.0 * h);
    EXPECT_NEAR(gradient(d, 0), slope, 1e-5 * (1.0 + std::abs(slope))) << parameters[static_cast<std::size_t>(d)].name;
  }
}

TEST(SolverSpace, FlatPriorsAndGivenScalesLeaveTheSizeToTheUser) {
  const ParametersOptions parameters = {
      {"flat", {}},
      {"above", PriorOptions{"flat", {}}, 2.0},
      {"given", PriorOptions{"normal", {0.0, 1.0}}, -infinity, infinity, {{5.0, 2.0}}}};
  const Transforms transforms = transforms_of(parameters);
  EXPECT_EQ(transforms.of(0), Transform());
  EXPECT_EQ(transforms.of(1), (Transform{.lower = 2.0}));
  EXPECT_EQ(transforms.of(2).to_user(1.0), 7.0);
}

TEST(SolverSpace, WhatNoDoubleHoldsIsOutside) {
  const ParametersOptions parameters = {{"scale", PriorOptions{"half_cauchy", {1.0}}}};
  const auto target = in_solver_space(std::make_unique<PriorTarget>(parameters), parameters);
  const Evaluation evaluation = at(*target, Eigen::RowVector3d(0.5, 1e4, -1e4), true);
  ASSERT_EQ(evaluation.status.size(), 3U);
  EXPECT_EQ(evaluation.status[0], EvaluationStatus::value);
  EXPECT_EQ(evaluation.status[1], EvaluationStatus::outside_support);
  EXPECT_EQ(evaluation.log_densities[0], at(*target, Eigen::MatrixXd::Constant(1, 1, 0.5)).log_densities[0]);
  EXPECT_EQ(evaluation.gradients(0, 0), at(*target, Eigen::MatrixXd::Constant(1, 1, 0.5), true).gradients(0, 0));
  EXPECT_EQ(evaluation.status[2], EvaluationStatus::value) << "close to 0 there are doubles";
  EXPECT_LT(evaluation.log_densities[2], -1e3);
}

TEST(SolverSpace, OutputsArePassedOn) {
  const ParametersOptions parameters = {{"scale", PriorOptions{"half_cauchy", {1.0}}}};
  const auto target = in_solver_space(std::make_unique<PriorTarget>(parameters), parameters);
  ASSERT_EQ(target->outputs(), 2);
  const Eigen::RowVector3d z(0.5, 1e4, -0.5), inside(0.5, -0.5, 0.0);
  const Eigen::MatrixXd x = target->transforms().to_user(z), with_overflow = at(*target, z).outputs;
  ASSERT_EQ(with_overflow.rows(), 2);
  for (const Eigen::Index n : {0, 2}) EXPECT_EQ(with_overflow.col(n), Eigen::Vector2d::Constant(x(0, n)));
  EXPECT_TRUE(with_overflow.col(1).array().isNaN().all());
  EXPECT_EQ(at(*target, inside).outputs.row(1), target->transforms().to_user(inside));
}

TEST(SolverSpace, ANumberOfParametersThatDiffersIsAnError) {
  const ParametersOptions two = {{"a", {}}, {"b", {}}};
  try {
    in_solver_space(std::make_unique<PriorTarget>(ParametersOptions{{"a", {}}}), two);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::configuration);
    EXPECT_NE(std::string(error.what()).find("names 2 parameters (a, b), but the target has 1"), std::string::npos);
  }
}

TEST(SolverSpace, WithoutParametersNothingChanges) {
  auto target = std::make_unique<PriorTarget>(ParametersOptions{{"a", {}}});
  const Target* before = target.get();
  EXPECT_EQ(in_solver_space(std::move(target), {}).get(), before);
}

}  // namespace
}  // namespace gmmvi::problem
