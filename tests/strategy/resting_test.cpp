#include "strategy/resting.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace gmmvi::strategy {
namespace {

using Indices = std::vector<Eigen::Index>;

/// A component of that weight, before and after its last update, whose expected log ratio is `expected`.
ComponentRecord record(double weight, double expected, double temperature = 1.0, std::int64_t updates = 50) {
  const ComponentRecord::Outcome outcome{temperature * std::log(weight) + expected, weight};
  return {.updates_received = updates, .history = {outcome, outcome}};
}

TEST(Resting, AreLightComponentsOfWhichMoreWouldNotPay) {
  const std::vector<ComponentRecord> records = {record(0.6, -10.0), record(0.4, -12.0), record(1e-5, -11.0),
                                                record(1e-5, -10.7), record(0.002, -100.0)};
  // The mixture's expected log ratio is −10.8.
  EXPECT_EQ(resting(records, 1e-3, 1.0), Indices{2});
  EXPECT_EQ(resting(records, 1e-2, 1.0), (Indices{2, 4}));
  EXPECT_EQ(resting(records, 0.0, 1.0), Indices{}) << "by default none rests";
}

TEST(Resting, AtAnyTemperature) {
  for (const double temperature : {0.1, 1.0, 7.0}) {
    const std::vector<ComponentRecord> records = {record(1.0, -10.0, temperature), record(1e-9, -9.9, temperature),
                                                  record(1e-9, -10.1, temperature)};
    EXPECT_EQ(resting(records, 1e-3, temperature), Indices{2}) << temperature;
  }
}

TEST(Resting, NotWhereTheyWillSoonPay) {
  const auto growing = [](double from, double step) {
    ComponentRecord record;
    record.updates_received = 50;
    for (int i = 0; i < 8; ++i) record.history.push_back({std::log(1e-9) + from + i * step, 1e-9});
    return record;
  };
  // After seven steps 100 nats are missing, of which 20 updates more bring 20 steps.
  for (const double step : {5.1, 4.9, 0.0, -5.1})
    EXPECT_EQ(resting(std::vector{record(1.0, 0.0), growing(-100.0 - 7.0 * step, step)}, 1e-3, 1.0),
              step > 5.0 ? Indices{} : Indices{1})
        << step;
}

TEST(Resting, NotBeforeAComponentHadItsFirstUpdates) {
  for (const std::int64_t updates : {0, 4, 5, 6})
    EXPECT_EQ(resting(std::vector{record(1.0, 0.0), record(1e-9, -50.0, 1.0, updates)}, 1e-3, 1.0),
              updates < 5 ? Indices{} : Indices{1})
        << updates;
  ComponentRecord young = record(1e-9, -50.0);
  for (const std::size_t outcomes : {1, 0}) {
    young.history.resize(outcomes);
    EXPECT_EQ(resting(std::vector{record(1.0, 0.0), young}, 1e-3, 1.0), Indices{});
    EXPECT_EQ(resting(std::vector{young, young}, 1e-3, 1.0), Indices{});
  }
}

TEST(Resting, NeverAll) {
  EXPECT_EQ(resting(std::vector(3, record(1.0 / 3.0, -1.0)), 0.9, 1.0), Indices{});
  EXPECT_EQ(resting(std::vector{record(0.3, -1.0), record(0.3, -1.0), record(0.2, -1.0)}, 0.9, 1.0), Indices{2});
}

}  // namespace
}  // namespace gmmvi::strategy
