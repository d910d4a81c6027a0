#include "external/process_server.hpp"

#include <atomic>
#include <cmath>
#include <future>
#include <limits>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "external/calls.hpp"
#include "external/processes.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::external {
namespace {

using test::contains;
using test::ends_with;
using test::evaluate;
using test::message_of;
using test::starts_with;

constexpr double infinity = std::numeric_limits<double>::infinity();
const Eigen::Vector2d three(1.0, 2.0);  // by their sum

ProcessOptions options(const std::string& json = "{}", std::vector<std::string> arguments = {}) {
  std::vector<std::string> command = {"python3", GMMVI_TEST_PROGRAMS "/server.py"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ProcessOptions options;
  options.command = command;
  options.options = json;
  options.program.kill_grace = 0.2;
  return options;
}

Start start(bool returns_outputs = false) {
  return {.parameters = {"a", "b"}, .rank = 0, .slot = 0, .returns_outputs = returns_outputs};
}

/// That the second question goes wrong, and how.
std::string wrong_at_two(const std::string& failure, const std::string& more = "") {
  return R"({"failures": {"2": )" + Json(failure).dump() + "}" + more + "}";
}

/// What is said instead of answers to the questions 1, 2, …
std::string instead(const std::vector<std::string>& said, const std::string& more = "") {
  Json failures;
  for (std::size_t i = 0; i < said.size(); ++i) failures[std::to_string(i + 1)] = said[i];
  return R"({"failures": )" + failures.dump() + more + "}";
}

void expect_works(ProcessServer& server) {
  EXPECT_EQ(evaluate(server, three).outputs(0, 0), -4.5);
}

TEST(ProcessServer, GivesLogDensitiesAndGradients) {
  ProcessServer server(options(), start());
  EXPECT_EQ(server.dimension(), 2);
  EXPECT_EQ(server.outputs(), 1);
  EXPECT_EQ(server.group_size(), 1);
  EXPECT_TRUE(server.has_gradients());
  const Answer answer = evaluate(server, three, true);
  EXPECT_EQ(answer.outputs(0, 0), -4.5);
  EXPECT_EQ(answer.gradients, Eigen::Vector2d(-3.0, -3.0));
  EXPECT_EQ(answer.status, std::vector{EvaluationStatus::value});
  EXPECT_EQ(evaluate(server, three).gradients.size(), 0);
}

TEST(ProcessServer, NumbersArriveAsTheyWere) {
  ProcessServer server(options(), start());
  for (const double x : {0.1, 1.0 / 3.0, 1e-300, 12345678.9012345678, std::nextafter(1.0, 2.0)})
    EXPECT_EQ(evaluate(server, Eigen::Vector2d(x, 0.0), true).gradients(0, 0), -x);
  EXPECT_TRUE(contains(message_of([&] { evaluate(server, Eigen::Vector2d(NAN, 0.0)); }), "nan"));
}

TEST(ProcessServer, GivesOutputsWithTheChainRule) {
  ProcessServer server(options(R"({"can": {"outputs": 2}, "outputs": true})"), start(true));
  EXPECT_EQ(server.outputs(), 2);
  const Answer answer = evaluate(server, three, true, Eigen::Vector2d(0.5, 10.0));
  EXPECT_EQ(answer.outputs, Eigen::Vector2d(3.0, 6.0));
  EXPECT_EQ(answer.gradients, Eigen::Vector2d(20.5, 20.5));
}

TEST(ProcessServer, GroupsFailOneByOne) {
  ProcessServer server(options(R"({"can": {"group_size": 3}})"), start());
  EXPECT_EQ(server.group_size(), 3);
  Eigen::MatrixXd samples(2, 3);
  samples << 1, 13, 2, 0, 0, 0;
  const Answer answer = evaluate(server, samples, true);
  EXPECT_EQ(answer.status, (std::vector{EvaluationStatus::value, EvaluationStatus::failure, EvaluationStatus::value}));
  EXPECT_EQ(answer.outputs(0, 2), -2.0);
  EXPECT_EQ(answer.gradients.col(0), Eigen::Vector2d(-1.0, -1.0));
  EXPECT_TRUE(contains(message_of([&] { evaluate(server, samples.col(1)); }), "unlucky"));
}

TEST(ProcessServer, SeedsAreHandedOver) {
  ProcessServer server(options(R"({"seed": true})"), start());
  EXPECT_EQ(evaluate(server, three).outputs(0, 0), 100.0);
}

TEST(ProcessServer, SpeaksOnOtherDescriptors) {
  ProcessOptions with_print = options("{}", {"--descriptors"});
  with_print.channel = ProcessOptions::Channel::descriptors;
  ProcessServer server(with_print, start());
  expect_works(server);
}

TEST(ProcessServer, ACommandIsSplitAsAShellWould) {
  ProcessOptions text = options();
  text.command = "python3 '" GMMVI_TEST_PROGRAMS "/server.py'";
  ProcessServer server(text, start());
  expect_works(server);
}

TEST(ProcessServer, WhatIsOutsideIsNoFailure) {
  const std::vector<std::string> said = {
      R"({"id": ID, "log_density": -Infinity})", R"({"id": ID, "log_density": -inf})",
      R"({"id": ID, "log_density": null, "outside": true})", R"({"id": ID, "outside": true})"};
  ProcessServer server(options(instead(said)), start());
  for (const std::string& text : said) {
    const Answer answer = evaluate(server, three, true);
    EXPECT_EQ(answer.status, std::vector{EvaluationStatus::outside_support}) << text;
    EXPECT_EQ(answer.outputs(0, 0), -infinity);
  }
}

TEST(ProcessServer, AnAnswerThatIsWrongFailsAloneAndSaysWhy) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"id": ID, "error": "did not converge"})", "did not converge"},
      {R"({"id": ID, "log_density": NaN})", "log_density is nan"},
      {R"({"id": ID, "log_density": inf})", "log_density is inf"},
      {R"({"id": ID, "log_density": null})", "log_density is nan"},
      {R"({"id": ID, "log_density": [1]})", "log_density is [1], not a number"},
      {R"({"id": ID, "log_likelihood": 1})", "its answer has no log_density, only: id, log_likelihood"},
      {R"({"id": ID, "log_density": 1})", "its answer has no gradient"},
      {R"({"id": ID, "log_density": 1, "gradient": [1]})", "gradient has 1 numbers, not 2"},
      {R"({"id": ID, "log_density": 1, "gradient": 3})", "gradient is 3, not a list of 2"},
      {R"({"id": ID, "log_density": 1, "gradient": [1, nan]})", "gradient[1] is nan"},
  };
  std::vector<std::string> said;
  for (const auto& wrong : cases) said.push_back(wrong.first);
  const test::TemporaryFolder folder;
  ProcessServer server(options(instead(said, R"(, "count": ")" + folder / "count" + "\"")), start());
  for (const auto& wrong : cases)
    EXPECT_TRUE(contains(message_of([&] { evaluate(server, three, true); }), wrong.second));
  expect_works(server);
  EXPECT_EQ(test::content_of(folder / "count"), "x\n") << "it goes on";
}

