// Simulators outside, through every door: what an evaluation says that fails, and that nothing is left of them, and
// nothing lost, in whatever way a run ends.

#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
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
using namespace std::chrono_literals;

// All simulators have the log likelihood -(a² + b²)/2, with the same bits, and sleep for 10 ms. Where a is one of these
// numbers they fail.
enum Failure {
  exception = 1001,
  segmentation,
  exits,
  hang,
  garbage,
  half,
  megabyte,  // on one line
  nan,
  length
};

/// What a simulator starts on its own, in a session of its own, ignores SIGTERM. The second start of a server is
/// slow.
constexpr const char* python = R"py(
import os, signal, subprocess, sys, time

def start_deaf_process():
    subprocess.Popen(["sh", "-c", "trap '' TERM; exec sleep 1000"], start_new_session=True)

def start():
    start_deaf_process()
    with open("FOLDER/starts", "a+") as starts:
        starts.write("x")
    if os.stat("FOLDER/starts").st_size == 2:
        time.sleep(1.5)

def value(a, b, channel):
    if a == 1001:
        raise ValueError("did not converge")
    if a == 1002:
        os.kill(os.getpid(), signal.SIGSEGV)
    if a == 1003:
        print("no licence", file=sys.stderr, flush=True)
        os._exit(3)
    if a == 1004:
        start_deaf_process()
        time.sleep(1000)
    if a == 1006:
        os.write(channel, b'{"id": 1, "log_den')
        os._exit(0)
    time.sleep(0.01)
    return float("nan") if a == 1008 else [1, 2] if a == 1009 else -0.5 * (a * a + b * b)
)py";

constexpr const char* function = R"py(
start()

def simulate(a, b):
    if a == 1007:
        print("x" * 1000000)  # to standard error, where it does no harm
    return "garbage" if a == 1005 else value(a, b, 4)
)py";

constexpr const char* server = R"py(
import json
start()
sys.stdin.readline()
print('{"protocol": 1}', flush=True)
for line in sys.stdin:
    question = json.loads(line)
    a, b = question["parameters"]["a"], question["parameters"]["b"]
    try:
        answer = {"log_density": value(a, b, 1)}
    except ValueError as error:
        answer = {"error": str(error)}
    text = "garbage" if a == 1005 else "x" * 1000000 if a == 1007 else json.dumps({"id": question["id"], **answer})
    print(text, flush=True)
)py";

constexpr const char* once = R"sh(
read a b <in.txt
setsid sleep 1000 &
case $a in
  1001) echo '{"error": "did not converge"}' >results.json; exit ;;
  1002) kill -SEGV $$ ;;
  1003) echo "no licence" >&2; exit 3 ;;
  1004) trap '' TERM; setsid sleep 1000 & sleep 1000 ;;
  1005) echo garbage >results.json; exit ;;
  1006) printf '{"log_den' >results.json; exit ;;
  1007) head -c 1000000 /dev/zero | tr '\0' x >results.json; exit ;;
  1008) echo '{"log_density": nan}' >results.json; exit ;;
  1009) echo '{"log_density": [1, 2]}' >results.json; exit ;;
esac
sleep 0.01
awk '{printf("{\"log_density\": %.17g}\n", -0.5 * ($1 * $1 + $2 * $2))}' in.txt >results.json
)sh";

// Started again whenever it has ended, while this test lives.
constexpr const char* umbridge = R"py(
import json, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, text, code=200, more=0):
        self.send_response(code)
        self.send_header("Content-Length", str(len(text) + more))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self.answer('{"protocolVersion": 1.0, "models": ["forward"]}')

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/Evaluate":
            return self.answer({"/ModelInfo": '{"support": {"Evaluate": true}}', "/InputSizes": '{"inputSizes": [2]}',
                                "/OutputSizes": '{"outputSizes": [1]}'}[self.path])
        a, b = question["input"][0]
        if a == 1004:
            time.sleep(1000)
        if a == 1005:
            return self.answer("garbage")
        if a == 1006:
            self.answer('{"output": [[', more=5)
            self.close_connection = True
            return
        if a == 1007:
            return self.answer("x" * 1000000)
        try:
            result = value(a, b, 1)
        except ValueError as error:
            return self.answer(json.dumps({"error": {"type": "InvalidOutput", "message": str(error)}}), 500)
        self.answer(json.dumps({"output": [result if a == 1009 else [result]]}))

    def log_message(self, *arguments):
        pass

def end_with_the_test():
    while os.path.exists("/proc/" + sys.argv[1]):
        time.sleep(0.5)
    os._exit(0)

threading.Thread(target=end_with_the_test, daemon=True).start()
port = int(open("port").read()) if os.path.exists("port") else 0
server = ThreadingHTTPServer(("127.0.0.1", port), Model)
with open("port.new", "w") as file:
    file.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
)py";

struct Door {
  const char* name;
  const char* target;                    ///< in the config
  std::map<Failure, std::string> words;  ///< what is said of those failures that it may have
  std::vector<Failure> harmless = {};    ///< that are none here
};

