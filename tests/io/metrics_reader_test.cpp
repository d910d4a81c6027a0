#include "io/metrics_reader.hpp"

#include <cmath>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

class MetricsReader : public testing::Test {
 protected:
  std::vector<MetricsRecord> read(const std::string& content) {
    std::ofstream(path_) << content;
    std::vector<MetricsRecord> records;
    for_each_metrics_line(path_, [&](const MetricsRecord& record) { records.push_back(record); });
    return records;
  }
  /// What reading says, and that it has the right exit code.
  std::string refusal(const std::string& content) {
    try {
      read(content);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      return error.what();
    }
    return "no error";
  }

  test::TemporaryFolder folder_;
  const std::string path_ = folder_ / "metrics.jsonl";
};

TEST_F(MetricsReader, ReadsWhatIsWritten) {
  MetricsLine line;
  line.report.iteration = 12;
  line.report.evaluations = 700;
  line.report.failures = 1;
  line.report.components = 3;
  line.report.elbo_estimate = -80.123456789012345;
  line.report.seconds = {1, 2, 3, 4, 5, 6, 7};
  line.ranks = 3;
  line.wall_seconds = 2.5;
  line.algorithm_seconds = 1.5;
  line.metrics_evaluations = 10;
  line.elbo = ElboEstimate{.value = -78.4, .standard_error = 0.1, .samples = 9, .outside = 1};
  MetricsFile(path_).append(line);

  std::vector<MetricsLine> lines;
  for_each_metrics_line(path_, [&](const MetricsRecord& record) { lines.push_back(record.line); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].report.iteration, 12);
  EXPECT_EQ(lines[0].report.evaluations, 700);
  EXPECT_EQ(lines[0].report.failures, 1);
  EXPECT_EQ(lines[0].report.components, 3);
  EXPECT_EQ(lines[0].report.elbo_estimate, line.report.elbo_estimate);
  EXPECT_EQ(lines[0].report.seconds, line.report.seconds);
  EXPECT_EQ(lines[0].ranks, 3);
  EXPECT_EQ(lines[0].wall_seconds, 2.5);
  EXPECT_EQ(lines[0].algorithm_seconds, 1.5);
  EXPECT_EQ(lines[0].metrics_evaluations, 10);
  EXPECT_EQ(lines[0].elbo->value, -78.4);
  EXPECT_EQ(lines[0].elbo->standard_error, 0.1);
  EXPECT_EQ(lines[0].elbo->samples, 9);
  EXPECT_EQ(lines[0].elbo->outside, 1);
}

TEST_F(MetricsReader, ReadsWhatIsNotInEveryLine) {
  const auto records = read(R"({"iteration":1}
{"iteration":2,"component_ids":[4,9],"weights":[0.25,0.75],"mmd":0.5,"worst_mean_error":0.25,"worst_log_sd_error":0.125,"entropy":null,"new_key":[],"target_metrics":{"a":2,"b":null}}
)");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_FALSE(records[0].line.elbo || records[0].line.report.elbo_estimate);
  EXPECT_TRUE(records[0].weights.empty() && records[0].metrics.empty());
  EXPECT_EQ(records[1].component_ids, (std::vector<std::uint64_t>{4, 9}));
  EXPECT_EQ(records[1].weights, (std::vector<double>{0.25, 0.75}));
  EXPECT_EQ(records[1].metrics,
            (std::map<std::string, double>{{"mmd", 0.5}, {"worst_log_sd_error", 0.125}, {"worst_mean_error", 0.25}}));
  EXPECT_EQ(records[1].target_metrics, (std::map<std::string, double>{{"a", 2.0}}));
}

TEST_F(MetricsReader, LeavesOutALastLineThatIsTorn) {
  EXPECT_EQ(read("{\"iteration\":1}\n{\"iteration\":2,\"eva").size(), 1u);
  EXPECT_EQ(read("{\"iteration\":1}\n{\"iteration\":2}").size(), 2u);
  EXPECT_EQ(read("{\"iter").size(), 0u);
  EXPECT_EQ(read("").size(), 0u);
}

TEST_F(MetricsReader, RefusesOtherLinesWithFileAndNumber) {
  for (const char* line : {"{\"iteration\":2,\"eva", "", "[]", "{}", "{\"iteration\":\"two\"}",
                           "{\"iteration\":2,\"elbo\":[]}", "{\"iteration\":2,\"weights\":[1]}"}) {
    const std::string message = refusal("{\"iteration\":1}\n" + std::string(line) + "\n{\"iteration\":3}\n");
    EXPECT_NE(message.find("metrics.jsonl:2: this is no line of metrics"), std::string::npos) << line << message;
  }
}

// To convert such numbers would be undefined, or give others.
TEST_F(MetricsReader, TakesNoNumberForAWholeOneThatIsNone) {
  for (const auto& [iteration, shown] :
       {std::pair("1e300", "1e+300"), std::pair("1.5", "1.5"), std::pair("9223372036854775808", "9223372036854775808"),
        std::pair("true", "boolean")})
    EXPECT_EQ(refusal(fmt::format("{{\"iteration\":{}}}\n", iteration)),
              fmt::format("{}:1: this is no line of metrics (`iteration` is {}, which is no whole number from "
                          "-9223372036854775808 to 9223372036854775807). Remove it, and read again.",
                          path_, shown));
  EXPECT_NE(refusal("{\"iteration\":1,\"ranks\":4294967297}\n").find("`ranks` is 4294967297"), std::string::npos);
  EXPECT_NE(refusal("{\"iteration\":1,\"component_ids\":[-1],\"weights\":[1]}\n").find("`component_ids` is -1"),
            std::string::npos);
  EXPECT_EQ(read("{\"iteration\":7.0}\n").at(0).line.report.iteration, 7);
}

TEST_F(MetricsReader, RefusesAFileThatIsNotThere) {
  EXPECT_THROW(for_each_metrics_line(folder_ / "none", [](const MetricsRecord&) {}), Error);
}

}  // namespace
}  // namespace gmmvi::io