TEST(ProcessServer, OutputsOfAnotherLengthAreToldByName) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"id": ID, "outputs": [1]})", "outputs has 1 numbers, not 2"},
      {R"({"id": ID, "outputs": [1, nan]})", "outputs[1] is nan"},
      {R"({"id": ID, "log_density": 1})", "has no outputs"},
      {R"({"id": ID, "outputs": [1, 2], "jacobian": [[1, 2]]})", "2 rows"},
      {R"({"id": ID, "outputs": [1, 2], "jacobian": [[1, 2], [1]]})", "jacobian[1] has 1 numbers, not 2"},
  };
  std::vector<std::string> said;
  for (const auto& wrong : cases) said.push_back(wrong.first);
  ProcessServer server(options(instead(said, R"(, "can": {"outputs": 2})")), start(true));
  for (const auto& wrong : cases)
    EXPECT_TRUE(contains(message_of([&] { evaluate(server, three, true, Eigen::Vector2d(1, 1)); }), wrong.second));
}

TEST(ProcessServer, OutputsWithoutDataMayBeAnything) {
  const std::vector<std::string> said = {R"({"id": ID, "outputs": [1, nan], "jacobian": [[1, 2], [nan, null]]})",
                                         R"({"id": ID, "outputs": [nan, 1], "jacobian": [[1, 2], [1, 2]]})"};
  Start first_counts = start(true);
  first_counts.counted = {2, std::vector<Eigen::Index>{0}};
  ProcessServer server(options(instead(said, R"(, "can": {"outputs": 2})")), first_counts);
  EXPECT_TRUE(server.gives_jacobians());
  const Answer answer = evaluate(server, three, true, Eigen::Vector2d(3, 0), true);
  EXPECT_EQ(answer.status, std::vector{EvaluationStatus::value});
  EXPECT_EQ(answer.outputs(0, 0), 1.0);
  EXPECT_EQ(answer.gradients, Eigen::Vector2d(3, 6));
  EXPECT_EQ(answer.jacobians.reshaped(2, 2), Eigen::MatrixXd({{1.0, 2.0}, {0.0, 0.0}})) << "0 where none counts";
  EXPECT_TRUE(contains(message_of([&] { evaluate(server, three, true, Eigen::Vector2d(3, 0)); }), "outputs[0] is nan"));
}

