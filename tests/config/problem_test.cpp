// What is wrong with parameters, likelihood and what a simulator returns, in the words that its user reads.

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "config/configuration.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

/// The message of a config with these lines, whose Python function is said to return `returns`.
std::string error_of_problem(const std::string& parameters, const std::string& returns = "outputs",
                             const std::string& noise = "\"gaussian(0.1)\"") {
  return error_of([&] {
    parse("codename: ZAMTRON\nparameters:\n  b: {prior: \"normal(0, 1)\"}\n" + parameters +
              "target: {type: python, function: \"package.module:f\", returns: " + returns + "}\n" +
              "likelihood: {data: /d.csv, noise: " + noise + "}\n",
          "run.yml");
  });
}

/// One problem, and what is said of it.
void expect_one(const std::string& message, const std::vector<std::string_view>& parts) {
  expect_parts(message, parts);
  EXPECT_EQ(message.find("things are wrong"), std::string::npos) << message;
}

TEST(Problem, IsToldOnceAndWithWhatToDo) {
  expect_one(error_of_problem("  a: {prior: \"norml(0, 1)\"}\n"),
             {"run.yml:4: parameters.a.prior: no prior is called 'norml' (did you mean 'normal'?)"});
  expect_one(error_of_problem("  a: {prior: \"normal(0)\"}\n"), {"normal has 2 arguments, not 1", "normal(mean, sd)"});
  expect_one(error_of_problem("  a: {prior: normal(0, 1)}\n"),
             {"'normal(0' has no closing parenthesis", "prior: \"normal(mean, sd)\", in quotes"});
  expect_one(error_of_problem("  a: normal(0, 1)\n"), {"'normal(0, 1)' is no map", "{prior: \"normal(0, 1)\"}"});
  expect_one(error_of_problem("  a: {}\n"), {"run.yml:4: parameters.a: it has neither a prior nor bounds"});
  expect_one(error_of_problem("  a: {bounds: [2, 1]}\n"), {"the upper one, 1, is not above the lower one, 2"});
}

TEST(Problem, WhatItsTargetReturnsHasToBeComparedWithData) {
  expect_one(error_of_problem("", "log_density"),
             {"run.yml:5: likelihood: by target.returns the target returns its log density",
              "allowed: target.returns: outputs, if these are what it returns"});
  expect_one(error_of_problem("", "output"), {"run.yml:4: target.returns: 'output' is none of the words"});
  expect_one(error_of_problem("", "outputs", "\"gausian(0.1)\""), {"did you mean 'gaussian'?"});
}

}  // namespace
}  // namespace gmmvi::config
