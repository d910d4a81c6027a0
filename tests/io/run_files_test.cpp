#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gmmvi/error.hpp"

#include "io/failures_file.hpp"
#include "io/metrics_file.hpp"
#include "io/status_file.hpp"
#include "support/full_disk.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

using nlohmann::json;
using test::content_of;

MetricsLine line_of(std::int64_t iteration) {
  MetricsLine line;
  line.report.iteration = iteration;
  line.report.components = 3;
  line.report.elbo_estimate = -80.5;
  line.ranks = 2;
  line.report.seconds.evaluation = 0.25;
  line.report.seconds.idle = 0.75;
  line.evaluation_seconds = core::Distribution{.mean = 0.5, .median = 0.25, .p95 = 1.0, .max = 2.0};
  line.wall_seconds = 2.0;
  line.algorithm_seconds = 1.5;
  line.report.evaluations = 700;
  return line;
}

TEST(MetricsFile, EveryLineIsAnObjectWithAllKeys) {
  const test::TemporaryFolder folder;
  MetricsFile file(folder / "metrics.jsonl");
  file.append(line_of(1));
  file.append(line_of(2));

  std::istringstream lines(content_of(folder / "metrics.jsonl"));
  std::string text;
  for (int iteration = 1; iteration <= 2; ++iteration) {
    ASSERT_TRUE(std::getline(lines, text));
    const json line = json::parse(text);
    EXPECT_EQ(line.at("iteration"), iteration);
    EXPECT_EQ(line.at("elbo_estimate"), -80.5);
    EXPECT_EQ(line.at("ranks"), 2);
    EXPECT_EQ(line.at("seconds").at("evaluation"), 0.25);
    EXPECT_EQ(line.at("seconds").at("idle"), 0.75);
    EXPECT_EQ(line.at("utilization"), 0.25);
    EXPECT_EQ(line.at("evaluation_seconds"), json({{"mean", 0.5}, {"median", 0.25}, {"p95", 1.0}, {"max", 2.0}}));
    for (const char* key :
         {"wall_seconds", "algorithm_seconds", "evaluations", "metrics_evaluations", "failures", "components",
          "new_samples", "reused_samples", "refused_updates", "samples_without_outputs", "fraction_outside"}) {
      EXPECT_TRUE(line.at(key).is_number()) << key;
    }
    EXPECT_FALSE(line.contains("elbo"));
  }
  EXPECT_FALSE(std::getline(lines, text));
}

TEST(MetricsFile, SaysTheElboWhereItWasMeasured) {
  const test::TemporaryFolder folder;
  MetricsFile file(folder / "metrics.jsonl");
  MetricsLine line = line_of(1);
  line.elbo = ElboEstimate{.value = -78.4, .standard_error = 0.1, .samples = 990, .outside = 10};
  file.append(line);

  const json read = json::parse(content_of(folder / "metrics.jsonl"));
  EXPECT_EQ(read.at("elbo"), -78.4);
  EXPECT_EQ(read.at("elbo_standard_error"), 0.1);
  EXPECT_EQ(read.at("metrics_samples"), 990);
  EXPECT_EQ(read.at("metrics_samples_outside"), 10);
}

TEST(FailuresFile, GoesOnWithoutLinesThatSayNoBatch) {
  const test::TemporaryFolder folder;
  const std::string kept = "{\"batch\": 3}\n{\"metrics_of_iteration\": 1}\n";
  std::ofstream(folder / "failures.jsonl") << kept << "{\"batch\": null}\n{\"batch\": \"x\"}\n{\"batch\": 9}\ntorn";
  FailuresFile(folder / "failures.jsonl").go_on_before([](std::uint64_t batch) { return batch >= 5; }, 2);
  EXPECT_EQ(content_of(folder / "failures.jsonl"), kept);
}

TEST(MetricsFile, ThatGoesOnLosesADamagedLineOnly) {
  const test::TemporaryFolder folder;
  {
    MetricsFile file(folder / "metrics.jsonl");
    for (int iteration = 1; iteration <= 7; ++iteration) file.append(line_of(iteration));
  }
  std::string text = content_of(folder / "metrics.jsonl");
  const std::size_t second = text.find('\n') + 1;
  text[second + 3] = '"';
  std::ofstream(folder / "metrics.jsonl") << text;
  MetricsFile::continued(folder / "metrics.jsonl", 6).append(line_of(7));
  std::istringstream lines(content_of(folder / "metrics.jsonl"));
  std::vector<int> iterations;
  for (std::string line; std::getline(lines, line);) iterations.push_back(json::parse(line).at("iteration"));
  EXPECT_EQ(iterations, (std::vector<int>{1, 3, 4, 5, 6, 7}));
}

TEST(MetricsFile, WritesNullForWhatIsNotANumber) {
  const test::TemporaryFolder folder;
  MetricsFile file(folder / "metrics.jsonl");
  MetricsLine line = line_of(1);
  line.report.elbo_estimate.reset();
  line.evaluation_seconds.reset();
  line.elbo = ElboEstimate{.value = -std::numeric_limits<double>::infinity(), .standard_error = std::nan("")};
  file.append(line);

  const json read = json::parse(content_of(folder / "metrics.jsonl"));
  EXPECT_TRUE(read.at("elbo_estimate").is_null());
  EXPECT_TRUE(read.at("elbo").is_null());
  EXPECT_TRUE(read.at("evaluation_seconds").is_null());
  EXPECT_TRUE(read.at("elbo_standard_error").is_null());
}

