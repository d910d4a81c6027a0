#include "evaluation/group.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include <fmt/format.h>

#include "gmmvi/unavailable.hpp"

#include "comm/foreign_code.hpp"
#include "core/floating_point.hpp"
#include "core/printable.hpp"

namespace gmmvi::evaluation {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// What the target said of a group, made trustworthy: shapes, statuses and numbers agree.
class GroupResult {
 public:
  GroupResult(Evaluation evaluation, const Target& target, Eigen::Index count, bool gradients)
      : evaluation_(std::move(evaluation)),
        dimension_(target.dimension()),
        outputs_(target.output_numbers()),
        count_(count),
        gradients_(gradients) {}

  // An empty text if the shapes are as asked.
  std::string complaint() const {
    if (evaluation_.log_densities.size() != count_)
      return fmt::format("the target returned {} log densities for {} samples", evaluation_.log_densities.size(),
                         count_);
    if (gradients_ && (evaluation_.gradients.rows() != dimension_ || evaluation_.gradients.cols() != count_))
      return fmt::format("the target returned gradients of shape [{} x {}] instead of [{} x {}]",
                         evaluation_.gradients.rows(), evaluation_.gradients.cols(), dimension_, count_);
    if (!evaluation_.status.empty() && static_cast<Eigen::Index>(evaluation_.status.size()) != count_)
      return fmt::format("the target returned {} statuses for {} samples", evaluation_.status.size(), count_);
    if (gives_outputs() && (evaluation_.outputs.rows() != outputs_ || evaluation_.outputs.cols() != count_))
      return fmt::format("the target returned outputs of shape [{} x {}] instead of [{} x {}]",
                         evaluation_.outputs.rows(), evaluation_.outputs.cols(), outputs_, count_);
    return {};
  }

  EvaluationStatus status(Eigen::Index n) const {
    const double value = evaluation_.log_densities[n];
    const EvaluationStatus said =
        evaluation_.status.empty() ? EvaluationStatus::value : evaluation_.status[static_cast<std::size_t>(n)];
    if (said == EvaluationStatus::failure) return said;
    if (said == EvaluationStatus::outside_support || value == -std::numeric_limits<double>::infinity())
      return EvaluationStatus::outside_support;
    const bool usable = std::isfinite(value) && (!gradients_ || evaluation_.gradients.col(n).allFinite());
    return usable ? EvaluationStatus::value : EvaluationStatus::failure;
  }

  // Why sample n has no value.
  std::string reason(Eigen::Index n) const {
    const double value = evaluation_.log_densities[n];
    if (!std::isfinite(value)) return fmt::format("the target returned the log density {}", value);
    const bool finite = !gradients_ || evaluation_.gradients.col(n).allFinite();
    return finite ? "the target said so" : "the target returned a gradient that is not finite";
  }

  const Evaluation& evaluation() const { return evaluation_; }
  bool gives_outputs() const { return outputs_ > 0 && evaluation_.outputs.size() > 0; }

