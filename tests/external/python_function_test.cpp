#include "external/python_function.hpp"

#include <future>
#include <limits>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "external/calls.hpp"
#include "external/processes.hpp"

namespace gmmvi::external {
namespace {

using test::contains;
using test::evaluate;
using test::message_of;
using test::starts_with;

const Eigen::Vector2d at(3.0, 2.0);

PythonOptions options(const std::string& name) {
  PythonOptions options{.function = GMMVI_TEST_PROGRAMS "/functions.py:" + name};
  options.program.kill_grace = 0.2;
  return options;
}

PythonOptions with_gradients(const std::string& name, std::int64_t outputs = 0) {
  PythonOptions with = options(name);
  with.gradients = true;
  with.outputs = outputs;
  return with;
}

Start start(bool returns_outputs = false) {
  return {.parameters = {"a", "b"}, .rank = 0, .slot = 0, .returns_outputs = returns_outputs};
}

/// Whether tests of numpy can be made here.
bool has_numpy() {
  return std::system("python3 -c 'import numpy' 2>/dev/null") == 0;
}

double value_of(const std::string& name) {
  PythonFunction function(options(name), start());
  return evaluate(function, at).outputs(0, 0);
}

TEST(PythonFunction, TakesParametersAsItsSignatureSays) {
  EXPECT_EQ(value_of("by_name"), -6.5);
  EXPECT_EQ(value_of("reordered"), 1.0);
  EXPECT_EQ(value_of("keywords"), 1.0);
  EXPECT_EQ(value_of("positional"), 1.0);
  EXPECT_EQ(value_of("by_array"), -6.5);
  EXPECT_EQ(value_of("model"), 5.0);
}

TEST(PythonFunction, GetsSeedAndOptionsIfItNamesThem) {
  PythonOptions with = options("with_extras");
  with.options = R"({"offset": 0.5})";
  PythonFunction function(with, start());
  EXPECT_EQ(evaluate(function, at).outputs(0, 0), 100.5);
}

TEST(PythonFunction, IsImportedFromAModule) {
  PythonOptions with = options("");
  with.function = "math:hypot";
  PythonFunction built_in(with, {.parameters = {"x"}, .rank = 0, .slot = 0, .returns_outputs = false});
  with.function = "os.path:no_such";
  EXPECT_TRUE(contains(message_of([&] { PythonFunction(with, start()); }), "os.path has no no_such"));
}

TEST(PythonFunction, GivesGradients) {
  PythonFunction function(with_gradients("by_array"), start());
  EXPECT_TRUE(function.has_gradients());
  EXPECT_EQ(evaluate(function, at, true).gradients, Eigen::Vector2d(-3.0, -2.0));
  EXPECT_EQ(evaluate(function, at, false).gradients.size(), 0);
  EXPECT_FALSE(PythonFunction(options("by_array"), start()).has_gradients());
}

TEST(PythonFunction, GivesOutputs) {
  PythonFunction function(with_gradients("outputs", 3), start(true));
  EXPECT_EQ(function.outputs(), 3);
  const Answer answer = evaluate(function, at, true, Eigen::Vector3d(1.0, 10.0, 100.0));
  EXPECT_EQ(answer.outputs, Eigen::Vector3d(3.0, 2.0, 5.0));
  EXPECT_EQ(answer.gradients, Eigen::Vector2d(101.0, 110.0));
  PythonFunction pair(with_gradients("pair_of_outputs", 2), start(true));
  EXPECT_EQ(evaluate(pair, at).outputs, Eigen::Vector2d(3.0, 2.0));
  EXPECT_TRUE(contains(message_of([&] { PythonFunction(options("outputs"), start(true)); }), "target.outputs"));
}

TEST(PythonFunction, WorksWithNumpy) {
  if (!has_numpy()) GTEST_SKIP() << "numpy is not installed";
  PythonFunction function(with_gradients("numpy_array"), start());
  EXPECT_EQ(evaluate(function, at, true).gradients, Eigen::Vector2d(-3.0, -2.0));
  PythonFunction outputs(with_gradients("array_of_outputs", 3), start(true));
  const Answer answer = evaluate(outputs, at, true, Eigen::Vector3d(1.0, 10.0, 100.0));
  EXPECT_EQ(answer.outputs, Eigen::Vector3d(3.0, 2.0, 5.0));
  EXPECT_EQ(answer.gradients, Eigen::Vector2d(101.0, 110.0));
}

PythonOptions vectorized(PythonOptions with) {
  with.vectorized = true;
  with.group_size = 4;
  return with;
}

TEST(PythonFunction, MayBeVectorized) {
  Eigen::MatrixXd samples(2, 3);
  samples << 1, 2, 3, 4, 5, 6;
  PythonFunction by_name(vectorized(options("vectorized_by_name")), start());
  EXPECT_EQ(by_name.group_size(), 4);
  EXPECT_EQ(evaluate(by_name, samples).outputs, Eigen::RowVector3d(97, 98, 99));
  EXPECT_EQ(evaluate(by_name, at).outputs(0, 0), 101.0);
  if (!has_numpy()) GTEST_SKIP() << "numpy is not installed";
  PythonFunction function(vectorized(with_gradients("vectorized")), start());
  const Answer answer = evaluate(function, samples, true);
  EXPECT_EQ(answer.outputs, Eigen::RowVector3d(-8.5, -14.5, -22.5));
  EXPECT_EQ(answer.gradients, -samples);
  PythonFunction outputs(vectorized(with_gradients("vectorized_outputs", 3)), start(true));
  EXPECT_EQ(evaluate(outputs, samples).outputs.row(2), Eigen::RowVector3d(5, 7, 9));
  PythonFunction few(vectorized(options("too_few")), start());
  EXPECT_TRUE(contains(message_of([&] { evaluate(few, samples); }), "returned log_density with 1 rows for 3 samples"));
}

TEST(PythonFunction, WhatGoesWrongIsOneFailedEvaluation) {
  PythonFunction function(options("fails"), start());
  const auto failure = [&](double a) { return message_of([&] { evaluate(function, Eigen::Vector2d(a, 0.0)); }); };
  const auto expect_works = [&] { EXPECT_EQ(evaluate(function, Eigen::Vector2d(0, 0)).outputs(0, 0), 17.0); };
  for (const auto& [a, reason] :
       {std::pair(1.0, "ValueError: did not converge"), std::pair(2.0, "was killed by signal 11 (Segmentation fault)"),
        std::pair(2.0, "printed before the crash"), std::pair(3.0, "exit code 4"), std::pair(4.0, "no log_density"),
        std::pair(5.0, "returned 'five', not numbers"), std::pair(6.0, "log_density is nan"),
        std::pair(7.0, "it is [1.0,2.0], where a log density is one number"),
        std::pair(10.0, "a dict with 'log_likelihood'"), std::pair(11.0, "complex")}) {
    EXPECT_TRUE(contains(failure(a), reason));
    expect_works();
  }
  EXPECT_EQ(failure(8.0), "") << "may print as much as it likes";
  EXPECT_EQ(evaluate(function, Eigen::Vector2d(9, 0)).status, std::vector{EvaluationStatus::outside_support});
  EXPECT_TRUE(
      starts_with(failure(1.0), "the Python function functions.py:fails raised ValueError: did not converge\n"));
  for (const double a : {1.0, 13.0}) {
    EXPECT_TRUE(contains(failure(a), "functions.py\", line ")) << "where it was raised";
    EXPECT_FALSE(contains(failure(a), "worker.py")) << "our own part is of no use to anybody";
  }
  EXPECT_TRUE(contains(failure(13.0), "raised RuntimeError: no step"));
  EXPECT_TRUE(contains(failure(13.0), "\nbecause of ZeroDivisionError: "));
}

TEST(PythonFunction, IsInterrupted) {
  PythonFunction function(options("fails"), start());
  auto evaluation =
      std::async(std::launch::async, [&] { return message_of([&] { evaluate(function, Eigen::Vector2d(12, 0)); }); });
  while (evaluation.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) function.interrupt();
  EXPECT_TRUE(starts_with(evaluation.get(), "interrupted after "));
  EXPECT_EQ(evaluate(function, Eigen::Vector2d(0, 0)).outputs(0, 0), 17.0);
}

TEST(PythonFunction, LinearAlgebraHasOneThreadUnlessTheUserSaysOtherwise) {
  ::unsetenv("OMP_NUM_THREADS");
  EXPECT_EQ(value_of("threads"), 1.0);
  PythonOptions with = options("threads");
  with.program.environment["OMP_NUM_THREADS"] = "3";
  PythonFunction function(with, start());
  EXPECT_EQ(evaluate(function, at).outputs(0, 0), 3.0);
  ::setenv("OMP_NUM_THREADS", "2", 1);
  EXPECT_EQ(value_of("threads"), 2.0);
  ::unsetenv("OMP_NUM_THREADS");
}

TEST(PythonFunction, SaysWhyItDoesNotStart) {
  const auto failure = [](const PythonOptions& with) { return message_of([&] { PythonFunction(with, start()); }); };
  EXPECT_TRUE(contains(failure(options("absent")), "has no absent; its functions are by_name, reordered, "));
  EXPECT_TRUE(contains(failure(options("no_function")), "is no function, but int"));
  EXPECT_TRUE(contains(failure(options("without_a")), "does not take the parameter 'a'"));
  EXPECT_TRUE(contains(failure(options("other_parameters")), "takes 'c', which is no parameter that it is sent"));
  PythonOptions with = options("");
  with.function = "by_name";
  EXPECT_TRUE(contains(failure(with), "neither file.py:name nor package.module:name"));
  with.function = "no_such_package.module:name";
  EXPECT_TRUE(contains(failure(with), "No module named 'no_such_package'"));
  EXPECT_FALSE(contains(failure(with), "worker.py"));
  with.function = GMMVI_TEST_PROGRAMS "/broken.py:f";
  EXPECT_TRUE(contains(failure(with), "no licence for this"));
  with.function = GMMVI_TEST_PROGRAMS "/no_such.py:f";
  EXPECT_TRUE(contains(failure(with), "No such file"));
  with.interpreter = "python-of-nobody";
  EXPECT_TRUE(contains(failure(with), "cannot start python-of-nobody: No such file or directory"));
  EXPECT_TRUE(
      contains(failure(with), "target.interpreter: There is no program python-of-nobody in any folder of PATH"));
}

TEST(PythonFunction, TheWorkerIsLookedForWhereItIsSaidToBe) {
  const std::string path = python_worker_path();
  ::setenv("GMMVI_PYTHON_DIR", "/no/such", 1);
  EXPECT_EQ(python_worker_path(), path);
  ::unsetenv("GMMVI_PYTHON_DIR");
}

}  // namespace
}  // namespace gmmvi::external
