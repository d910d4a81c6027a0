#include "runner/console.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "core/log.hpp"

namespace gmmvi::runner {
namespace {

using namespace std::chrono_literals;

/// What a run's console prints.
class ConsoleOutput : public testing::Test {
 protected:
  Console console(Console::Mode mode, Console::Pauses pauses) {
    return {{.name = "name", .target = "target", .codename = "SAMTRON", .preset = "", .folder = "f", .model_path = "m"},
            mode,
            {.iterations = 10},
            pauses};
  }
  static Progress after(std::int64_t iteration, std::int64_t evaluations) {
    Progress progress;
    progress.report.iteration = iteration;
    progress.report.evaluations = evaluations;
    progress.report.components = 3;
    progress.report.batch_was_usable = true;
    progress.wall_seconds = static_cast<double>(iteration);
    return progress;
  }
  template <class Act>
  static std::string printed(Act act) {
    core::log().flush();
    testing::internal::CaptureStdout();
    act();
    core::log().flush();
    return testing::internal::GetCapturedStdout();
  }

  const AnyMixture mixture_ = Mixture<DiagonalCovariance>(
      {std::make_shared<const Gaussian<DiagonalCovariance>>(
          Eigen::VectorXd::Zero(2), DiagonalCovariance::from_variances(Eigen::VectorXd::Ones(2)))},
      Eigen::VectorXd::Ones(1));
};

TEST_F(ConsoleOutput, ALongBatchHasALine) {
  Console plain = console(Console::Mode::plain, {.between_iterations = 1h, .inside_iteration = 0s});
  const std::string text = printed([&] {
    plain.started(after(1, 400), mixture_);
    plain.evaluating({.size = 400, .done = 57});
    plain.evaluating({.size = 1000, .done = 12, .beside = true});
  });
  EXPECT_NE(text.find("2          457  57 of 400 in this batch"), std::string::npos) << text;
  EXPECT_NE(text.find("2               12 of 1000 for candidates or metrics"), std::string::npos) << text;
}

TEST_F(ConsoleOutput, ALineSaysWhatASmallBatchFills) {
  Console plain({.name = "name",
                 .target = "t",
                 .codename = "SAMTRON",
                 .preset = "",
                 .evaluations_to_fill = 64,
                 .folder = "f",
                 .model_path = "m"},
                Console::Mode::plain, {.iterations = 10}, {.between_iterations = 1h, .inside_iteration = 0s});
  const auto line = [&](const BatchProgress& batch) { return printed([&] { plain.evaluating(batch); }); };
  EXPECT_NE(line({.size = 16, .done = 5}).find("5 of 16 in this batch, which fills 25 % of the ranks"),
            std::string::npos);
  EXPECT_NE(line({.size = 16, .done = 5, .in_flight = 2}).find("fills 50 % of the ranks"), std::string::npos);
  EXPECT_EQ(line({.size = 64, .done = 5}).find("fills"), std::string::npos);
  EXPECT_EQ(line({.size = 16, .done = 5, .beside = true}).find("fills"), std::string::npos);
}

TEST_F(ConsoleOutput, AShortBatchHasNone) {
  Console plain = console(Console::Mode::plain, {.between_iterations = 0s, .inside_iteration = 1h});
  EXPECT_EQ(printed([&] { plain.evaluating({.size = 400, .done = 57}); }), "");
  Console silent = console(Console::Mode::silent, {.between_iterations = 0s, .inside_iteration = 0s});
  EXPECT_EQ(printed([&] { silent.evaluating({.size = 400, .done = 57}); }), "");
}

TEST_F(ConsoleOutput, LinesInsideABatchTakeTheIterationsOwnFromNone) {
  Console plain = console(Console::Mode::plain, {.between_iterations = 20ms, .inside_iteration = 0s});
  const std::string text = printed([&] {
    plain.started(after(0, 0), mixture_);
    plain.iterated(after(1, 400), mixture_);
    std::this_thread::sleep_for(30ms);
    plain.evaluating({.size = 400, .done = 399});
    plain.iterated(after(2, 800), mixture_);
  });
  EXPECT_NE(text.find("2          800"), std::string::npos) << text;
}

TEST_F(ConsoleOutput, BatchesOutsideTheSupportAreWarnedOfOnce) {
  Console plain = console(Console::Mode::plain, {.between_iterations = 0s, .inside_iteration = 1h});
  testing::internal::CaptureStderr();
  printed([&] {
    plain.started(after(0, 0), mixture_);
    for (int iteration = 1; iteration <= 3; ++iteration) {
      Progress progress = after(iteration, 100 * iteration);
      progress.report.batch_was_usable = iteration == 2;
      progress.end_of_block = true;
      plain.iterated(progress, mixture_);
    }
  });
  const std::string warnings = testing::internal::GetCapturedStderr();
  EXPECT_EQ(warnings.find("warning: in 1 iteration no sample lay inside the support"), 0u) << warnings;
  EXPECT_EQ(warnings.find("warning", 1), std::string::npos) << warnings;
}

// mpirun forwards stderr apart: a verdict there would come anywhere among the lines of the end.
TEST_F(ConsoleOutput, AVerdictComesBetweenTheLinesOfTheEnd) {
  Console plain = console(Console::Mode::plain, {.between_iterations = 0s, .inside_iteration = 1h});
  Progress progress = after(1, 100);
  progress.verdict = io::Verdict{.findings = {{io::Finding::Severity::bad, "trend", "Still improving."}}};
  const std::string text = printed([&] { plain.finished(progress, mixture_, StopReason::iterations); });
  const auto verdict = text.find("warning: Verdict: not to be trusted\n!! Still improving.");
  ASSERT_NE(verdict, std::string::npos) << text;
  EXPECT_LT(text.find("Finished: "), verdict);
  EXPECT_LT(verdict, text.find("summary f "));
}

}  // namespace
}  // namespace gmmvi::runner
