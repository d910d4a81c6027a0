#include "runner/probe.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "normal_target.hpp"

namespace gmmvi::runner {
namespace {

/// A constant, or whatever stands for it.
class Constant : public Target {
 public:
  explicit Constant(double value, double slope = 0.0) : value_(value), slope_(slope) {}
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return true; }
  Eigen::Index group_size() const override { return 32; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>,
                      bool want_gradients) override {
    Evaluation evaluation = Evaluation::of_size(2, samples.cols(), want_gradients);
    evaluation.log_densities.setConstant(value_);
    if (want_gradients) evaluation.gradients.setConstant(slope_);
    return evaluation;
  }

 private:
  double value_, slope_;
};

std::string failure_of(Target& target) {
  try {
    probe(target, Eigen::Vector2d::Zero(), true);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::unavailable);
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

TEST(Probe, EvaluatesOnceAtThePoint) {
  int evaluations = 0;
  test::NormalTarget target([&] { ++evaluations; });
  const Probe found = probe(target, Eigen::Vector2d(3, 4), true);
  EXPECT_EQ(evaluations, 1);
  EXPECT_EQ(found.log_density, -12.5);
  EXPECT_EQ(found.gradient_norm, 5.0);
  EXPECT_GE(found.seconds, 0.0);
  EXPECT_NE(to_text(found).find("log density -12.5, gradient of norm 5 (finite), "), std::string::npos)
      << to_text(found);
  EXPECT_FALSE(probe(target, Eigen::Vector2d(3, 4), false).gradient_norm);
}

TEST(Probe, OutsideTheSupportIsNoFailure) {
  Constant target(-std::numeric_limits<double>::infinity());
  const Probe found = probe(target, Eigen::Vector2d::Zero(), true);
  EXPECT_EQ(found.log_density, -std::numeric_limits<double>::infinity());
  EXPECT_FALSE(found.gradient_norm);
  EXPECT_NE(to_text(found).find("log density -inf (outside the support), "), std::string::npos) << to_text(found);
}

TEST(Probe, FailuresSayWhy) {
  test::NormalTarget broken([] { throw std::runtime_error("no licence"); });
  EXPECT_NE(failure_of(broken).find("no licence"), std::string::npos);
  Constant nan(std::nan(""));
  EXPECT_NE(failure_of(nan).find("log density nan"), std::string::npos);
  Constant steep(1.0, std::numeric_limits<double>::infinity());
  EXPECT_NE(failure_of(steep).find("gradient that is not finite"), std::string::npos);
}

}  // namespace
}  // namespace gmmvi::runner
