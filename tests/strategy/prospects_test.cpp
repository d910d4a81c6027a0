#include "strategy/prospects.hpp"

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include <Eigen/LU>
#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi::strategy {
namespace {

using Covariance = FullCovariance;

/// Of a component whose expected log ratios were these, the last one now, at a weight that stays.
ComponentRecord record(double weight, const std::vector<double>& expected, double temperature = 1.0) {
  ComponentRecord record;
  record.updates_received = static_cast<std::int64_t>(expected.size());
  for (const double e : expected) record.history.push_back({e + temperature * std::log(weight), weight});
  return record;
}

TEST(Growth, IsThatOfTheMeanOfTheLastIterationsAgainstThoseBefore) {
  for (const double temperature : {0.2, 1.0}) {
    const std::vector<ComponentRecord> records = {record(0.75, {-9.0, -8.0, -4.0, -2.0, -1.0}, temperature),
                                                  record(0.25, {0.0, -5.0, -5.0, 3.0, 3.0}, temperature)};
    const double now = 0.75 * -1.5 + 0.25 * 3.0, before = 0.75 * -6.0 + 0.25 * -5.0;
    EXPECT_NEAR(*growth(records, 2, temperature), (now - before) / 2.0, 1e-13);
    EXPECT_NEAR(*growth(records, 1, temperature), 0.75 * 1.0 + 0.25 * 0.0, 1e-13);
    EXPECT_EQ(growth(records, 3, temperature), std::nullopt) << "there are five iterations";
  }
  EXPECT_EQ(growth({}, 1, 1.0), std::nullopt);
}

TEST(Growth, IsOfTheComponentsThatWereThere) {
  const std::vector<ComponentRecord> records = {record(0.5, {-9.0, -8.0, -4.0, -2.0}), record(0.5, {-6.0, -2.0})};
  EXPECT_NEAR(*growth(records, 2, 1.0), ((-5.0 - 2.0) / 2.0 - -8.5) / 2.0, 1e-13);
  std::vector<ComponentRecord> weightless = records;
  weightless.push_back(record(1e-29, {-1e9, 1e9, -1e9, 1e9}));
  EXPECT_NEAR(*growth(weightless, 2, 1.0), *growth(records, 2, 1.0), 1e-13);
}

TEST(ProspectiveWeights, LeaveOutWhatHadItsTimeAndCountOnTheYoung) {
  std::vector<ComponentRecord> records(4);
  for (auto& record : records) record.updates_received = 50;
  records[3].updates_received = 3;
  const Eigen::VectorXd prospective =
      prospective_weights(records, Eigen::Vector4d(0.7, 0.3, 0.002, 1e-29));  // an equal share is a quarter
  EXPECT_EQ(prospective, Eigen::Vector4d(0.7, 0.3, 0.0, 0.25));
  EXPECT_EQ(prospective_weights(records, Eigen::Vector4d(0.1, 0.2, 0.003, 0.697)),
            Eigen::Vector4d(0.1, 0.2, 0.003, 0.697));
  records[3].pauses = 7;
  EXPECT_EQ(prospective_weights(records, Eigen::Vector4d(0.7, 0.3, 0.002, 1e-29)), Eigen::Vector4d(0.7, 0.3, 0.0, 0.0))
      << "one that sleeps is not young";
}

Eigen::MatrixXd positive_definite(std::uint64_t seed) {
  return test::covariance_with_condition(4, 10.0, seed).matrix();
}

GaussianPointer<Covariance> gaussian(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance) {
  return std::make_shared<const Gaussian<Covariance>>(mean, *Covariance::from_matrix(covariance));
}

// In four dimensions the reach is five standard deviations.
TEST(ModesApart, AreOutOfEachOthersReach) {
  const auto round = [](double at, double deviation) {
    return gaussian(Eigen::Vector4d(at, 0.0, 0.0, 0.0), deviation * deviation * Eigen::Matrix4d::Identity());
  };
  const auto apart = [](std::vector<GaussianPointer<Covariance>> gaussians, const Eigen::VectorXd& weights) {
    return has_modes_apart(Mixture<Covariance>(std::move(gaussians), weights));
  };
  EXPECT_FALSE(apart({round(0.0, 1.0)}, Eigen::VectorXd::Ones(1)));
  EXPECT_FALSE(apart({round(0.0, 1.0), round(4.9, 1.0)}, Eigen::Vector2d(0.5, 0.5)));
  EXPECT_TRUE(apart({round(0.0, 1.0), round(5.1, 1.0)}, Eigen::Vector2d(0.5, 0.5)));
  EXPECT_FALSE(apart({round(0.0, 1.0), round(5.1, 1.1)}, Eigen::Vector2d(0.5, 0.5))) << "one of them reaches the other";
  EXPECT_FALSE(apart({round(0.0, 1.0), round(5.1, 1.0)}, Eigen::Vector2d(1.0, 1e-3))) << "that is without weight";
  EXPECT_TRUE(apart({round(0.0, 1.0), round(5.1, 1.0), round(2.0, 9.0)}, Eigen::Vector3d(0.5, 0.5, 1e-9)))
      << "what is without weight reaches nobody";
  EXPECT_FALSE(apart({round(0.0, 1.0), round(9.0, 1.0), round(10.0, 1.0)}, Eigen::Vector3d::Ones())) << "one of them";
}

// A component with the shape of a mode explains it from everywhere; what it says of other modes is out of its reach.
TEST(Explained, IsWhatLiesAtTheFlanksOfAComponent) {
  const Eigen::Index d = 4;
  const Eigen::MatrixXd a = positive_definite(1), b = positive_definite(2);
  const Eigen::VectorXd at_a = Eigen::VectorXd::Zero(d), at_b = Eigen::VectorXd::Constant(d, 40.0);
  const Mixture<Covariance> of_a({gaussian(at_a, a)}, Eigen::VectorXd::Ones(1));
  const Mixture<Covariance> of_both({gaussian(at_a, a), gaussian(at_b, b)}, Eigen::Vector2d(0.9, 0.1));
  Eigen::MatrixXd samples(d, 6);
  for (Eigen::Index n = 0; n < samples.cols(); ++n)
    samples.col(n) = Eigen::VectorXd::Constant(d, 30.0 * static_cast<double>(n) - 60.0);
  const std::vector<Eigen::Index> all = {0, 1, 2, 3, 4, 5};
  const auto gradients = [&](const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance) -> Eigen::MatrixXd {
    return -covariance.inverse() * (samples.colwise() - mean);
  };
  const Eigen::VectorXd yes = Eigen::VectorXd::Ones(6), no = Eigen::VectorXd::Zero(6);
  EXPECT_EQ(explained(of_a, samples, gradients(at_a, a), all), yes);
  EXPECT_EQ(explained(of_a, samples, gradients(at_b, a), all), no);
  EXPECT_EQ(explained(of_both, samples, gradients(at_b, b), all), yes);
  Eigen::VectorXd some = Eigen::VectorXd::Zero(6);
  some[1] = some[4] = 1.0;
  EXPECT_EQ(explained(of_a, samples, gradients(at_a, a), std::vector<Eigen::Index>{1, 4}), some);
}

TEST(Explained, CountsWhereNoGradientIsKnown) {
  const Mixture<Covariance> mixture({gaussian(Eigen::Vector2d::Zero(), Eigen::Matrix2d::Identity())},
                                    Eigen::VectorXd::Ones(1));
  const Eigen::MatrixXd samples = Eigen::MatrixXd::Constant(2, 3, 100.0);
  Eigen::MatrixXd gradients = Eigen::MatrixXd::Zero(2, 3);
  gradients(0, 1) = std::nan("");
  gradients(1, 2) = 1.0;
  EXPECT_EQ(explained(mixture, samples, gradients, std::vector<Eigen::Index>{0, 1, 2}), Eigen::Vector3d(1.0, 1.0, 0.0));
}

// The edge is at the reach, in the component's standard deviations.
TEST(Explained, EndsAtTheReach) {
  const double reach_of_two = std::sqrt(2.0) + 3.0;
  for (const double deviations : {reach_of_two - 1e-9, reach_of_two + 1e-9}) {
    const Eigen::Vector2d mean(3.0, -1.0), sample(50.0, 60.0), mode(3.0 + 0.5 * deviations, -1.0);
    const Mixture<Covariance> mixture({gaussian(mean, Eigen::Vector2d(0.25, 4.0).asDiagonal())},
                                      Eigen::VectorXd::Ones(1));
    const Eigen::Vector2d gradient = Eigen::Vector2d(4.0, 0.25).cwiseProduct(mode - sample);
    EXPECT_EQ(explained(mixture, sample, gradient, std::vector<Eigen::Index>{0})[0],
              deviations < reach_of_two ? 1.0 : 0.0);
  }
}

}  // namespace
}  // namespace gmmvi::strategy