const std::string no_server = "3 servers stopped answering one after the other";
const Door doors[] = {
    {"python",
     "type: python, function: python.py:simulate, kill_grace: 0.2",
     {{exception, "did not converge"},
      {segmentation, "was killed by signal 11"},
      {exits, "ended with exit code 3; the last lines of its standard error:\nno licence"},
      {hang, "interrupted after"},
      {garbage, "returned 'garbage', not numbers"},
      {half, "in the middle of a line"},
      {nan, "log_density is nan"},
      {length, "it is [1.0,2.0], where a log density is one number"}},
     {megabyte}},
    {"process",
     "type: process, command: [python3, ./server.py], kill_grace: 0.2",
     {{exception, "did not converge"},
      {segmentation, "was killed by signal 11"},
      {exits, "ended with exit code 3; the last lines of its standard error:\nno licence"},
      {hang, "interrupted after"},
      {garbage, "wrote 'garbage' on its standard output, which is no answer of the protocol"},
      {half, "in the middle of a line"},
      {megabyte, "on its standard output, which is no answer of the protocol"},
      {nan, "log_density is nan"},
      {length, "it is [1,2], where a log density is one number"}}},
    {"once",
     "type: process, mode: once, command: [sh, once.sh], template: once, substitute: [in.txt], kill_grace: 0.2",
     {{exception, "did not converge"},
      {segmentation, "was killed by signal 11"},
      {exits, "ended with exit code 3; the last lines of its standard error:\nno licence"},
      {hang, "interrupted after"},
      {garbage, "left an answer of no use in results.json: 'garbage\\n' is not JSON"},
      {half, "left an answer of no use in results.json: "},
      {megabyte, "left an answer of no use in results.json: "},
      {nan, "log_density is nan"},
      {length, "it is [1,2], where a log density is one number"}}},
    {"umbridge",
     "type: umbridge, url: URL",
     {{exception, "did not converge"},
      {segmentation, no_server},
      {hang, "interrupted after"},
      {garbage, "'garbage' is not JSON"},
      {half, no_server},
      {megabyte, "is not JSON"},
      {nan, "nan"},
      {length, "not a list of 1 numbers as the server had announced"}}},
    {"plugin",
     "type: plugin, library: " GMMVI_SLEEPING_PLUGIN,
     {{exception, "did not converge"}, {hang, "did not converge"}, {nan, "nan"}}}};

constexpr const char* config = R"yaml(
codename: ZAMTRON
parameters: {a: {prior: "normal(0, 1)"}, b: {prior: "normal(1, 2)"}}
target: {TARGET, returns: log_likelihood}
sample_selector_config: {desired_samples_per_component: 15}
run: {iterations: 1000, metrics_samples: 0}
)yaml";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

class Outside : public test::Program, public testing::WithParamInterface<Door> {
 protected:
  void SetUp() override {
    const std::string common = replaced(python, "FOLDER", folder_.path());
    write("python.py", common + function);
    write("server.py", common + server);
    write("umbridge.py", common + umbridge);
    fs::create_directory(folder_ / "once");
    write("once/once.sh", once);
    write("once/in.txt", "{a} {b}\n");
    std::string target = GetParam().target;
    if (GetParam().name == std::string("umbridge")) target = replaced(target, "URL", url_of_server());
    write("config.yml", replaced(config, "TARGET", target));
  }
  void TearDown() override {
    if (fs::exists(folder_ / "port")) shell("kill -s KILL -- -$(cat server.pid)");
  }
  std::string url_of_server() {
    shell(
        fmt::format("setsid sh -c 'while [ -d /proc/{0} ]; do python3 umbridge.py {0}; done' >server.txt 2>&1 & "
                    "echo $! >server.pid; until [ -s port ]; do sleep 0.02; done",
                    ::getpid()));
    return "http://127.0.0.1:" + content_of(folder_ / "port");
  }
  /// With a mark that all processes inherit.
  std::string marked(const std::string& command) const {
    return fmt::format("env GMMVI_TEST_MARK={} setsid {}", mark(), command);
  }
  std::string mark() const { return folder_.path().filename().string(); }
  /// Of marked processes, after some seconds to obey at most.
  int left_behind() const {
    for (int tenths = 0; running() > 0 && tenths < 80; ++tenths) std::this_thread::sleep_for(100ms);
    return running();
  }
  int running() const {
    int count = 0;
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator("/proc", gone))
      count += content_of(entry.path() / "environ").find("GMMVI_TEST_MARK=" + mark()) != std::string::npos ? 1 : 0;
    return count;
  }
};

std::string name_of(const testing::TestParamInfo<Door>& instance) {
  return instance.param.name;
}

// -------------------------------------------------------------------------------------------------- evaluations

