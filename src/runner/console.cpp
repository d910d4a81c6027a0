#include "runner/console.hpp"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "core/log.hpp"
#include "core/own_target.hpp"
#include "core/shell.hpp"
#include "core/terminal.hpp"
#include "core/verbosity.hpp"
#include "io/model_hash.hpp"
#include "runner/live_line.hpp"
#include "runner/text.hpp"
#include "runner/verdict.hpp"
#include "runner/version.hpp"

namespace gmmvi::runner {
namespace {

using Clock = std::chrono::steady_clock;
using core::log;

constexpr std::chrono::milliseconds time_between_live_lines{200};
constexpr const char* columns = "{:>9}  {:>11}  {:>10}  {:>22}  {:>9}";

/// [K] components of [D] parameters.
std::pair<Eigen::Index, Eigen::Index> shape_of(const AnyMixture& mixture) {
  return std::visit([](const auto& m) { return std::pair(m.size(), m.dimension()); }, mixture);
}

/// "1200, and 300 for metrics"
std::string evaluations_text(const Progress& progress) {
  const IterationReport& report = progress.report;
  std::string text = fmt::format("{}", report.evaluations);
  if (report.begun > report.evaluations)
    text += fmt::format(", and {} of batches in flight", report.begun - report.evaluations);
  if (progress.metrics_evaluations > 0) text += fmt::format(", and {} for metrics", progress.metrics_evaluations);
  return text;
}

std::string several(std::int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

Console::Console(RunTitle title, Mode mode, const RunOptions& options, Pauses pauses)
    : title_(std::move(title)), mode_(mode), pauses_(pauses), rate_(options), printed_(Clock::now()), told_(printed_) {}

void Console::started(const Progress& progress, const AnyMixture& mixture) {
  note(progress);
  const auto [components, dimension] = shape_of(mixture);
  const std::int64_t last_iteration = progress.report.iteration;
  log().info("gmmvi {}: {}, {} ({}), {}{}, seed {}, {}", version(), title_.name, title_.target,
             several(dimension, "parameter"), title_.codename,
             title_.preset.empty() ? "" : fmt::format(" with preset {}", title_.preset), title_.seed, title_.ranks);
  const std::string stands = several(components, "component");
  if (!title_.resumed) {
    log().info("Starts with {}; results go to {}/", stands, title_.folder);
  } else {
    log().info("Goes on {}, with {} and {}; results go to {}/",
               last_iteration == 0 ? "before the first iteration" : fmt::format("after iteration {}", last_iteration),
               stands, several(progress.report.evaluations, "evaluation"), title_.folder);
  }
  if (!title_.advice.empty()) log().info("{}", title_.advice);
  if (mode_ == Mode::silent) return;
  log().info("");
  log().info("(≈: from samples that the mixture was fitted to, hence too good)");
  log().info(columns, "iteration", "evaluations", "components", "−ELBO", "seconds");
}

void Console::iterated(const Progress& progress, const AnyMixture&) {
  if (!progress.report.batch_was_usable) ++unusable_batches_;
  const bool first = progress.report.iteration == 1;
  if (mode_ == Mode::silent) {
    if (first || progress.end_of_block) warn(progress.report);
  } else if (first || progress.end_of_block || Clock::now() - printed_ > pauses_.between_iterations) {
    print_line(progress);
  }
  note(progress);
  if (mode_ == Mode::live && Clock::now() - shown_ > time_between_live_lines) show_live_line(last_.evaluations, "");
}

void Console::note(const Progress& progress) {
  if (mode_ == Mode::silent) return;
  noted_ = Clock::now();
  last_ = {progress.report.iteration, progress.report.evaluations, progress.report.components,
           mode_ == Mode::live ? negative_elbo(progress) : ""};
  rate_.note(progress);
}

void Console::evaluating(const BatchProgress& batch) {
  const auto now = Clock::now();
  const bool shows = mode_ == Mode::live && now - shown_ > time_between_live_lines;
  const bool prints = mode_ != Mode::silent && now - told_ > pauses_.inside_iteration;
  if (!shows && !prints) return;
  if (!batch.beside) rate_.note_batch(std::chrono::duration<double>(now - noted_).count(), batch);
  const std::int64_t evaluations = last_.evaluations + (batch.beside ? 0 : batch.done);
  std::string text =
      fmt::format("{} of {} {}", batch.done, batch.size, batch.beside ? "for candidates or metrics" : "in this batch");
  const double filled = static_cast<double>(batch.size * std::max<std::int64_t>(1, batch.in_flight)) /
                        static_cast<double>(title_.evaluations_to_fill);
  if (filled < 1.0 && !batch.beside) text += fmt::format(", which fills {:.0f} % of the ranks", 100.0 * filled);
  if (prints) {
    const auto left = rate_.seconds_left();
    log().info("{:>9}  {:>11}  {}{}", last_.iteration + 1, batch.beside ? "" : fmt::format("{}", evaluations), text,
               left ? fmt::format(", {} left", duration_text(*left)) : "");
    told_ = now;
  }
  if (mode_ == Mode::live) show_live_line(evaluations, text, batch);
}

void Console::show_live_line(std::int64_t evaluations, const std::string& batch, const BatchProgress& progress) {
  // The utilization of the iterations before says nothing of the present batch.
  const LiveLine line{.iteration = last_.iteration,
                      .negative_elbo = last_.negative_elbo,
                      .components = last_.components,
                      .evaluations = evaluations,
                      .evaluations_per_second = rate_.evaluations_per_second(),
                      .batch = batch,
                      .batches_in_flight = progress.in_flight,
                      .oldest_seconds = progress.oldest_seconds,
                      .utilization = batch.empty() && core::shows_details() ? rate_.utilization() : std::nullopt,
                      .seconds_left = rate_.seconds_left()};
  core::show_live_line(to_text(
      line, core::terminal_columns(core::StandardStream::out) - 1));  // the last column would be the next row's first
  shown_ = Clock::now();
}

void Console::print_line(const Progress& progress) {
  const IterationReport& report = progress.report;
  log().info(columns, report.iteration, report.evaluations, report.components, negative_elbo(progress),
             fmt::format("{:.2f}", progress.wall_seconds));
  warn(report);
  printed_ = told_ = Clock::now();
  shown_ = {};  // what comes back below is of an earlier iteration
}

void Console::warn(const IterationReport& report) {
  if (report.failures > failures_) {
    log().warn("warning: {} gave no value and {} left out; {} since the start",
               several(report.failures - failures_, "evaluation"), report.failures - failures_ == 1 ? "was" : "were",
               report.failures);
  }
  if (unusable_batches_ > 0 && !told_of_unusable_) {
    log().warn(
        "warning: in {} no sample lay inside the support, so that nothing was changed (said once); if this goes on, "
        "the initial mixture (model_initialization) does not reach the target's support",
        several(unusable_batches_, "iteration"));
    told_of_unusable_ = true;
  }
  failures_ = report.failures;
}

void Console::finished(const Progress& progress, const AnyMixture& mixture, StopReason reason) {
  core::show_live_line("");
  const IterationReport& report = progress.report;
  warn(report);
  const auto line = [](const char* name, const auto& value) { log().info("{:<12}  {}", name, value); };
  log().info("");
  log().info("{}: {}.", is_complete(reason) ? "Finished" : "Stopped", to_text(reason));
  log().info("−ELBO {}", explained_negative_elbo(progress));
  if (progress.elbo && progress.elbo->samples > 0) line("log evidence", evidence(*progress.elbo));
  if (const std::string text = metrics(progress); !text.empty()) line("metrics", text);
  line("components", shape_of(mixture).first);
  line("iterations", report.iteration);
  line("evaluations", evaluations_text(progress));
  line("time", time_text(progress));
  print_details(progress, mixture);
  line("model", title_.model_path);
  if (progress.verdict) say(*progress.verdict);
  if (is_complete(reason)) say_what_next();
}

void Console::print_details(const Progress& progress, const AnyMixture& mixture) {
  const auto line = [](const char* name, const auto& value) { log().debug("{:<12}  {}", name, value); };
  if (const std::string text = evaluation_times(progress); !text.empty()) line("a call took", text);
  if (const std::string text = where_time_went(progress); !text.empty()) line("time by part", text);
  line("seconds", fmt::format("{:.2f} in iterations, {:.2f} with metrics and files", progress.algorithm_seconds,
                              progress.wall_seconds));
  line("model hash", io::to_hex(io::model_hash(mixture)));
}

void Console::say_what_next() const {
  const std::string folder = core::shell_word(title_.folder);
  log().info("");
  log().info("    {}  # the posterior in numbers", core::call_with("summary " + folder));
  log().info("    {}  # the run in charts: report.html", core::call_with("report " + folder));
  log().info("    {}  # draws: samples.nc", core::call_with("sample " + folder + " -n 10000"));
}

// What cannot be trusted is a warning, and yet to stdout: mpirun forwards stderr apart, and it would come anywhere.
void Console::say(const io::Verdict& verdict) {
  const bool bad = verdict.severity() == io::Finding::Severity::bad;
  log().info("");
  log().info("{}{}", bad ? "warning: " : "", to_text(verdict));
}

void Console::failed(const std::string&) {
  core::show_live_line("");
}

}  // namespace gmmvi::runner
