#include "external/process_once.hpp"

#include <fstream>
#include <future>
#include <limits>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "external/calls.hpp"
#include "external/processes.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::external {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::content_of;
using test::ends_with;
using test::evaluate;
using test::message_of;
using test::starts_with;
using Keep = ProcessOptions::Keep;

const Eigen::Vector2d at(1.5, -0.25);

/// A shell's script run once for each evaluation, below a folder of its own.
class Once : public testing::Test {
 protected:
  ProcessOptions script(const std::string& text) const {
    ProcessOptions options;
    options.command = text;
    options.mode = ProcessOptions::Mode::once;
    options.shell = true;
    options.work_directory = work();
    options.program.kill_grace = 0.2;
    return options;
  }
  ProcessOptions with_template(const std::string& text, std::vector<std::string> substitute = {}) const {
    ProcessOptions options = script(text);
    options.input = folder_ / "template";
    options.substitute = std::move(substitute);
    return options;
  }
  static Start start(bool returns_outputs = false) {
    return {.parameters = {"a", "b[1]"}, .rank = 4, .slot = 2, .returns_outputs = returns_outputs};
  }
  void write(const std::string& name, const std::string& text) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::string work() const { return folder_ / "work"; }
  std::int64_t kept() const { return std::distance(fs::directory_iterator(work()), fs::directory_iterator()); }
  double value_of(const ProcessOptions& options) const {
    ProcessOnce once(options, start());
    return evaluate(once, at).outputs(0, 0);
  }
  static std::string failure_of(const ProcessOptions& options, bool returns_outputs = false) {
    ProcessOnce once(options, start(returns_outputs));
    return message_of([&] { evaluate(once, at); });
  }
  static std::string start_failure(const ProcessOptions& options, bool returns_outputs = false) {
    return message_of([&] { ProcessOnce(options, start(returns_outputs)); });
  }

  test::TemporaryFolder folder_;
};

TEST_F(Once, ReadsResultsAndRemovesTheWorkDirectory) {
  ProcessOptions options = script(R"(echo '{"log_density": -3.5, "gradient": [1, 2]}' >results.json)");
  options.gradients = true;
  ProcessOnce once(options, start());
  EXPECT_TRUE(once.has_gradients());
  const Answer answer = evaluate(once, at, true);
  EXPECT_EQ(answer.outputs(0, 0), -3.5);
  EXPECT_EQ(answer.gradients, Eigen::Vector2d(1.0, 2.0));
  EXPECT_EQ(kept(), 0);
}

TEST_F(Once, TellsTheParametersInAFileAndTheRestInTheEnvironment) {
  EXPECT_EQ(value_of(script("cp parameters.json " + folder_ / "copy" +
                            "; echo $GMMVI_EVALUATION $GMMVI_SEED $GMMVI_RANK $GMMVI_SLOT >" + folder_ / "variables" +
                            "; echo '{\"log_density\": 1}' >results.json")),
            1.0);
  EXPECT_EQ(parse_json(content_of(folder_ / "copy")), parse_json(R"({"a": 1.5, "b[1]": -0.25})"));
  EXPECT_EQ(content_of(folder_ / "variables"), "3.0 100 4 2\n");
}

TEST_F(Once, EachPointOfASampleHasANameOfItsOwn) {
  const ProcessOptions options = script("echo $GMMVI_EVALUATION $GMMVI_SEED >>" + folder_ / "names" +
                                        "; echo '{\"log_density\": 1}' >results.json");
  ProcessOnce once(options, start());
  test::OwnCall own(Eigen::MatrixXd::Ones(2, 1));
  for (const std::uint64_t batch : {std::uint64_t{3}, SampleId::metrics_batch | 3})
    for (const std::uint64_t point : {0, 2}) {
      own.ids = {{batch, 7, point}};
      once.evaluate(own.call());
    }
  EXPECT_EQ(content_of(folder_ / "names"), "3.7 100\n3.7.2 100\nmetrics-3.7 100\nmetrics-3.7.2 100\n");
}

