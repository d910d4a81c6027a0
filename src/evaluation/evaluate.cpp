#include "evaluation/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace gmmvi::evaluation {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// What the target said of a group, made trustworthy: shapes, statuses and numbers agree.
class GroupResult {
 public:
  GroupResult(Evaluation evaluation, Eigen::Index dimension, Eigen::Index count, bool gradients)
      : evaluation_(std::move(evaluation)), dimension_(dimension), count_(count), gradients_(gradients) {}

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

 private:
  Evaluation evaluation_;
  Eigen::Index dimension_, count_;
  bool gradients_;
};

double stored_log_density(EvaluationStatus status, double value) {
  if (status == EvaluationStatus::value) return value;
  return status == EvaluationStatus::failure ? not_a_number : -std::numeric_limits<double>::infinity();
}

// Evaluates the samples at columns first … first+count−1 of `own`, which are drawn already.
void evaluate_group(Target& target, const EvaluationRequest& request, Eigen::Index first, Eigen::Index count,
                    OwnEvaluations& own) {
  std::vector<SampleId> ids;
  for (Eigen::Index n = first; n < first + count; ++n)
    ids.push_back({request.batch, static_cast<std::uint64_t>(own.positions[static_cast<std::size_t>(n)])});
  std::string failure;
  try {
    const GroupResult group(target.evaluate(own.samples.middleCols(first, count), ids, request.want_gradients),
                            target.dimension(), count, request.want_gradients);
    failure = group.complaint();
    for (Eigen::Index n = 0; failure.empty() && n < count; ++n) {
      const EvaluationStatus status = group.status(n);
      own.status[static_cast<std::size_t>(first + n)] = status;
      own.log_densities[first + n] = stored_log_density(status, group.evaluation().log_densities[n]);
      if (request.want_gradients && status == EvaluationStatus::value)
        own.gradients.col(first + n) = group.evaluation().gradients.col(n);
      if (status == EvaluationStatus::failure && own.first_failure.empty()) own.first_failure = group.reason(n);
    }
  } catch (const std::exception& error) {
    failure = *error.what() ? error.what() : "an exception without a text";
  } catch (...) {
    failure = "an exception that is no std::exception";
  }
  if (own.first_failure.empty()) own.first_failure = failure;
}

}  // namespace

OwnEvaluations evaluate(Target& target, const EvaluationRequest& request, const Communicator& communicator) {
  const Eigen::Index group_size = target.group_size();
  const Eigen::Index groups = (request.size + group_size - 1) / group_size;
  const Eigen::Index first = std::min(groups * communicator.rank() / communicator.size() * group_size, request.size);
  const Eigen::Index last =
      std::min(groups * (communicator.rank() + 1) / communicator.size() * group_size, request.size);
  const Eigen::Index count = last - first;

  OwnEvaluations own;
  own.positions.resize(static_cast<std::size_t>(count));
  std::iota(own.positions.begin(), own.positions.end(), first);
  own.samples.resize(target.dimension(), count);
  own.log_densities = Eigen::VectorXd::Constant(count, not_a_number);
  own.gradients = Eigen::MatrixXd::Zero(target.dimension(), request.want_gradients ? count : 0);
  own.status.assign(static_cast<std::size_t>(count), EvaluationStatus::failure);
  for (Eigen::Index start = 0; start < count; start += group_size) {
    const Eigen::Index samples = std::min(group_size, count - start);
    request.draw(first + start, own.samples.middleCols(start, samples));
    evaluate_group(target, request, start, samples, own);
  }
  return own;
}

}  // namespace gmmvi::evaluation
