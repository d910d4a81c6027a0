#include "target/sleeping_target.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <unistd.h>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/random.hpp"

namespace gmmvi::target {
namespace {

using Failure = SleepingTarget::Failure;

constexpr double longest_sleep = 1e9;  // seconds, that a clock can still count

std::optional<Failure> drawn_failure(const SleepingFailures& o, double uniform) {
  double below = 0.0;
  for (const auto& [failure, probability] :
       {std::pair(Failure::exception, o.exception), std::pair(Failure::not_a_number, o.not_a_number),
        std::pair(Failure::wrong_shape, o.wrong_shape), std::pair(Failure::hang, o.hang)}) {
    below += probability;
    if (uniform < below) return failure;
  }
  return std::nullopt;
}

/// A positive number of mean 1.
double drawn_factor(const SleepingOptions& o, core::Stream& stream) {
  if (o.sigma == 0.0) return 1.0 + o.spread * (2.0 * stream.uniform() - 1.0);
  double normal = 0.0;
  stream.normal({&normal, 1});
  return std::exp(o.sigma * normal - 0.5 * o.sigma * o.sigma);
}

/// exp(d tanh(x1)) / cosh(d), so that the two ends that it has far out have the mean 1, and none exceeds 2. Written so
/// that no d overflows.
double dependence_factor(double d, double x1) {
  const double where = std::isnan(x1) ? 0.0 : std::tanh(x1);
  return 2.0 * std::exp(d * where - std::abs(d)) / (1.0 + std::exp(-2.0 * std::abs(d)));
}

/// What comes of an evaluation that fails; throws where that is the failure.
void spoil(Evaluation& evaluation, Failure failure, const SampleId& id) {
  if (failure == Failure::exception) {
    throw Error(fmt::format("the sleeping target throws, as failures.exception wants it (batch {}, position {})",
                            id.batch, id.position),
                ExitCode::unavailable);
  }
  if (failure == Failure::not_a_number) evaluation.log_densities.setConstant(std::numeric_limits<double>::quiet_NaN());
  if (failure == Failure::wrong_shape) evaluation.log_densities.conservativeResize(evaluation.log_densities.size() - 1);
}

}  // namespace

SleepingTarget::SleepingTarget(std::unique_ptr<Target> inner, const SleepingOptions& options, std::uint64_t seed)
    : inner_(std::move(inner)), options_(options), seed_(seed) {}

SleepingTarget::Fate SleepingTarget::fate(const SampleId& id, double x1) const {
  core::Stream stream(seed_, core::Purpose::sleeping, {.iteration = id.batch, .index = id.position});
  Fate fate{.seconds = 0.0,
            .failure = drawn_failure(options_.failures, stream.uniform()),
            .transient = stream.uniform() < options_.failures.transient};
  fate.seconds = options_.seconds * drawn_factor(options_, stream) * dependence_factor(options_.dependence, x1);
  return fate;
}

SleepingTarget::FailureCounts SleepingTarget::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

Evaluation SleepingTarget::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                                    bool want_gradients) {
  GMMVI_GUARD(!ids.empty() && static_cast<Eigen::Index>(ids.size()) == samples.cols(), "a number for every sample");
  const Clock::time_point start = begin();
  note_launch(ids.front());
  const Fate drawn = fate(ids.front(), samples(0, 0));
  const std::optional<Failure> failure = failure_of_attempt(drawn, ids.front());
  Evaluation evaluation = evaluate_inner(samples, ids, want_gradients);
  sleep(start, failure == Failure::hang ? std::nullopt : std::optional(drawn.seconds));
  if (failure) spoil(evaluation, *failure, ids.front());
  return evaluation;
}

void SleepingTarget::interrupt() {
  {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
  }
  interruption_.notify_all();
  inner_->interrupt();
}

// Forgets interruptions that came before, which meant an evaluation that has ended.
SleepingTarget::Clock::time_point SleepingTarget::begin() {
  const std::lock_guard lock(mutex_);
  interrupted_ = false;
  return Clock::now();
}

// One short write for each line: those of several ranks do not mix.
void SleepingTarget::note_launch(const SampleId& id) const {
  if (options_.log.empty()) return;
  const std::string line = fmt::format("{} {}\n", id.batch, id.position);
  const int file = ::open(options_.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const bool written = file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (file >= 0) ::close(file);
  if (!written) throw Error(fmt::format("cannot write {}: {}", options_.log, std::strerror(errno)));
}

std::optional<Failure> SleepingTarget::failure_of_attempt(const Fate& fate, const SampleId& id) {
  if (!fate.failure) return std::nullopt;
  if (fate.transient && !recovered_.emplace(id.batch, id.position).second) return std::nullopt;
  const std::lock_guard lock(mutex_);
  switch (*fate.failure) {
    case Failure::exception:
      ++failures_.exception;
      break;
    case Failure::not_a_number:
      ++failures_.not_a_number;
      break;
    case Failure::wrong_shape:
      ++failures_.wrong_shape;
      break;
    case Failure::hang:
      ++failures_.hang;
      break;
  }
  return fate.failure;
}

Evaluation SleepingTarget::evaluate_inner(const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                          std::span<const SampleId> ids, bool want_gradients) {
  const auto size = static_cast<std::size_t>(inner_->group_size());
  if (ids.size() <= size) return inner_->evaluate(samples, ids, want_gradients);
  Evaluation whole = Evaluation::of_size(dimension(), samples.cols(), want_gradients, output_numbers());
  whole.status.assign(ids.size(), EvaluationStatus::value);  // the numbers decide, as where a part's status is empty
  for (std::size_t first = 0; first < ids.size(); first += size) {
    const std::size_t count = std::min(size, ids.size() - first);
    const auto at = static_cast<Eigen::Index>(first), n = static_cast<Eigen::Index>(count);
    const Evaluation part = inner_->evaluate(samples.middleCols(at, n), ids.subspan(first, count), want_gradients);
    whole.log_densities.segment(at, n) = part.log_densities;
    if (want_gradients) whole.gradients.middleCols(at, n) = part.gradients;
    if (part.outputs.size() > 0) whole.outputs.middleCols(at, n) = part.outputs;
    std::ranges::copy(part.status, whole.status.begin() + at);
  }
  return whole;
}

void SleepingTarget::sleep(Clock::time_point begin, std::optional<double> seconds) {
  std::unique_lock lock(mutex_);
  const auto interrupted = [this] { return interrupted_; };
  if (!seconds) {
    interruption_.wait(lock, interrupted);
  } else {
    const std::chrono::duration<double> duration(std::min(*seconds, longest_sleep));
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(duration);
    if (!interruption_.wait_until(lock, end, interrupted)) return;
  }
  const std::chrono::duration<double> slept = Clock::now() - begin;
  throw Error(fmt::format("interrupted after {:.2f} s", slept.count()), ExitCode::unavailable);
}

}  // namespace gmmvi::target
