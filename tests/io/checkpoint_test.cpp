#include "io/checkpoint.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "core/checksum.hpp"

namespace gmmvi::io {
namespace {

/// Every field has a value of its own.
Checkpoint full() {
  Checkpoint c;
  c.solver.covariance = "full";
  c.solver.dimension = 2;
  c.solver.ids = {3, 7};
  c.solver.next_id = 12;
  c.solver.log_weights = {-0.5, -std::numeric_limits<double>::infinity()};
  c.solver.gaussians = {1.0 / 3.0, -0.0, 5e-324, 2.0};
  c.solver.in_database = {-1, 4};
  c.solver.records = {
      {.id = 3,
       .stepsize = 0.25,
       .updates_received = 9,
       .pauses = 4,
       .slept = true,
       .ridge = 1e-7,
       .headroom = {1.75, 1.0},
       .promise =
           {.before = -2.5, .jump = 3.5, .outstanding = 0.125, .promised = 0.375, .missing = -0.0625, .fresh = 0.1875},
       .expected_log_ratios = {-0.75, -1.25},
       .history = {{-1.5, 0.75}}},
      {.id = 7, .stepsize = 0.5, .updates_received = 1, .ridge = 1e-9, .history = {}}};
  c.solver.weight_stepsize = 0.125;
  c.solver.weight_updates = 8;
  c.solver.last_weight_objective = -17.0;
  c.solver.has_last_weight_objective = true;
  c.solver.additions = 5;
  c.solver.iterations = 10;
  c.solver.updates = 6;
  c.solver.evaluations = 1000;
  c.solver.failures = 11;
  c.solver.samples = 200;
  c.solver.failed_samples = 7;
  c.solver.failures_in_a_row = 2;
  c.solver.database = {.batches = {{.number = 4, .first = 0, .count = 2, .reusable = false}, {5, 2, 1, true}},
                       .mapping = {0, 1, 1},
                       .positions = {2, 3, 0},
                       .gaussians = {0.1, 0.2},
                       .samples_written = 77,
                       .batches_written = 6,
                       .generation = 1};
  c.solver.in_flight = {
      {.number = 6, .iteration = 11, .narrowed = true, .gaussians = {0, 2}, .ids = {3, 9}, .counts = {4, 1}}};
  c.solver.in_flight_gaussians = {0.5, -2.0};
  c.solver.in_flight_in_database = {3};
  c.solver.learnt = {{.adapting = true,
                      .additions = 2,
                      .elsewhere = true,
                      .database_candidates = 12,
                      .prior_candidates = 13,
                      .ids = {3},
                      .next_id = 4,
                      .log_weights = {0.0},
                      .gaussians = {1.5, 2.5},
                      .batch_was_usable = true,
                      .new_samples = 14,
                      .reused_samples = 15,
                      .refused_updates = 16,
                      .without_outputs = 17,
                      .fraction_outside = 0.25,
                      .has_elbo_estimate = true,
                      .elbo_estimate = -0.75}};
  c.wall_seconds = 3.5;
  c.algorithm_seconds = 2.5;
  c.metrics_seconds = 0.5;
  c.metrics_evaluations = 40;
  c.best_estimate = -1.25;
  c.best_iteration = 9;
  c.fingerprint = "who";
  return c;
}

TEST(Checkpoint, IsReadAsItWasWritten) {
  const Checkpoint again = checkpoint_of(to_bytes(full()));
  const Checkpoint& was = full();
  EXPECT_EQ(to_bytes(again), to_bytes(was));
  EXPECT_EQ(again.solver.covariance, was.solver.covariance);
  EXPECT_EQ(again.solver.ids, was.solver.ids);
  EXPECT_EQ(again.solver.log_weights, was.solver.log_weights);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(again.solver.gaussians[1]), std::bit_cast<std::uint64_t>(-0.0));
  EXPECT_EQ(again.solver.records.at(0).history.at(0).reward, -1.5);
  EXPECT_EQ(again.solver.records.at(1).stepsize, 0.5);
  EXPECT_EQ(again.solver.database.batches.at(0).number, 4U);
  EXPECT_FALSE(again.solver.database.batches.at(0).reusable);
  EXPECT_EQ(again.solver.database.positions, was.solver.database.positions);
  EXPECT_EQ(again.best_iteration, 9);
  EXPECT_EQ(again.fingerprint, "who");
}

// Every field is in the file: another value of it makes another file.
TEST(Checkpoint, LeavesNothingOut) {
  const auto differs = [](auto change) {
    Checkpoint changed = full();
    change(changed);
    return to_bytes(changed) != to_bytes(full());
  };
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.dimension; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.next_id; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.in_database[0]; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.records[0].updates_received; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.records[0].pauses; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].slept = false; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].ridge *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].headroom[1] *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].promise.before *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].promise.jump *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].promise.outstanding *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].promise.promised *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].promise.missing *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].promise.fresh *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].history[0].weight *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.records[0].expected_log_ratios[1] *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.weight_stepsize *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.weight_updates; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.last_weight_objective *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.has_last_weight_objective = false; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.additions; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.iterations; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.updates; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.evaluations; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.failures; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.samples; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.failed_samples; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.failures_in_a_row; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.database.batches[1].first; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.database.batches[1].count; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.database.mapping[0]; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.database.gaussians[0] *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.database.samples_written; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.database.batches_written; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.database.generation; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.in_flight[0].number; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.in_flight[0].iteration; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.in_flight[0].narrowed = false; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.in_flight[0].gaussians[1]; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.in_flight[0].ids[1]; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.in_flight[0].counts[1]; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.in_flight_gaussians[0] *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.in_flight_in_database[0]; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.learnt.clear(); }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.learnt[0].adapting = false; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.learnt[0].additions = 1; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.learnt[0].elsewhere = false; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.learnt[0].database_candidates; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.learnt[0].prior_candidates; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.learnt[0].ids[0]; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.learnt[0].next_id; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.learnt[0].log_weights[0]; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.learnt[0].gaussians[0] *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.learnt[0].batch_was_usable = false; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.learnt[0].new_samples; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.learnt[0].reused_samples; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.learnt[0].refused_updates; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.solver.learnt[0].without_outputs; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.learnt[0].fraction_outside *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.learnt[0].has_elbo_estimate = false; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.solver.learnt[0].elbo_estimate *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.wall_seconds *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.algorithm_seconds *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.metrics_seconds *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { ++c.metrics_evaluations; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.best_estimate *= 2; }));
  EXPECT_TRUE(differs([](Checkpoint& c) { c.fingerprint = "other"; }));
}

