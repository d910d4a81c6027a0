#include "strategy/resting.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace gmmvi::strategy {
namespace {

using Indices = std::vector<Eigen::Index>;

/// A component of that weight, before and after its last update, whose expected log ratio is `expected`.
ComponentRecord record(double weight, double expected, std::int64_t updates = 50) {
  return {.updates_received = updates, .expected_log_ratios = {expected, expected}, .history = {{0.0, weight}}};
}

/// As where batches are as small as components ask for.
Indices resting(std::span<const ComponentRecord> records, double negligible) {
  return strategy::resting(records, negligible, 0.0);
}

/// A component without weight that misses so many nats, and got `step` of them by each of the last updates.
ComponentRecord growing(double missing, double step) {
  ComponentRecord growing = record(1e-9, -missing);
  growing.expected_log_ratios.clear();
  for (int i = 7; i >= 0; --i) growing.expected_log_ratios.push_back(-missing - i * step);
  return growing;
}

TEST(Resting, AreLightComponentsOfWhichMoreWouldNotPay) {
  const std::vector<ComponentRecord> records = {record(0.6, -10.0), record(0.4, -12.0), record(1e-5, -11.0),
                                                record(1e-5, -10.7), record(0.002, -100.0)};
  // The mixture's expected log ratio is −10.8.
  EXPECT_EQ(resting(records, 1e-3), Indices{2});
  EXPECT_EQ(resting(records, 1e-2), (Indices{2, 4}));
  EXPECT_EQ(resting(records, 0.0), Indices{}) << "by default none rests";
}

TEST(Resting, NotWhereTheyWillSoonPay) {
  // Of 100 nats 20 updates more bring 20 steps.
  for (const double step : {5.1, 4.9, 0.0, -5.1})
    EXPECT_EQ(resting(std::vector{record(1.0, 0.0), growing(100.0, step)}, 1e-3), step > 5.0 ? Indices{} : Indices{1})
        << step;
}

TEST(Resting, NotBeforeAComponentHadItsFirstUpdates) {
  for (const std::int64_t updates : {0, 4, 5, 6})
    EXPECT_EQ(resting(std::vector{record(1.0, 0.0), record(1e-9, -50.0, updates)}, 1e-3),
              updates < 5 ? Indices{} : Indices{1})
        << updates;
}

TEST(Resting, NotWhereNobodyKnows) {
  ComponentRecord unknown = record(1e-9, -50.0);
  unknown.expected_log_ratios.clear();
  EXPECT_EQ(resting(std::vector{record(1.0, 0.0), unknown}, 1e-3), Indices{}) << "of an older program's run";
  unknown.history.clear();
  EXPECT_EQ(resting(std::vector{record(1.0, 0.0), unknown}, 1e-3), Indices{});
  EXPECT_EQ(resting(std::vector{unknown, unknown}, 1e-3), Indices{});
}

// So far away from the target that a weight is no number above 0.
TEST(Resting, WithoutAnyWeightAtAll) {
  ComponentRecord far = record(0.0, -5000.0);
  EXPECT_EQ(resting(std::vector{record(1.0, 0.0), far}, 1e-3), Indices{1});
  far.expected_log_ratios.front() = -6000.0;
  EXPECT_EQ(resting(std::vector{record(1.0, 0.0), far}, 1e-3), Indices{}) << "it comes nearer";
}

TEST(Resting, NeverAll) {
  EXPECT_EQ(resting(std::vector(3, record(1.0 / 3.0, -1.0)), 0.9), Indices{});
  EXPECT_EQ(resting(std::vector{record(0.3, -1.0), record(0.3, -1.0), record(0.2, -1.0)}, 0.9), Indices{2});
}

TEST(Resting, ButOfThoseThatWillSoonPayTheBestHaveTheirTurnFirst) {
  std::vector<ComponentRecord> records = {record(1.0, 0.0)};
  for (const double missing : {30.0, 10.0, 200.0, 20.0, 40.0}) records.push_back(growing(missing, 6.0));
  EXPECT_EQ(resting(records, 1e-3), (Indices{1, 3, 4, 5})) << "one at a time of few";
  EXPECT_EQ(strategy::resting(records, 1e-3, 2.9), (Indices{1, 3, 5})) << "two that a wide batch has room for";
  EXPECT_EQ(strategy::resting(records, 1e-3, 64.0), Indices{3});
  while (records.size() < 24) records.push_back(record(0.0, -1000.0));
  const Indices of_many = resting(records, 1e-3);
  EXPECT_EQ(of_many.front(), 3) << "three, of 24";
  EXPECT_EQ(of_many[1], 5);
}

TEST(Sleeping, AreThoseThatRestAndOfWhichSamplesSayNothing) {
  const std::vector<ComponentRecord> records = {record(1.0, 0.0), record(1e-9, -50.0), record(1e-9, -50.0),
                                                record(1e-9, -50.0), record(1e-9, -50.0)};
  const Eigen::VectorXd sizes{{30.0, 2.4, 2.5, 1.0, std::nan("")}};
  EXPECT_EQ(sleeping(records, {1, 2, 4}, sizes, 10.0), (Indices{1, 4}));
  EXPECT_EQ(sleeping(records, {}, sizes, 10.0), Indices{});
}

TEST(Resting, WithoutNumbersThatAreNone) {
  for (const double bad :
       {std::nan(""), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()})
    EXPECT_EQ(resting(std::vector{record(1.0, 0.0), record(1e-9, bad), record(1e-9, -50.0), growing(100.0, 6.0)}, 1e-3),
              Indices{2})
        << bad;
}

TEST(Sleeping, NotWhereTheRimOfTheSupportWasSeen) {
  std::vector<ComponentRecord> records = {record(1.0, 0.0), record(1e-9, -50.0)};
  records[1].promise.jump = 1.0;
  EXPECT_EQ(sleeping(records, {1}, Eigen::Vector2d(30.0, 1.0), 10.0), Indices{});
}

TEST(ExpectedLogRatios, AreCountedFromWhereAComponentWakes) {
  ComponentRecord record{.expected_log_ratios = {-5.0, -3.0}, .history = {}};
  record.slept = true;
  record.remember_expected(-10.0, 3);
  EXPECT_EQ(record.expected_log_ratios, (std::vector<double>{-12.0, -10.0}));
  record.slept = false;
  record.remember_expected(-9.0, 3);
  record.remember_expected(-8.0, 3);
  EXPECT_EQ(record.expected_log_ratios, (std::vector<double>{-10.0, -9.0, -8.0}));
}

// A component that sleeps keeps its weight, and what the ELBO loses by it.
TEST(Sleeping, NotWhereItsWeightCosts) {
  for (const double weight : {1e-4, 1e-6})
    EXPECT_EQ(sleeping(std::vector{record(1.0, 0.0), record(weight, -100.0)}, {1}, Eigen::Vector2d(30.0, 1.0), 10.0),
              weight > 1e-5 ? Indices{} : Indices{1});
}

}  // namespace
}  // namespace gmmvi::strategy
