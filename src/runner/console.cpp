#include "runner/console.hpp"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "core/log.hpp"
#include "io/model_hash.hpp"
#include "runner/text.hpp"
#include "runner/version.hpp"

namespace gmmvi::runner {
namespace {

using Clock = std::chrono::steady_clock;
using core::log;

constexpr std::chrono::seconds longest_silence{10}, longest_silence_in_iteration{60};
constexpr std::chrono::milliseconds time_between_live_lines{200};
constexpr const char* columns = "{:>9}  {:>11}  {:>10}  {:>22}  {:>9}";

/// [K] components of [D] parameters.
std::pair<Eigen::Index, Eigen::Index> shape_of(const AnyMixture& mixture) {
  return std::visit([](const auto& m) { return std::pair(m.size(), m.dimension()); }, mixture);
}

std::string several(std::int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

Console::Console(RunTitle title, Mode mode, const RunOptions& options)
    : title_(std::move(title)), mode_(mode), rate_(options), printed_(Clock::now()) {}

void Console::started(const Progress& progress, const AnyMixture& mixture) {
  note(progress);
  const auto [components, dimension] = shape_of(mixture);
  log().info("gmmvi {}: {}, {} ({}), {}{}, seed {}, {}", version(), title_.name, title_.target,
             several(dimension, "parameter"), title_.codename,
             title_.preset.empty() ? "" : fmt::format(" with preset {}", title_.preset), title_.seed,
             several(title_.ranks, "rank"));
  log().info("Starts with {}; results go to {}/", several(components, "component"), title_.folder);
  if (mode_ == Mode::silent) return;
  log().info("");
  log().info(columns, "iteration", "evaluations", "components", "−ELBO", "seconds");
}

void Console::iterated(const Progress& progress, const AnyMixture&) {
  if (!progress.report.batch_was_usable) ++unusable_batches_;
  const bool first = progress.report.iteration == 1;
  if (mode_ == Mode::silent) {
    if (first || progress.end_of_block) warn(progress.report);
  } else if (first || progress.end_of_block || Clock::now() - printed_ > longest_silence) {
    print_line(progress);
  }
  note(progress);
  if (mode_ == Mode::live && Clock::now() - shown_ > time_between_live_lines) show_live_line();
}

void Console::note(const Progress& progress) {
  noted_ = Clock::now();
  progress_ = progress;
  rate_.note(progress);
}

void Console::evaluating(std::int64_t done, std::int64_t size) {
  const auto now = Clock::now();
  const bool shows = mode_ == Mode::live && now - shown_ > time_between_live_lines;
  const bool prints = mode_ != Mode::silent && now - printed_ > longest_silence_in_iteration;
  if (!shows && !prints) return;
  rate_.note_batch(std::chrono::duration<double>(now - noted_).count(), done, size);
  const std::string batch = fmt::format("{} of {} in this batch", done, size);
  if (prints) {
    const auto left = rate_.seconds_left();
    log().info("{:>9}  {:>11}  {}{}", progress_.report.iteration + 1, progress_.report.evaluations + done, batch,
               left ? fmt::format(", {} left", duration_text(*left)) : "");
    printed_ = now;
  }
  if (mode_ == Mode::live) show_live_line("  " + batch);
}

void Console::show_live_line(const std::string& batch) {
  const IterationReport& report = progress_.report;
  const auto rate = rate_.evaluations_per_second(), used = rate_.utilization(), left = rate_.seconds_left();
  core::show_live_line(fmt::format("iteration {}  −ELBO {}  components {}  evaluations {}{}{}{}{}", report.iteration,
                                   negative_elbo(progress_), report.components, report.evaluations,
                                   rate ? fmt::format(" ({:.{}f}/s)", *rate, *rate < 100.0 ? 1 : 0) : "", batch,
                                   used ? fmt::format("  {:.0f} % utilised", 100.0 * *used) : "",
                                   left ? fmt::format("  {} left", duration_text(*left)) : ""));
  shown_ = Clock::now();
}

void Console::print_line(const Progress& progress) {
  const IterationReport& report = progress.report;
  log().info(columns, report.iteration, report.evaluations, report.components, negative_elbo(progress),
             fmt::format("{:.2f}", progress.wall_seconds));
  warn(report);
  printed_ = Clock::now();
  shown_ = {};  // what comes back below is of an earlier iteration
}

void Console::warn(const IterationReport& report) {
  if (report.failures > failures_) {
    log().warn("warning: {} gave no value and {} left out; {} since the start",
               several(report.failures - failures_, "evaluation"), report.failures - failures_ == 1 ? "was" : "were",
               report.failures);
  }
  if (unusable_batches_ > 0) {
    log().warn(
        "warning: in {} no sample had a finite log density, so that nothing was changed; if this goes on, the "
        "initial mixture (model_initialization) does not reach the target's support",
        several(unusable_batches_, "iteration"));
  }
  failures_ = report.failures;
  unusable_batches_ = 0;
}

void Console::finished(const Progress& progress, const AnyMixture& mixture, StopReason reason) {
  core::show_live_line("");
  const IterationReport& report = progress.report;
  warn(report);
  const auto line = [](const char* name, const auto& value) { log().info("{:<11}  {}", name, value); };
  log().info("");
  log().info("{}: {}.", is_complete(reason) ? "Finished" : "Stopped", to_text(reason));
  log().info("−ELBO {}", explained_negative_elbo(progress));
  if (progress.elbo && progress.elbo->samples > 0) line("evidence", evidence(*progress.elbo));
  if (const std::string text = metrics(progress); !text.empty()) line("metrics", text);
  line("components", shape_of(mixture).first);
  line("iterations", report.iteration);
  line("evaluations", progress.metrics_evaluations == 0
                          ? fmt::format("{}", report.evaluations)
                          : fmt::format("{}, and {} for metrics", report.evaluations, progress.metrics_evaluations));
  if (const std::string text = evaluation_times(progress); !text.empty()) line("a call took", text);
  if (const std::string text = where_time_went(progress); !text.empty()) line("time", text);
  line("seconds", fmt::format("{:.2f} in iterations, {:.2f} with metrics and files", progress.algorithm_seconds,
                              progress.wall_seconds));
  line("model hash", io::to_hex(io::model_hash(mixture)));
  line("model", title_.model_path);
}

void Console::failed(const std::string&) {
  core::show_live_line("");
}

}  // namespace gmmvi::runner