TEST(MetricsFile, AFullDiskIsAnError) {
  const test::TemporaryFolder folder;
  MetricsFile file(folder / "metrics.jsonl");
  const test::FullDisk full(100);
  EXPECT_THROW(file.append(line_of(1)), Error);
}

TEST(StatusFile, SaysWhereTheRunStandsAndWho) {
  const test::TemporaryFolder folder;
  Status status;
  status.state = Status::State::failed;
  status.reason = "the disk said \"\xff\"";  // not UTF-8
  status.version = "1.2.3";
  status.iteration = 7;
  status.elbo_estimate = -3.5;
  write_status(folder / "status.json", status);

  const json read = json::parse(content_of(folder / "status.json"));
  EXPECT_EQ(read.at("state"), "failed");
  EXPECT_EQ(read.at("reason").get<std::string>().substr(0, 14), "the disk said ");
  EXPECT_EQ(read.at("iteration"), 7);
  EXPECT_EQ(read.at("elbo_estimate"), -3.5);
  EXPECT_TRUE(read.at("elbo").is_null());
  EXPECT_TRUE(read.at("model_hash").is_null());
  EXPECT_EQ(read.at("pid"), ::getpid());
  EXPECT_EQ(read.at("time").get<std::string>().size(), std::string("2024-05-17T09:30:00Z").size());
}

TEST(StatusFile, HasCountsThatAreWholeNumbers) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "status.json";
  const auto refusal = [&](const std::string& entry) {
    std::ofstream(path) << R"({"state":"running","iteration":3,)" << entry << '}';
    try {
      read_status(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(refusal(R"("evaluations":12.0)"), "no error");
  EXPECT_EQ(refusal(R"("ranks":5000000000)"),
            path +
                " is no status of a run: `ranks` is 5000000000, which is no whole number from -2147483648 to "
                "2147483647.");
  for (const char* entry :
       {R"("checkpoint":1e300)", R"("evaluations":-1e19)", R"("failures":2.5)", R"("elbo":1,"metrics_samples":1e300)",
        R"("verdict":{"findings":[],"recent":{"updates":18446744073709551615}})"})
    EXPECT_NE(refusal(entry).find("which is no whole number from -9223372036854775808 to"), std::string::npos) << entry;
}

TEST(FailuresFile, HasCountsThatAreWholeNumbers) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "failures.jsonl";
  const auto refusal = [&](const std::string& entries) {
    std::ofstream(path) << R"({"x":[1,2],"batch":7,"position":3,"rank":0})" << '\n'
                        << R"({"x":[1,2],)" << entries << "}\n";
    try {
      read_failures(path, 2);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(refusal(R"("batch":7,"position":3)"), "no error");
  EXPECT_EQ(refusal(R"("batch":-7,"position":3)"),
            path +
                ":2: no line of a failures.jsonl, which are objects with x, batch and position (`batch` is -7, which "
                "is no whole number from 0 to 18446744073709551615).");
  EXPECT_NE(refusal(R"("batch":7,"position":1e300)").find("(`position` is 1e+300,"), std::string::npos);
  EXPECT_NE(refusal(R"("batch":7,"position":3,"rank":4294967296)").find("(`rank` is 4294967296,"), std::string::npos);
}

TEST(StatusFile, IsRevisedWithoutLosingAnything) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "status.json";
  Status status;
  status.state = Status::State::finished;
  status.elbo =
      ElboEstimate{.source = ElboEstimate::Source::recycled, .value = -3.0, .standard_error = 0.5, .samples = 9};
  write_status(path, status);
  json expected = json::parse(content_of(path));

  const ElboEstimate elbo{.value = -3.25,
                          .standard_error = 0.0625,
                          .samples = 500,
                          .failures = 2,
                          .log_evidence = -3.0,
                          .log_evidence_standard_error = 0.03125,
                          .effective_sample_size = 400.0,
                          .pareto_k = 0.25};
  revise_status(path, elbo, {.findings = {{Finding::Severity::care, "trend", "Still improving."}}, .modes = 4.0});
  const DatedStatus read = read_status(path);
  ASSERT_TRUE(read.status.elbo && read.status.verdict);
  EXPECT_EQ(read.status.elbo->source, ElboEstimate::Source::fresh);
  EXPECT_EQ(read.status.elbo->value, -3.25);
  EXPECT_EQ(read.status.elbo->failures, 2);
  EXPECT_EQ(read.status.elbo->log_evidence_standard_error, 0.03125);
  EXPECT_EQ(read.status.elbo->pareto_k, 0.25);
  EXPECT_EQ(read.status.verdict->word(), "usable with care");
  EXPECT_EQ(read.status.verdict->modes, 4.0);
  json revised = json::parse(content_of(path));
  for (const char* unchanged : {"time", "pid", "host", "job", "iteration", "state", "version"})
    EXPECT_EQ(revised.at(unchanged), expected.at(unchanged)) << unchanged;
  std::ofstream(path) << "no JSON";
  EXPECT_THROW(revise_status(path, elbo, {}), Error);
}

}  // namespace
}  // namespace gmmvi::io