// It ends where the fingerprint begins.
TEST(Checkpoint, OfTheFirstFormatIsRead) {
  Checkpoint without = full();
  without.fingerprint.reset();
  const std::string empty_text(8, '\0');
  std::string bytes = to_bytes(without);
  ASSERT_EQ(bytes.substr(bytes.size() - 8), empty_text);
  bytes.resize(bytes.size() - 8);
  const auto put = [&](std::size_t at, std::uint32_t number) {
    std::memcpy(bytes.data() + at, &number, sizeof number);
  };
  put(8, 1);
  put(12, core::checksum(std::string_view(bytes).substr(16)));
  const Checkpoint again = checkpoint_of(bytes);
  EXPECT_EQ(again.best_iteration, 9);
  EXPECT_EQ(again.solver.evaluations, 1000);
  EXPECT_EQ(again.fingerprint, std::nullopt);
  put(8, 3);
  EXPECT_THROW(checkpoint_of(bytes), Error);
}

// Each of its evaluations was one of a sample, so that it has no numbers of samples.
TEST(Checkpoint, OfASolverThatCountedEvaluationsAloneIsRead) {
  Checkpoint other = full();
  other.solver.samples = ~full().solver.samples;  // in which every bit differs
  std::string bytes = to_bytes(full());
  const std::string others = to_bytes(other);
  constexpr std::size_t header = 16;
  const auto [samples, _] = std::mismatch(bytes.begin() + header, bytes.end(), others.begin() + header);
  bytes.erase(samples, samples + 16);
  const std::size_t version = bytes.find("full") - 8 - 4;  // before the length of the name of its covariances
  ASSERT_EQ(bytes.substr(version, 4), std::string("\3\0\0\0", 4));
  bytes[version] = 2;
  const auto sum = core::checksum(std::string_view(bytes).substr(header));
  std::memcpy(bytes.data() + 12, &sum, sizeof sum);
  const Checkpoint again = checkpoint_of(bytes);
  EXPECT_EQ(again.solver.samples, 1000);
  EXPECT_EQ(again.solver.failed_samples, 11);
  EXPECT_EQ(again.solver.failures_in_a_row, 2);
  EXPECT_EQ(again.solver.learnt.at(0).elbo_estimate, -0.75);
  EXPECT_EQ(again.best_iteration, 9);
}

// Whatever else stands in its byte would be undefined.
TEST(Checkpoint, HasOnlyTruthValuesThatAreTrueOrFalse) {
  Checkpoint other = full();
  other.solver.has_last_weight_objective = false;
  std::string bytes = to_bytes(full());
  const std::string others = to_bytes(other);
  std::size_t at = 16;  // behind the header
  while (bytes[at] == others[at]) ++at;
  ASSERT_EQ(bytes[at], 1);
  bytes[at] = 47;
  const auto sum = core::checksum(std::string_view(bytes).substr(16));
  std::memcpy(bytes.data() + 12, &sum, sizeof sum);
  try {
    checkpoint_of(bytes);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_STREQ(error.what(), "its content cannot be read (it has 47 where true or false belongs)");
  }
}

TEST(Checkpoint, AnyDamageIsSeen) {
  const std::string whole = to_bytes(full());
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_THROW(checkpoint_of(whole.substr(0, cut)), Error) << "cut at " << cut;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_THROW(checkpoint_of(damaged), Error) << "byte " << at;
  }
}

TEST(Checkpoint, CountsBeyondItsEndAskForNoMemory) {
  const std::string bytes = to_bytes(full());
  constexpr std::size_t header = 16;
  int refused = 0;
  for (std::size_t at = header; at + 8 <= bytes.size(); ++at) {
    std::string damaged = bytes;
    constexpr std::uint64_t count = std::uint64_t{1} << 34;
    std::memcpy(damaged.data() + at, &count, sizeof count);
    const std::uint32_t sum = core::checksum(std::string_view(damaged).substr(header));
    std::memcpy(damaged.data() + 12, &sum, sizeof sum);
    try {
      checkpoint_of(damaged);
    } catch (const Error& error) {
      refused += std::string(error.what()).find("it counts 17179869184, and has ") != std::string::npos;
    }
  }
  EXPECT_GE(refused, 10) << "the vectors, and the texts";
}

}  // namespace
}  // namespace gmmvi::io
