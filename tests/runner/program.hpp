#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <sys/wait.h>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/netcdf_file.hpp"
#include "support/temporary_folder.hpp"

// Drives the program as users do. The build names it (GMMVI_PROGRAM), and how three ranks of it are launched
// (GMMVI_THREE_RANKS).

namespace gmmvi::test {

using nlohmann::json;

inline constexpr const char* small_config = R"(
target:
  type: random_gaussian_mixture
  num_dimensions: 2
model_initialization:
  num_initial_components: 2
  prior_scale: 30.0
num_component_adapter_config:
  add_iters: 3
gmmvi_runner_config:
  log_metrics_interval: 5
run:
  metrics_samples: 100
)";

/// Iterations of a tenth of a second, whose evaluations are dealt out on demand. In small.yml is small_config.
inline constexpr const char* slow_config = R"(
extends: small.yml
codename: SAMTRON
target:
  type: sleeping
  around: {type: random_gaussian_mixture, num_dimensions: 2}
  seconds: 0.002
sample_selector_config: {desired_samples_per_component: 20}
run: {iterations: 12, metrics_samples: 0}
)";

inline int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

struct Ended {
  int code;
  std::string out, error;
};

/// The program in a folder of its own.
class Program : public testing::Test {
 protected:
  Ended shell(const std::string& command) {
    const std::string here = folder_.path().string();
    const int status = std::system(("cd " + here + " && (" + command + ") >out.txt 2>error.txt").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(folder_ / "out.txt"),
            content_of(folder_ / "error.txt")};
  }
  static std::string launch(int ranks) { return ranks == 1 ? "" : GMMVI_THREE_RANKS " "; }
  void write(const std::string& name, const std::string& content) { std::ofstream(folder_ / name) << content; }
  json status_of(const std::string& run) { return json::parse(content_of(folder_ / (run + "/status.json"))); }
  std::string model_hash_of(const std::string& run) { return status_of(run).at("model_hash"); }
  /// Exactly one message of ours, whatever mpirun adds.
  static void expect_one_message(const Ended& ended, const std::string& part) {
    EXPECT_EQ(count(ended.out + ended.error, "error: "), 1) << ended.out << ended.error;
    EXPECT_NE(ended.error.find(part), std::string::npos) << ended.error;
  }

  /// A run folder "run" of a mixture over two parameters.
  void fit() {
    write("small.yml", small_config);
    ASSERT_EQ(shell(GMMVI_PROGRAM " run small.yml --codename SAMTRON --iterations 7 --out run").code, 0);
  }
  /// A variable of a file of draws: `count` values of the one chain.
  std::vector<double> values(const std::string& file, const char* group, const char* variable,
                             const std::vector<std::size_t>& shape) {
    const io::NetcdfFile opened(folder_ / file, io::NetcdfFile::Mode::read);
    std::vector<double> all(std::reduce(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>()));
    opened.group(group).read(variable, {std::vector<std::size_t>(shape.size(), 0), shape}, std::span<double>(all));
    return all;
  }

  TemporaryFolder folder_;
};

class ProgramOnRanks : public Program, public testing::WithParamInterface<int> {
 protected:
  Ended gmmvi(const std::string& arguments) { return shell(launch(GetParam()) + GMMVI_PROGRAM " " + arguments); }
};

}  // namespace gmmvi::test
