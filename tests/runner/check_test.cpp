// What newcomers are told of their simulators, and of what they bring, on the scale of their parameters.

#include <string>

#include <gtest/gtest.h>

#include "runner/program.hpp"

namespace gmmvi {
namespace {

using test::Ended;

constexpr const char* function = R"py(
def line(a, b):
    return [a, a + b, float("nan"), a + 3 * b]  # the third has no datum
)py";
constexpr const char* config = R"yaml(
codename: ZAMTRON
parameters:
  a: {prior: "normal(0, 1)"}
  b: {prior: "lognormal(1, 0.5)"}
target: {type: python, function: line.py:line, returns: outputs}
likelihood: {data: line.csv, column: y, noise: "gaussian(0.5)"}
run: {max_evaluations: 30, iterations: 3}
evaluation: {slots: 2}
)yaml";

class Check : public test::ProgramOnRanks {
 protected:
  void SetUp() override {
    write("line.py", function);
    write("line.csv", "t,y\n0,0.1\n1,2.5\n2,NA\n3,9\n");
    write("line.yml", config);
  }
  static void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
    for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
};

INSTANTIATE_TEST_SUITE_P(Ranks, Check, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(Check, ShowsOutputsBesideTheDataAndEndsWithWhatItComesTo) {
  const Ended ended = gmmvi("check line.yml");
  ASSERT_EQ(ended.code, 0) << ended.error;
  expect_parts(ended.out, {"Outputs at the prior median, 4 of 4, and the data (y of line.csv):",
                           "    1              0            0.1", "    3            nan           none",
                           "    4        8.15485              9"});
  const std::string end = ended.out.substr(std::min(ended.out.find("In short"), ended.out.size()));
  expect_parts(
      end, {"simulator  the Python function line.py:line: a value at 4 of 4 points", "gradient   ZAMTRON needs none",
            GetParam() == 1 ? "s an evaluation, 2 at a time: " : "s an evaluation, 6 at a time: ",
            "for all 30 (run.max_evaluations)", "Nothing is wrong with this config.\nNext:", "run line.yml\n"});
  EXPECT_LT(test::count(end, "\n"), 10);
}

TEST_P(Check, AnOutputWithoutADatumFailsNoEvaluation) {
  ASSERT_EQ(gmmvi("run line.yml --out run").code, 0);
  EXPECT_EQ(status_of("run").at("failures"), 0);
  EXPECT_GE(status_of("run").at("evaluations"), 30);
}

TEST_P(Check, PredictionsAreByTheLabelsOfTheData) {
  write("line.py", "def line(a, b):\n    return [a, a + b, a + 2 * b, a + 3 * b]\n");
  ASSERT_EQ(gmmvi("run line.yml --out run").code, 0);
  const Ended ended = gmmvi("predict run -n 50");
  ASSERT_EQ(ended.code, 0) << ended.error;
  expect_parts(ended.out, {"  output            t         data", "       3            2            –"});
}

TEST_P(Check, ImportsTellLogDensitiesOfTheParameters) {
  write("earlier.csv", "a,b,log_density\n0.1,2.5,-3.25\n0.2,2.0,-4.5\n");
  const Ended ended = gmmvi("import line.yml earlier.csv --out run");
  ASSERT_EQ(ended.code, 0) << ended.error;
  expect_parts(ended.out + ended.error, {"2 imported; the greatest log density is -3.25."});
}

}  // namespace
}  // namespace gmmvi