TEST(ProcessServer, ADeadOrConfusedServerIsStartedAgain) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"exit", "ended with exit code 3; the last lines of its standard error:\ndiverged"},
      {"crash", "was killed by signal 11 (Segmentation fault)"},
      {"half", "ended with exit code 0 in the middle of a line: '{\"id\": 2, \"log_den'"},
      {"garbage", "wrote 'Segmentation violation in module 7' on its standard output, which is no answer"},
      {"late", "answered '{\"id\": 1, \"log_density\": -4.5"},
      {"flood", "' … on its standard output"},
      {R"({"log_density": 1})", "the question with the id 2"},
  };
  for (const auto& [failure, reason] : cases) {
    const test::TemporaryFolder folder;
    ProcessServer server(options(wrong_at_two(failure, R"(, "count": ")" + folder / "count" + "\"")), start());
    expect_works(server);
    const std::string message = message_of([&] { evaluate(server, three); });
    EXPECT_TRUE(contains(message, reason));
    EXPECT_LT(message.size(), 20'000U);
    expect_works(server);
    EXPECT_EQ(test::content_of(folder / "count"), "x\nx\n");
  }
}

TEST(ProcessServer, MuchOnItsStandardErrorDoesNotStopIt) {
  ProcessServer server(options(wrong_at_two("loud")), start());
  for (int i = 0; i < 3; ++i) expect_works(server);
}

TEST(ProcessServer, AnEvaluationFailsWhereItDoesNotStartAgain) {
  const test::TemporaryFolder folder;
  ProcessServer server(
      options(R"({"failures": {"1": "exit"}, "most_starts": 1, "count": ")" + folder / "count" + "\"}"), start());
  EXPECT_TRUE(contains(message_of([&] { evaluate(server, three); }), "exit code 3"));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(contains(message_of([&] { evaluate(server, three); }), "started too often"));
}

TEST(ProcessServer, IsInterruptedAndComesBack) {
  const test::TemporaryFolder folder;
  ProcessServer server(options(wrong_at_two("hang", R"(, "pid": ")" + folder / "pid" + "\"")), start());
  expect_works(server);
  auto evaluation = std::async(std::launch::async, [&] { return message_of([&] { evaluate(server, three); }); });
  const pid_t process = test::process_in(folder / "pid");
  EXPECT_TRUE(test::is_alive(process));
  while (evaluation.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) server.interrupt();
  EXPECT_TRUE(starts_with(evaluation.get(), "interrupted after "));
  EXPECT_FALSE(test::is_alive(process));
  server.interrupt();  // means nothing to those that begin later
  expect_works(server);
}

