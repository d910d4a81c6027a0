// Simulators outside that fail in all ways at once, as a hash of the parameters decides: what the files of a run say of
// that is what the simulators themselves have noted, nothing of them is left, and the answer is that of any schedule.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runner/program.hpp"

namespace gmmvi {
namespace {

namespace fs = std::filesystem;
using test::content_of;
using test::Ended;
using test::json;
using Parameters = std::pair<double, double>;

/// What a fifth of the evaluations do, and what is said of it. A hang is the rarest, since it takes long.
struct Kind {
  const char* name;
  const char* reason;
};
const std::vector<Kind> kinds = {
    {"exception", "did not converge"},          {"segmentation", "was killed by signal 11"},
    {"exit", "ended with exit code 3"},         {"nan", "outputs[0] is nan"},
    {"length", "outputs has 2 numbers, not 3"}, {"garbage", ""},  // as the door says it
    {"half", "in the middle of a line"},        {"hang", "interrupted after"}};

/// Of both simulators. The process that a hanging one leaves behind is in a session of its own, and ignores SIGTERM.
constexpr const char* faults = R"py(
import os, signal, struct, subprocess, sys, time, zlib

def injected(a, b):
    """What this evaluation does; noted before it is done."""
    share = zlib.crc32(struct.pack("<dd", a, b)) / 2**32
    often = ["exception", "segmentation", "exit", "nan", "length", "garbage", "half"]
    kind = "hang" if share < 0.01 else often[int((share - 0.01) / 0.19 * 7)] if share < 0.2 else "none"
    file = os.open("MARKER.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{kind} {a!r} {b!r}\n".encode())
    os.close(file)
    return kind

def end(kind, channel):
    """Does what ends a process, or none of its answers would."""
    if kind == "segmentation":
        os.kill(os.getpid(), signal.SIGSEGV)
    if kind == "exit":
        os._exit(3)
    if kind == "half":
        os.write(channel, b'{"id": 1, "outp')
        os._exit(0)
    if kind == "hang":
        deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
        subprocess.Popen([sys.executable, "-c", deaf, "MARKER"], start_new_session=True)
        time.sleep(1000)

def outputs(kind, a, b):
    return [float("nan"), a, b] if kind == "nan" else [a, b] if kind == "length" else [a, b, a * b]
)py";

constexpr const char* function = R"py(
def simulate(a, b):
    kind = injected(a, b)
    end(kind, 4)
    if kind == "exception":
        raise ValueError("did not converge")
    return "garbage" if kind == "garbage" else outputs(kind, a, b)
)py";

constexpr const char* server = R"py(
import json
sys.stdin.readline()
print('{"protocol": 1, "outputs": 3}', flush=True)
for line in sys.stdin:
    question = json.loads(line)
    a, b = question["parameters"]["a"], question["parameters"]["b"]
    kind = injected(a, b)
    end(kind, 1)
    answer = {"error": "did not converge"} if kind == "exception" else {"outputs": outputs(kind, a, b)}
    print("garbage" if kind == "garbage" else json.dumps({"id": question["id"], **answer}), flush=True)
)py";

struct Door {
  const char* name;
  const char* source;   ///< after `faults`
  const char* target;   ///< in the config
  const char* garbage;  ///< what is said of an answer that is none
};
const Door doors[] = {
    {"python", function, "type: python, function: MARKER.py:simulate", "returned 'garbage', not numbers"},
    {"process", server, "type: process, command: [python3, MARKER.py]", "wrote 'garbage' on its standard output"}};

// Without metrics, so that every evaluation is one of the run's.
constexpr const char* config = R"yaml(
codename: ZAMTRON
parameters:
  a: {prior: "normal(0, 1)"}
  b: {prior: "normal(1, 2)"}
target: {TARGET, returns: outputs, kill_grace: 0.2}
likelihood: {data: data.csv, noise: "gaussian(0.5)"}
evaluation: {max_retries: 0, max_failure_fraction: 1, time_limit: 5}
sample_selector_config: {desired_samples_per_component: 60}
num_component_adapter_config: {add_iters: 2}
run: {iterations: 7, metrics_samples: 0}
)yaml";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

