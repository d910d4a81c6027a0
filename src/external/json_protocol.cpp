#include "external/json_protocol.hpp"

#include <cmath>
#include <iterator>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/printable.hpp"

namespace gmmvi::external {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error(what, ExitCode::unavailable);
}

const Json& field(const Json& said, const char* name) {
  if (const auto found = said.find(name); found != said.end()) return *found;
  std::vector<std::string> names;
  for (const auto& item : said.items()) names.push_back(core::quotation(item.key()));
  fail(fmt::format("its answer has no {}, only: {}", name,
                   names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "))));
}

bool is_outside(const Json& said) {
  const auto outside = said.find("outside");
  return outside != said.end() && outside->is_boolean() && outside->get<bool>();
}

std::string text_of(const Json& error) {
  return error.is_string() ? error.get<std::string>() : error.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

JsonProtocol::JsonProtocol(const Start& start, Eigen::Index outputs)
    : returns_outputs_(start.returns_outputs), counted_(start.counted), outputs_(outputs) {
  if (start.parameters.empty())
    throw Error("A simulator outside of this program needs the names of its parameters: list them under `parameters:`.",
                ExitCode::configuration);
  for (const std::string& name : start.parameters) keys_.push_back(Json(name).dump() + ": ");
}

void JsonProtocol::write_parameters(std::string& text, const Eigen::Ref<const Eigen::VectorXd>& sample) const {
  for (std::size_t d = 0; d < keys_.size(); ++d) {
    const double value = sample[static_cast<Eigen::Index>(d)];
    if (!std::isfinite(value)) fail(fmt::format("the parameter {}{} is not sent to a simulator", keys_[d], value));
    text += d == 0 ? "{" : ", ";
    text += keys_[d];
    fmt::format_to(std::back_inserter(text), "{:.17g}", value);
  }
  text += '}';
}

Answer JsonProtocol::no_answer(const Call& call) const {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  const Eigen::Index n = call.samples.cols();
  Answer answer{.outputs = Eigen::MatrixXd::Constant(outputs_, n, none), .gradients = {}, .status = {}};
  if (call.want_gradients) answer.gradients = Eigen::MatrixXd::Constant(dimension(), n, none);
  if (call.want_jacobians) answer.jacobians = Eigen::MatrixXd::Constant(outputs_ * dimension(), n, none);
  answer.status.assign(static_cast<std::size_t>(n), EvaluationStatus::failure);
  return answer;
}

// Its own words are told as they are.
void JsonProtocol::read(const Json& said, const Call& call, Eigen::Index column, Answer& answer) const {
  if (!said.is_object()) fail(fmt::format("gave an answer that is no object: {}", core::quotation(said.dump())));
  if (const auto error = said.find("error"); error != said.end() && !error->is_null()) fail(text_of(*error));
  try {
    read_numbers(said, call, column, answer);
  } catch (const Error& error) {
    fail(fmt::format("gave an answer of no use: {}", error.what()));
  }
}

void JsonProtocol::read_numbers(const Json& said, const Call& call, Eigen::Index column, Answer& answer) const {
  auto& status = answer.status[static_cast<std::size_t>(column)];
  const auto log_density = said.find("log_density");
  const bool has_none = returns_outputs_ && log_density != said.end() &&
                        number_of(*log_density, "log_density") == -std::numeric_limits<double>::infinity();
  if (is_outside(said) || has_none) {
    // An infinite or finite number beside it would say the same or contradict: the word counts.
    answer.outputs.col(column).setConstant(-std::numeric_limits<double>::infinity());
    status = EvaluationStatus::outside_support;
    return;
  }
  if (returns_outputs_) {
    read_outputs(said, call, column, answer);
  } else {
    read_log_density(said, call.want_gradients, column, answer);
  }
  status = answer.outputs(0, column) == -std::numeric_limits<double>::infinity() ? EvaluationStatus::outside_support
                                                                                 : EvaluationStatus::value;
}

Eigen::VectorXd JsonProtocol::numbers(const Json& values, const std::string& name, Eigen::Index count,
                                      const Counted& finite) const {
  if (!values.is_array()) fail(fmt::format("{} is {}, not a list of {}", name, core::quotation(values.dump()), count));
  if (static_cast<Eigen::Index>(values.size()) != count) {
    std::string hint;
    if (name == "outputs") hint = ", one for each row of the data, those without a value among them";
    if (name == "outputs" && values.size() == 1)
      hint += ". If it is a log density, set target.returns to log_likelihood, or to log_density if it has the priors";
    fail(fmt::format("{} has {} numbers, not {}{}", name, values.size(), count, hint));
  }
  Eigen::VectorXd result(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const Json& value = values[static_cast<std::size_t>(i)];
    if (value.is_number_float())
      result[i] = value.get<double>();
    else
      result[i] = number_of(value, fmt::format("{}[{}]", name, i));
  }
  if (const Eigen::Index i = finite.first_not_finite(result); i < count)
    fail(fmt::format("{}[{}] is {}", name, i, result[i]));
  return result;
}

void JsonProtocol::read_log_density(const Json& said, bool want_gradient, Eigen::Index column, Answer& answer) const {
  const auto list = said.find("log_density");
  const bool has_outputs = list == said.end() ? said.contains("outputs") : list->is_array() && list->size() > 1;
  if (has_outputs)
    fail(
        fmt::format("it is {}, where a log density is one number. If they are outputs that data are compared with, "
                    "set target.returns to outputs, and say in the section likelihood what the data are",
                    core::quotation((list == said.end() ? said.at("outputs") : *list).dump())));
  const double log_density = number_of(field(said, "log_density"), "log_density");
  const bool outside = log_density == -std::numeric_limits<double>::infinity();
  if (!outside && !std::isfinite(log_density)) fail(fmt::format("log_density is {}", log_density));
  if (want_gradient && !outside)
    answer.gradients.col(column) = numbers(field(said, "gradient"), "gradient", dimension());
  answer.outputs(0, column) = log_density;
}

void JsonProtocol::read_outputs(const Json& said, const Call& call, Eigen::Index column, Answer& answer) const {
  const Eigen::VectorXd outputs = numbers(field(said, "outputs"), "outputs", outputs_, counted_);
  if (call.want_gradients) {
    const Eigen::MatrixXd jacobian = jacobian_of(field(said, "jacobian"));
    answer.gradients.col(column) = jacobian.transpose() * call.sensitivity(column, outputs);
    if (call.want_jacobians) answer.jacobians.col(column) = jacobian.reshaped();
  }
  answer.outputs.col(column) = outputs;
}

// [M x D] of a list of rows; those that do not count are 0.
Eigen::MatrixXd JsonProtocol::jacobian_of(const Json& rows) const {
  if (!rows.is_array() || static_cast<Eigen::Index>(rows.size()) != outputs_)
    fail(fmt::format("jacobian is not a list of {} rows, one for each output", outputs_));
  Eigen::MatrixXd jacobian = Eigen::MatrixXd::Zero(outputs_, dimension());
  for (Eigen::Index m = 0; m < outputs_; ++m)
    if (counted_.has(m))
      jacobian.row(m) = numbers(rows[static_cast<std::size_t>(m)], fmt::format("jacobian[{}]", m), dimension());
  return jacobian;
}

}  // namespace gmmvi::external