TEST_F(Once, FillsInParametersAndLeavesOtherBracesAlone) {
  write("template/in/input.txt", "a = {a:12.5e}, b = {b[1]}; {c} {{a:.1f}} {} {a {a:05.1f} { \"x\": {\"y\": 1}}\n{a}");
  write("template/in/other.txt", "{a}");
  write("template/run.sh", "#!/bin/sh\necho \"{\\\"log_density\\\": {a}}\" >results.json\n");
  fs::permissions(folder_ / "template/run.sh", fs::perms::owner_all);
  ProcessOptions options = with_template("./run.sh && cp in/input.txt in/other.txt " + folder_.path().string(),
                                         {"in/input.txt", "./run.sh"});
  EXPECT_EQ(value_of(options), 1.5);
  EXPECT_EQ(content_of(folder_ / "input.txt"),
            "a =  1.50000e+00, b = -0.25; {c} {1.5} {} {a 001.5 { \"x\": {\"y\": 1}}\n1.5");
  EXPECT_EQ(content_of(folder_ / "other.txt"), "{a}");
  options.command = std::vector<std::string>{"./run.sh"};
  options.shell = false;
  EXPECT_EQ(value_of(options), 1.5) << "what is filled in stays executable";
}

TEST_F(Once, LinksWhatIsLarge) {
  write("template/mesh.h5", "mesh");
  write("template/tables/one", "1");
  write("template/own", "own");
  ProcessOptions options = with_template(
      "test -L mesh.h5 && test -L tables && test -f tables/one && test -f own && ! test -L own && "
      "echo '{\"log_density\": 2}' >results.json");
  options.link = {"mesh.h5", "tables/"};
  EXPECT_EQ(value_of(options), 2.0);
  EXPECT_TRUE(fs::exists(folder_ / "template/tables/one")) << "only the link is removed";
}

TEST_F(Once, FindsANumberByAPattern) {
  ProcessOptions options = script("printf 'step 1 logL = -9\\nstep 2 logL = -1.5D+02\\nend\\n' >out.txt");
  options.result = {.file = "out.txt", .pattern = "logL = (\\S+)"};
  EXPECT_EQ(value_of(options), -150.0) << "the last one";
  options.outputs = 2;
  ProcessOnce outputs(options, start(true));
  EXPECT_EQ(evaluate(outputs, at).outputs, Eigen::Vector2d(-9.0, -150.0));
  options.result.pattern = "chi2 = (\\S+)";
  EXPECT_TRUE(contains(failure_of(options), "no line matches 'chi2 = (\\S+)'"));
  options.result.pattern = "(step) 1";
  EXPECT_TRUE(contains(failure_of(options), "'step' is no number"));
  options.command = "printf 'logL = -Infinity\\n' >out.txt";
  options.result.pattern = "logL = (\\S+)";
  ProcessOnce outside(options, start());
  EXPECT_EQ(evaluate(outside, at).status, std::vector{EvaluationStatus::outside_support});
  options.command = "head -c 3000000 /dev/zero | tr '\\0' x >out.txt";
  EXPECT_TRUE(contains(failure_of(options), "no line matches"));
}

TEST_F(Once, ReadsAColumnAsOutputs) {
  ProcessOptions options = script("printf 't,y\\n0,1.5\\n1,2.5E0\\n2,-3D-1\\n' >out.csv");
  options.result = {.file = "out.csv", .column = "y"};
  options.outputs = 3;
  ProcessOnce once(options, start(true));
  EXPECT_EQ(evaluate(once, at).outputs, Eigen::Vector3d(1.5, 2.5, -0.3));
  options.result.column = "z";
  EXPECT_TRUE(contains(failure_of(options, true), "there is no column z, only t, y"));
  options.result.column = "y";
  options.outputs = 4;
  EXPECT_TRUE(contains(failure_of(options, true), "outputs has 3 numbers, not 4"));
}