/// Command lines of processes with a word in them.
std::vector<std::string> processes_with(const std::string& word) {
  std::vector<std::string> found;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc", gone)) {
    std::string line = content_of((entry.path() / "cmdline").string());
    std::ranges::replace(line, '\0', ' ');
    if (line.find(word) != std::string::npos) found.push_back(line);
  }
  return found;
}

/// What a run told.
struct Told {
  std::string model_hash;
  std::map<Parameters, std::string> failures;  ///< parameters and kind
};

class OutsideFailures : public test::Program, public testing::WithParamInterface<Door> {
 protected:
  void SetUp() override {
    write(marker_ + ".py", replaced(std::string(faults) + GetParam().source, "MARKER", marker_));
    write("config.yml", replaced(replaced(config, "TARGET", GetParam().target), "MARKER", marker_));
    write("data.csv", "value\n0.3\n0.7\n0.2\n");
  }
  /// What the simulators noted, by parameters.
  std::map<Parameters, std::string> injected() {
    std::map<Parameters, std::string> all;
    std::ifstream file(folder_ / (marker_ + ".txt"));
    std::string kind, a, b;
    while (file >> kind >> a >> b)
      EXPECT_TRUE(all.emplace(Parameters{std::stod(a), std::stod(b)}, kind).second) << "evaluated twice: " << a;
    return all;
  }
  std::string kind_of(const std::string& reason) {
    for (const Kind& kind : kinds) {
      const std::string words = kind.name == std::string("garbage") ? GetParam().garbage : kind.reason;
      if (reason.find(words) != std::string::npos) return kind.name;
    }
    return reason;
  }
  Told run(int ranks, int slots);

  const std::string marker_ = replaced(folder_.path().filename().string(), "-", "_");  // of nobody else's processes
};

INSTANTIATE_TEST_SUITE_P(Doors, OutsideFailures, testing::ValuesIn(doors),
                         [](const auto& instance) { return std::string(instance.param.name); });

Told OutsideFailures::run(int ranks, int slots) {
  const std::string folder = fmt::format("run-{}-{}", ranks, slots);
  fs::remove(folder_ / (marker_ + ".txt"));
  const Ended ended = shell(launch(ranks) + GMMVI_PROGRAM " run config.yml --out " + folder +
                            fmt::format(" --set evaluation.slots={}", slots));
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(processes_with(marker_), std::vector<std::string>()) << "left behind";

  Told told;
  std::istringstream lines(content_of(folder_ / (folder + "/failures.jsonl")));
  for (std::string text; std::getline(lines, text);) {
    const json line = json::parse(text);
    const json& x = line.at("parameters");
    EXPECT_TRUE(told.failures.emplace(Parameters{x.at("a"), x.at("b")}, kind_of(line.at("reason"))).second)
        << "told twice: " << text;
  }
  std::map<Parameters, std::string> noted = injected();
  const json status = status_of(folder);
  EXPECT_EQ(status.at("evaluations"), noted.size());
  std::erase_if(noted, [](const auto& evaluation) { return evaluation.second == "none"; });
  EXPECT_EQ(status.at("failures"), noted.size());
  EXPECT_EQ(told.failures, noted);
  told.model_hash = status.at("model_hash");
  return told;
}

TEST_P(OutsideFailures, AreCountedAsInjectedAndChangeNoAnswer) {
  ASSERT_FALSE(processes_with("outside_failures_test").empty()) << "this one, or none would ever be found";
  const Told expected = run(1, 5);
  std::set<std::string> seen;
  for (const auto& [parameters, kind] : expected.failures) seen.insert(kind);
  EXPECT_EQ(seen.size(), kinds.size()) << "in all ways";
  for (const auto& [ranks, slots] : {std::pair{3, 1}, {3, 5}}) {
    const Told told = run(ranks, slots);
    EXPECT_EQ(told.model_hash, expected.model_hash) << ranks << " ranks, " << slots << " slots";
    EXPECT_EQ(told.failures, expected.failures) << ranks << " ranks, " << slots << " slots";
  }
}

}  // namespace
}  // namespace gmmvi
