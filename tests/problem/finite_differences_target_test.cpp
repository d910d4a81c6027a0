#include "problem/finite_differences_target.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gmmvi::problem {
namespace {

using Scheme = FiniteDifferencesOptions::Scheme;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// A log density of two parameters, without gradients.
class Blind final : public Target {
 public:
  explicit Blind(std::function<double(const Eigen::VectorXd&)> function) : function_(std::move(function)) {}

  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return false; }
  Eigen::Index group_size() const override { return 3; }
  bool works_in_teams() const override { return true; }
  void interrupt() override { ++interruptions; }
  std::vector<std::string> parameter_names() const override { return {"a", "b"}; }

  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    EXPECT_FALSE(want_gradients);
    EXPECT_LE(samples.cols(), group_size());
    EXPECT_EQ(static_cast<Eigen::Index>(ids.size()), samples.cols());
    Evaluation evaluation = Evaluation::of_size(2, samples.cols(), false);
    for (Eigen::Index n = 0; n < samples.cols(); ++n) {
      evaluation.log_densities[n] = function_(samples.col(n));
      positions.push_back(ids[static_cast<std::size_t>(n)].position);
    }
    return evaluation;
  }

  std::vector<std::uint64_t> positions;
  int interruptions = 0;

 private:
  std::function<double(const Eigen::VectorXd&)> function_;
};

double curved(const Eigen::VectorXd& x) {
  return std::sin(x[0]) - x[0] * x[1] * x[1];
}

Eigen::Vector2d gradient_of_curved(const Eigen::VectorXd& x) {
  return {std::cos(x[0]) - x[1] * x[1], -2.0 * x[0] * x[1]};
}

struct Differences {
  explicit Differences(std::function<double(const Eigen::VectorXd&)> function, Scheme scheme = Scheme::central,
                       double step = 1e-4)
      : owned(std::make_unique<Blind>(std::move(function))), inner(*owned), target(std::move(owned), {scheme, step}) {}

  std::unique_ptr<Blind> owned;
  Blind& inner;
  FiniteDifferencesTarget target;

  Evaluation operator()(const Eigen::MatrixXd& samples, bool gradients = true) {
    std::vector<SampleId> ids;
    for (Eigen::Index n = 0; n < samples.cols(); ++n) ids.push_back({7, static_cast<std::uint64_t>(n)});
    return target.evaluate(samples, ids, gradients);
  }
};

const Eigen::MatrixXd samples{{0.3, -1.2, 2.0}, {0.7, 0.0, -0.5}};

TEST(FiniteDifferences, AreGradientsUpToTheOrderOfTheirScheme) {
  const auto error = [](Scheme scheme, double step) {
    Differences differences(curved, scheme, step);
    const Evaluation evaluation = differences(samples);
    double largest = 0.0;
    for (Eigen::Index n = 0; n < samples.cols(); ++n) {
      EXPECT_EQ(evaluation.log_densities[n], curved(samples.col(n)));
      largest =
          std::max(largest, (evaluation.gradients.col(n) - gradient_of_curved(samples.col(n))).cwiseAbs().maxCoeff());
    }
    return largest;
  };
  EXPECT_NEAR(error(Scheme::forward, 1e-2) / error(Scheme::forward, 1e-3), 10.0, 0.5);
  EXPECT_NEAR(error(Scheme::central, 1e-2) / error(Scheme::central, 1e-3), 100.0, 5.0);
  EXPECT_LT(error(Scheme::central, 1e-4), 1e-8);
}

TEST(FiniteDifferences, TakeNoMoreEvaluationsThanTheyNeed) {
  Differences forward(curved, Scheme::forward), central(curved, Scheme::central);
  forward(samples);
  EXPECT_EQ(forward.inner.positions, (std::vector<std::uint64_t>{0, 1, 2, 0, 0, 1, 1, 2, 2})) << "of the samples";
  central(samples);
  EXPECT_EQ(central.inner.positions.size(), 15);
  central.inner.positions.clear();
  EXPECT_EQ(central(samples, false).gradients.size(), 0);
  EXPECT_EQ(central.inner.positions.size(), 3);
}

TEST(FiniteDifferences, AreOneSidedAtTheRim) {
  const auto cut = [](const Eigen::VectorXd& x) { return x[0] <= 0.3 && x[1] >= 0.7 ? curved(x) : -infinity; };
  for (const Scheme scheme : {Scheme::forward, Scheme::central}) {
    Differences differences(cut, scheme);
    const Eigen::MatrixXd rim = samples.col(0);
    EXPECT_TRUE(differences(rim).gradients.col(0).isApprox(gradient_of_curved(rim), 1e-3));
    EXPECT_EQ(differences.inner.positions.size(), scheme == Scheme::central ? 5 : 4);
  }
}

TEST(FiniteDifferences, AreNoneWhereNeitherSideIsSupported) {
  const auto slit = [](const Eigen::VectorXd& x) { return x[0] == 0.3 ? curved(x) : -infinity; };
  for (const Scheme scheme : {Scheme::forward, Scheme::central}) {
    Differences differences(slit, scheme);
    const Evaluation evaluation = differences(samples);
    EXPECT_TRUE(std::isnan(evaluation.gradients(0, 0)));
    EXPECT_EQ(evaluation.log_densities[1], -infinity);
    EXPECT_EQ(evaluation.gradients.col(1), Eigen::Vector2d::Zero());
    EXPECT_LE(differences.inner.positions.size(), 3 + 4) << "none beside samples without a density";
  }
}

TEST(FiniteDifferences, FailWhereAnEvaluationFails) {
  const auto hole = [](const Eigen::VectorXd& x) { return x[1] > 0.7 ? NAN : curved(x); };
  Differences differences(hole);
  const Evaluation evaluation = differences(samples);
  EXPECT_FALSE(evaluation.gradients.col(0).allFinite());
  EXPECT_TRUE(evaluation.gradients.col(1).allFinite());
  const auto bad = [](const Eigen::VectorXd& x) { return x[1] == 0.7 ? NAN : curved(x); };
  EXPECT_TRUE(std::isnan(Differences(bad)(samples).log_densities[0]));
  const auto throwing = [](const Eigen::VectorXd& x) {
    if (x[1] > 0.7) throw std::runtime_error("did not converge");
    return curved(x);
  };
  Differences broken(throwing);
  EXPECT_THROW(broken(samples), std::runtime_error);
}

TEST(FiniteDifferences, AreTheSameEvaluationsOnAllRanksOfATeam) {
  EXPECT_TRUE(Differences(curved, Scheme::central).target.works_in_teams());
  EXPECT_FALSE(Differences(curved, Scheme::forward).target.works_in_teams());
  // Another rank than the first may see other numbers.
  Differences first(curved), other([](const Eigen::VectorXd&) { return -infinity; });
  for (Differences* each : {&first, &other}) {
    each->target.join({.rank = 0, .size = 2});
    (*each)(samples);
  }
  EXPECT_EQ(first.inner.positions, other.inner.positions);
}

TEST(FiniteDifferences, AreOtherwiseTheTargetWithin) {
  Differences differences(curved);
  EXPECT_TRUE(differences.target.has_gradients());
  EXPECT_EQ(differences.target.group_size(), 3);
  EXPECT_EQ(differences.target.parameter_names(), (std::vector<std::string>{"a", "b"}));
  differences.target.interrupt();
  EXPECT_EQ(differences.inner.interruptions, 1);
}

}  // namespace
}  // namespace gmmvi::problem