TEST_F(Once, FailuresSayWhyAndKeepTheirWorkDirectory) {
  for (const auto& [text, reason] :
       {std::pair("echo no mesh >&2; exit 3", "ended with exit code 3; the last lines of its standard error:\nno mesh"),
        std::pair("kill -SEGV $$", "was killed by signal 11 (Segmentation fault)"),
        std::pair("echo done", "left no answer: results.json does not exist; the last lines"),
        std::pair("echo '{\"log_den' >results.json", "left an answer of no use in results.json: "),
        std::pair("echo '{\"log_density\": nan}' >results.json", "log_density is nan"),
        std::pair("echo '[1]' >results.json", "gave an answer that is no object: [1]"),
        std::pair("echo '{\"error\": \"did not converge\"}' >results.json", "did not converge")}) {
    ProcessOptions options = script(text);
    const std::string message = failure_of(options);
    EXPECT_TRUE(contains(message, reason));
    ASSERT_EQ(kept(), 1);
    const std::string place = fs::directory_iterator(work())->path();
    EXPECT_TRUE(ends_with(message, "\nIts work directory is " + place));
    EXPECT_TRUE(fs::exists(fs::path(place) / "parameters.json"));
    fs::remove_all(place);
    options.keep = Keep::none;
    EXPECT_TRUE(contains(failure_of(options), reason));
    EXPECT_EQ(kept(), 0);
  }
}

TEST_F(Once, FailuresOfAProgramInPathSayNothingOfFiles) {
  ProcessOptions options = script("");
  options.shell = false;
  options.command = std::vector<std::string>{"sh", "-c", "echo no mesh >&2; exit 3"};
  EXPECT_TRUE(
      contains(failure_of(options),
               "ended with exit code 3; the last lines of its standard error:\nno mesh\nIts work directory is "));
}

TEST_F(Once, MayKeepAll) {
  ProcessOptions options = script("echo '{\"log_density\": 1}' >results.json");
  options.keep = Keep::all;
  ProcessOnce once(options, start());
  for (int i = 0; i < 3; ++i) evaluate(once, at);
  EXPECT_EQ(kept(), 3);
}

TEST_F(Once, WithoutAFolderItWorksInATemporaryOne) {
  ProcessOptions options = script("pwd >" + folder_ / "place" + "; echo '{\"log_density\": 1}' >results.json");
  options.work_directory.clear();
  EXPECT_EQ(value_of(options), 1.0);
  const fs::path place = content_of(folder_ / "place");
  EXPECT_TRUE(place.is_absolute());
  EXPECT_FALSE(fs::exists(place.parent_path()));
}

TEST_F(Once, IsInterrupted) {
  ProcessOptions options =
      script("setsid sleep 1000 & echo $! >" + folder_ / "pid" + "; trap '' TERM; while true; do sleep 1000; done");
  options.keep = Keep::none;
  ProcessOnce once(options, start());
  auto evaluation = std::async(std::launch::async, [&] { return message_of([&] { evaluate(once, at); }); });
  const pid_t process = test::process_in(folder_ / "pid");
  EXPECT_TRUE(test::is_alive(process));
  while (evaluation.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) once.interrupt();
  EXPECT_TRUE(starts_with(evaluation.get(), "interrupted after "));
  EXPECT_FALSE(test::is_alive(process));
  EXPECT_EQ(kept(), 0);
}