TEST(ProcessServer, MayBeInterruptedAtAnyTime) {
  ProcessOptions quick = options();
  quick.command = "sh '" GMMVI_TEST_PROGRAMS "/server.sh'";
  ProcessServer server(quick, start());
  std::atomic<bool> over = false;
  auto interrupter = std::async(std::launch::async, [&] {
    for (int i = 0; !over; ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(100 * (i % 100)));
      server.interrupt();
    }
  });
  for (int i = 0; i < 100; ++i) {
    try {
      EXPECT_EQ(evaluate(server, three).outputs(0, 0), 1.0);
    } catch (const Error& error) {
      EXPECT_TRUE(starts_with(error.what(), "interrupted "));
    }
  }
  over = true;
  interrupter.wait();
  EXPECT_EQ(evaluate(server, three).outputs(0, 0), 1.0);
}

std::string start_failure(ProcessOptions with, const Start& at = start()) {
  return message_of([&] { ProcessServer(with, at); });
}

TEST(ProcessServer, SaysWhyItDoesNotStart) {
  ProcessOptions absent = options();
  absent.command = "./no-such-program --fast";
  EXPECT_EQ(
      start_failure(absent),
      "The simulator does not start: `./no-such-program --fast` ended with exit code 127; the last lines of its "
      "standard error:\ncannot start ./no-such-program: No such file or directory\ntarget.command: There is no file "
      "./no-such-program, neither beside the config nor where gmmvi was started.");
  EXPECT_TRUE(ends_with(start_failure(options(R"({"start": "exit"})")),
                        "exit code 1; the last lines of its standard "
                        "error:\nno licence"));
  EXPECT_TRUE(
      contains(start_failure(options(R"({"start": "{\"error\": \"no such mesh\"}"})")), "refuses: no such mesh"));
  EXPECT_TRUE(contains(start_failure(options(R"({"start": "{\"protocol\": 2}"})")), "\"protocol\": 1"));
  EXPECT_TRUE(contains(start_failure(options(R"({"start": "{hello"})")), "is not JSON"));
  const std::string printed = start_failure(options(R"({"start": "Reading mesh.h5"})"));
  EXPECT_TRUE(contains(printed, "wrote 'Reading mesh.h5' on its standard output, which is no answer of the protocol"));
  EXPECT_TRUE(contains(printed, "target.channel"));
  EXPECT_TRUE(contains(start_failure(options(R"({"start": "[1]"})")), "wrote '[1]' on"));
  EXPECT_TRUE(contains(start_failure(options(R"({"can": {"gradient": "yes"}})")), "neither true nor false"));
  EXPECT_TRUE(contains(start_failure(options(R"({"can": {"group_size": 0}})")), "no positive integer"));
  ProcessOptions silent = options(R"({"start": "hang"})");
  silent.program.start_limit = 0.2;
  EXPECT_TRUE(contains(start_failure(silent), "said nothing for 0.2 s"));
  ProcessServer slow(options(R"({"start": "slow"})"), start());
  expect_works(slow);
}

TEST(ProcessServer, HasToFitTheConfig) {
  EXPECT_TRUE(contains(start_failure(options(R"({"can": {"outputs": 2}})")), "set target.returns to outputs"));
  EXPECT_TRUE(contains(start_failure(options(), start(true)), "does not say how many outputs"));
  ProcessOptions three_outputs = options(R"({"can": {"outputs": 2}})");
  three_outputs.outputs = 3;
  EXPECT_TRUE(contains(start_failure(three_outputs, start(true)), "returns 2 outputs, but the config says 3"));
  EXPECT_TRUE(contains(start_failure(options(), {}), "list them under `parameters:`"));
  ProcessOptions open_quote = options();
  open_quote.command = "./sim 'a";
  EXPECT_TRUE(contains(start_failure(open_quote), "not closed"));
}

TEST(ProcessServer, EndsWhenItsInputIsClosed) {
  const test::TemporaryFolder folder;
  {
    ProcessOptions patient = options(R"({"end": ")" + folder / "end" + "\"}");
    patient.program.kill_grace = 60.0;
    ProcessServer server(patient, start());
  }
  EXPECT_EQ(test::process_in(folder / "end"), 5);
}

}  // namespace
}  // namespace gmmvi::external