class EvaluationsOutside : public Outside {
 protected:
  /// Evaluates at these values of a, and others between, which are found good.
  std::vector<json> evaluated(const std::vector<Failure>& at, const std::string& options) {
    std::string points = "a,b\n";
    for (const Failure a : at) points += fmt::format("0.5,1\n{},1\n", static_cast<int>(a));
    write("points.csv", points + "0.5,1\n");
    const Ended ended = shell(marked(GMMVI_PROGRAM " evaluate config.yml --at points.csv" + options));
    EXPECT_EQ(ended.code, 0) << ended.error;
    EXPECT_EQ(left_behind(), 0);
    std::vector<json> failures;
    std::istringstream stream(ended.out);
    std::size_t count = 0;
    for (std::string line; std::getline(stream, line); ++count) {
      json told = json::parse(line);
      if (count % 2 == 1)
        failures.push_back(std::move(told));
      else
        EXPECT_EQ(told.at("status"), "value") << told;
    }
    EXPECT_EQ(count, 2 * at.size() + 1) << ended.error;
    return failures;
  }
};
INSTANTIATE_TEST_SUITE_P(Doors, EvaluationsOutside, testing::ValuesIn(doors), name_of);

TEST_P(EvaluationsOutside, FailAloneAndSayWhy) {
  const Door& door = GetParam();
  std::vector<Failure> at = door.harmless;
  for (const auto& [failure, words] : door.words)
    if (failure != hang) at.push_back(failure);
  const std::vector<json> told = evaluated(at, "");
  ASSERT_EQ(told.size(), at.size());
  for (std::size_t i = 0; i < at.size(); ++i) {
    SCOPED_TRACE(static_cast<int>(at[i]));
    if (i < door.harmless.size()) {
      EXPECT_EQ(told[i].at("status"), "value") << told[i];
      continue;
    }
    EXPECT_EQ(told[i].at("status"), "failure") << told[i];
    const std::string reason = told[i].value("reason", "");
    EXPECT_NE(reason.find(door.words.at(at[i])), std::string::npos) << reason;
    EXPECT_LT(reason.size(), 20'000U);
  }
}

TEST_P(EvaluationsOutside, ThatHangAreEndedWithAllThatTheyStarted) {
  write("starts", "none of them is the second");
  const std::vector<json> told = evaluated({hang}, " --set evaluation.time_limit=1");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].at("status"), "failure");
  EXPECT_NE(told[0].at("reason").get<std::string>().find(GetParam().words.at(hang)), std::string::npos) << told[0];
}

// --------------------------------------------------------------------------------------------------------- runs

/// How a run ends before its time, once it has made an iteration.
struct End {
  const char* name;
  const char* what;  ///< in the shell, where $pid is the program, or mpirun
  int code;
  bool on_ranks = false;
  bool goes_on = false;  ///< what comes then, too
  const char* options = "";
};
const End ends[] = {
    // as a terminal does it: to all processes that it has
    {"interrupted", "kill -s INT -- -$pid", 130},
    {"interrupted_on_ranks", "kill -s INT -- -$pid", 1, true},
    {"limited", ":", 75, false, true, " --set run.max_wall_time=0.7 --set run.grace=0.1"},
    {"full", "prlimit --pid $pid --fsize=$(cat run/journal/*.journal | wc -c)", 73},
    {"killed", "kill -9 $(pgrep -P $pid -x gmmvi | tail -n 1)", 137, true, true}};

class RunsOutside : public Outside {
 protected:
  /// The hash of a run that nobody disturbed, through the fastest door.
  std::string undisturbed(int iterations) {
    static std::map<int, std::string> known;
    std::string& hash = known[iterations];
    if (!hash.empty()) return hash;
    write("fast.yml",
          replaced(config, "TARGET", "type: plugin, library: " GMMVI_SLEEPING_PLUGIN ", options: {speed: fast}"));
    const Ended ended = shell(fmt::format(GMMVI_PROGRAM " run fast.yml --iterations {0} --out fast{0}", iterations));
    EXPECT_EQ(ended.code, 0) << ended.error;
    return hash = model_hash_of(fmt::format("fast{}", iterations));
  }
};
INSTANTIATE_TEST_SUITE_P(Doors, RunsOutside, testing::ValuesIn(doors), name_of);

TEST_P(RunsOutside, EndWithoutATraceAndGoOn) {
  write("starts", "none of them is the second");
  for (const End& end : ends) {
    SCOPED_TRACE(end.name);
    fs::remove_all(folder_ / "run");
    const Ended ended = shell(marked((end.on_ranks ? GMMVI_TWO_RANKS " " : "") +
                                     std::string(GMMVI_PROGRAM " run config.yml --out run") + end.options) +
                              " & pid=$!; until [ -s run/metrics.jsonl ] || ! kill -0 $pid; do sleep 0.02; done; " +
                              end.what + "; wait $pid");
    EXPECT_EQ(ended.code, end.code) << ended.error;
    EXPECT_EQ(left_behind(), 0);
    if (!end.goes_on) continue;

    const int iterations = status_of("run").at("iteration").get<int>() + 1;
    const Ended again = shell(marked(
        fmt::format(GMMVI_PROGRAM " run --resume run --iterations {} --set run.max_wall_time=null", iterations)));
    EXPECT_EQ(again.code, 0) << again.error;
    EXPECT_EQ(status_of("run").at("failures"), 0);
    EXPECT_EQ(model_hash_of("run"), undisturbed(iterations));
    EXPECT_EQ(left_behind(), 0);
  }
}

}  // namespace
}  // namespace gmmvi