 private:
  Evaluation evaluation_;
  Eigen::Index dimension_, outputs_, count_;
  bool gradients_;
};

double stored_log_density(EvaluationStatus status, double value) {
  if (status == EvaluationStatus::value) return value;
  return status == EvaluationStatus::failure ? not_a_number : -std::numeric_limits<double>::infinity();
}

// Evaluates the samples of `group`, which are drawn already, and notes what came of it.
void attempt(Target& target, std::span<const SampleId> ids, bool want_gradients, Attempts& attempts,
             FinishedGroup& group) {
  const Eigen::Index count = group.size(), outputs = target.output_numbers();
  group.log_densities = Eigen::VectorXd::Constant(count, not_a_number);
  group.gradients = Eigen::MatrixXd::Zero(group.dimension(), want_gradients ? count : 0);
  group.outputs = Eigen::MatrixXd::Constant(outputs, outputs > 0 ? count : 0, not_a_number);
  group.failure.clear();
  try {
    const GroupResult result(call(target, group.samples, ids, want_gradients, attempts), target, count, want_gradients);
    group.failure = result.complaint();
    if (!group.failure.empty()) return;
    if (result.gives_outputs()) group.outputs = result.evaluation().outputs;
    for (Eigen::Index n = 0; n < count; ++n) {
      const EvaluationStatus status = result.status(n);
      group.log_densities[n] = stored_log_density(status, result.evaluation().log_densities[n]);
      if (want_gradients && status == EvaluationStatus::value)
        group.gradients.col(n) = result.evaluation().gradients.col(n);
      if (status == EvaluationStatus::failure && group.failure.empty()) group.failure = result.reason(n);
    }
  } catch (const Unavailable&) {
    throw;  // it is not this sample that fails
  } catch (...) {
    group.failure = reason_of_exception();
  }
}

/// From its construction on the evaluation runs.
class Running {
 public:
  Running(Attempts& attempts, BusyClock::Kind kind) : attempts_(attempts), timed_(attempts) { attempts_.begin(kind); }
  ~Running() { attempts_.end(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Attempts& attempts_;
  core::TimedBy timed_;
};

}  // namespace

Groups::Groups(Eigen::Index batch_size, const Target& target)
    : batch_size_(batch_size), count_(batch_size == 0 ? 0 : (batch_size - 1) / target.group_size() + 1) {
  if (target.cheap() && count_ % 2 != 0 && count_ < batch_size) ++count_;
}

std::optional<Eigen::Index> Groups::starting_at(Eigen::Index position) const {
  if (position < 0 || position >= batch_size_) return std::nullopt;
  const Eigen::Index group = (position * count_ + batch_size_ - 1) / batch_size_;
  return first(group) == position ? std::optional(group) : std::nullopt;
}

Evaluation call(Target& target, const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                bool want_gradients, Attempts& attempts) {
  const comm::ForeignCode foreign;
  const core::FloatingPointKeeper floating_point;
  const auto note = [&] {
    if (floating_point.changed()) attempts.note_floating_point();
  };
  try {
    Evaluation evaluation = target.evaluate(samples, ids, want_gradients);
    note();
    return evaluation;
  } catch (...) {
    note();
    throw;
  }
}

std::string floating_point_warning(const std::string& where) {
  return fmt::format(
      "warning: an evaluation{} changed how floating-point numbers are computed with (rounding, traps, or denormal "
      "numbers flushed to zero), and left it so. It is set back after every evaluation; a target that needs such a "
      "mode "
      "has to set it in each of them.",
      where);
}

std::string reason_of_exception() {
  try {
    throw;
  } catch (const std::exception& error) {
    return *error.what() ? core::reason(error.what()) : "an exception without a text";
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

void evaluate(Target& target, std::span<const SampleId> ids, bool want_gradients, int max_retries, Attempts& attempts,
              FinishedGroup& group) {
  const auto start = Attempts::Clock::now();
  for (int retry = 0; retry == 0 || (retry <= max_retries && !group.failure.empty() && attempts.may_go_on()); ++retry) {
    const Running running(attempts, BusyClock::kind_of(group.batch));
    attempt(target, ids, want_gradients, attempts, group);
  }
  group.seconds = std::chrono::duration<double>(Attempts::Clock::now() - start).count();
}

FinishedGroup evaluate_point(Target& target, const Eigen::VectorXd& point, SampleId id, bool want_gradient,
                             std::optional<double> time_limit) {
  FinishedGroup group;
  group.samples = point;
  group.batch = id.batch;
  group.first = static_cast<std::int64_t>(id.position);
  Attempts attempts;
  std::atomic<bool> done = false;
  std::thread watch;
  if (time_limit && target.interruptible())
    watch = std::thread([&] {
      for (; !done; std::this_thread::sleep_for(std::chrono::milliseconds(10)))
        attempts.interrupt_after(*time_limit, [&] { target.interrupt(); });
    });
  const auto end_watch = [&] {
    done = true;
    if (watch.joinable()) watch.join();
  };
  try {
    evaluate(target, {&id, 1}, want_gradient, 0, attempts, group);
  } catch (...) {
    end_watch();
    throw;
  }
  end_watch();
  return group;
}

FinishedGroup evaluate_group(Target& target, const EvaluationRequest& request, Eigen::Index group, int max_retries,
                             Attempts& attempts) {
  const Groups groups(request.size, target);
  FinishedGroup finished;
  if (groups.count() == 0) return finished;
  finished.batch = request.batch;
  finished.first = groups.first(group);
  finished.samples.resize(target.dimension(), groups.size(group));
  request.draw(finished.first, finished.samples);
  std::vector<SampleId> ids;
  for (Eigen::Index n = 0; n < finished.samples.cols(); ++n) {
    const std::int64_t place = finished.first + n, each = request.points_per_sample;
    ids.push_back({finished.batch, static_cast<std::uint64_t>(place / each), static_cast<std::uint64_t>(place % each)});
  }
  evaluate(target, ids, request.want_gradients, max_retries, attempts, finished);
  // Nobody asks for the outputs of points beside samples, which may be many.
  if (std::ranges::find(ids, std::uint64_t{0}, &SampleId::point) == ids.end()) finished.outputs.resize(0, 0);
  return finished;
}

}  // namespace gmmvi::evaluation