TEST_F(Once, RefusesWhatCannotWork) {
  write("template/input.txt", "{c}");
  write("template/wrong.txt", "{a:12.5q}");
  EXPECT_TRUE(contains(start_failure(with_template("true", {"input.txt"})), "; {c} is none."));
  EXPECT_TRUE(contains(start_failure(with_template("true", {"wrong.txt"})), "{a:12.5q} has no format of a number"));
  EXPECT_TRUE(contains(start_failure(with_template("true", {"absent.txt"})), "absent.txt does not exist"));
  ProcessOptions options = with_template("true");
  options.link = {"mesh.h5"};
  EXPECT_TRUE(contains(start_failure(options), "there is no mesh.h5 in the template"));
  options = script("true");
  options.substitute = {"input.txt"};
  EXPECT_TRUE(contains(start_failure(options), "say where it is with `template`"));
  options = script("true");
  options.input = folder_ / "absent";
  EXPECT_TRUE(contains(start_failure(options), "is no folder"));
  EXPECT_TRUE(contains(start_failure(script("true"), true), "set target.outputs"));
  options = script("true");
  options.result = {.file = "out.txt", .pattern = "("};
  EXPECT_TRUE(contains(start_failure(options), "is no regular expression"));
  options.result.pattern = "logL";
  EXPECT_TRUE(contains(start_failure(options), "has no group"));
  options.result = {.pattern = "(x)"};
  EXPECT_TRUE(contains(start_failure(options), "in which `file`"));
  options.result = {.file = "out.txt", .pattern = "(x)"};
  options.gradients = true;
  EXPECT_TRUE(contains(start_failure(options), "Only results.json can have gradients"));
}

TEST_F(Once, MissesParametersThatNoFileHas) {
  const auto remarks = [&](const std::string& input) {
    write("template/input.txt", input);
    return ProcessOnce(with_template("true", {"input.txt"}), start()).remarks();
  };
  EXPECT_EQ(remarks("{a} {b[1]:.3f} { x } {1} ${HOME} {a,b}"), std::vector<std::string>());
  EXPECT_EQ(remarks("{a}"),
            std::vector<std::string>{"No file of `substitute` has a place for b[1]: unless the simulator reads it in "
                                     "parameters.json, its posterior will be its prior."});
  EXPECT_EQ(remarks("{a} {b[1]} {c:.3f}"),
            std::vector<std::string>{"No parameter is called so: {c:.3f} in input.txt; it stays as it is."});
  write("template/input.txt", "{A} {b[1]}");
  EXPECT_TRUE(contains(start_failure(with_template("true", {"input.txt"})),
                       "{A} in input.txt is no parameter, and a is in none of the files"));
  write("template/sim.py", "open('parameters.json')");
  EXPECT_EQ(remarks("{a}"), std::vector<std::string>());
}

TEST_F(Once, ScriptsThatTheShellMisunderstandsAreTold) {
  write("template/sim.py", "import json\nprint(json)\n");
  ProcessOptions options = with_template("");
  options.shell = false;
  options.command = "./sim.py";
  EXPECT_TRUE(contains(start_failure(options), "is not executable: make it so (chmod +x "));
  fs::permissions(folder_ / "template/sim.py", fs::perms::owner_all);
  EXPECT_TRUE(contains(failure_of(options), "whose first line does not say what runs it"));
  write("template/sim.py", "#!/no/such/python\n");
  EXPECT_TRUE(
      contains(start_failure(options), "is to be run by /no/such/python, as its first line says, which is not"));
  write("template/sim.py", "#!/bin/sh\r\n");
  EXPECT_TRUE(contains(start_failure(options), "carriage return"));
  write("template/sim.py", "exit 3");  // one of the shell
  EXPECT_TRUE(contains(failure_of(options), "ended with exit code 3"));
}

TEST_F(Once, SaysThatThereIsNoSuchProgram) {
  ProcessOptions options = script("");
  options.shell = false;
  for (const auto& [command, reason] :
       {std::pair("no-such-program -x", "There is no program no-such-program in any folder of PATH"),
        std::pair("/no/such/program", "There is no file /no/such/program"),
        std::pair("./sim", "a copy of the template"), std::pair(" ", "names no program")}) {
    options.command = command;
    EXPECT_TRUE(contains(start_failure(options), reason));
  }
  options.command = "true";
  EXPECT_EQ(start_failure(options), "");
}

}  // namespace
}  // namespace gmmvi::external
