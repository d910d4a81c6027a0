#include "external/plugin.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"
#include "gmmvi/target_plugin.h"

#include "external/shared_library.hpp"

namespace gmmvi::external {
namespace {

/// What a plugin written in C++ lets out though it must not, as an Error; `doing` says in which of its functions.
template <class Function>
auto call_plugin(const std::string& name, const char* doing, Function function) {
  try {
    return function();
  } catch (const std::exception& error) {
    throw Error(fmt::format("{} (an exception that {} of {} let out)", error.what(), doing, name),
                ExitCode::unavailable);
  } catch (...) {
    throw Error(fmt::format("{} of {} let out an exception of an unknown kind", doing, name), ExitCode::unavailable);
  }
}

/// J of sample `i`, of the Jacobians [M x D x n].
Eigen::Map<const Eigen::MatrixXd> jacobian_of(const Eigen::MatrixXd& jacobians, Eigen::Index outputs, Eigen::Index i) {
  return {jacobians.col(i).data(), outputs, jacobians.rows() / outputs};
}

}  // namespace

struct Plugin::Instance {
  Instance(const PluginOptions& options, const Start& start) : library(options.library, "plugin") {
    constexpr const char* hint = "it has to define the functions of gmmvi/target_plugin.h, in C++ as extern \"C\"";
    library.get(version, "gmmvi_plugin_version", hint);
    if (const auto is = call_plugin(library.name(), "gmmvi_plugin_version", version); is != GMMVI_PLUGIN_VERSION)
      throw Error(fmt::format("{} is of version {} of gmmvi/target_plugin.h, this program of version {}: compile it "
                              "with the header that came with this program",
                              library.name(), is, GMMVI_PLUGIN_VERSION),
                  ExitCode::unavailable);
    library.get(create, "gmmvi_plugin_create", hint);
    library.get(destroy, "gmmvi_plugin_destroy", hint);
    library.get(describe, "gmmvi_plugin_describe", hint);
    library.get(evaluate, "gmmvi_plugin_evaluate", hint);
    library.find(last_error, "gmmvi_plugin_last_error");
    library.find(interrupt, "gmmvi_plugin_interrupt");
    library.find(join, "gmmvi_plugin_join");
    make(options, start);
    try {
      ask(start);
    } catch (...) {
      end();
      throw;
    }
  }
  ~Instance() { end(); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  void make(const PluginOptions& options, const Start& start) {
    std::vector<const char*> names;
    for (const auto& parameter : start.parameters) names.push_back(parameter.c_str());
    const gmmvi_plugin_start told = {options.options.c_str(), static_cast<std::int64_t>(names.size()), names.data(),
                                     start.returns_outputs ? 1 : 0};
    handle = call_plugin(library.name(), "gmmvi_plugin_create", [&] { return create(&told); });
    if (handle == nullptr)
      throw Error(fmt::format("{} cannot start: {}", library.name(), last_words()), ExitCode::unavailable);
  }

  void end() noexcept {
    try {
      destroy(handle);
    } catch (...) {  // it is gone, and nobody waits for what it says
    }
  }

  /// What it can do, and whether that is what it is wanted for.
  void ask(const Start& start) {
    can = {static_cast<std::int64_t>(start.parameters.size()), 1, 1, 0, 0, 0};
    call_plugin(library.name(), "gmmvi_plugin_describe", [&] { describe(handle, &can); });
    const auto named = static_cast<std::int64_t>(start.parameters.size());
    if (can.dimension == 0 && named > 0) can.dimension = named;
    if (can.dimension < 1 || can.outputs < 1 || can.group_size < 1)
      throw Error(fmt::format("{} says that it takes {} parameters and {} samples at a time, and returns {} outputs: "
                              "all of them have to be positive",
                              library.name(), can.dimension, can.group_size, can.outputs),
                  ExitCode::unavailable);
    if (named > 0 && can.dimension != named)
      throw Error(fmt::format("{} takes {} parameters, but `parameters` of the config names {}: {}", library.name(),
                              can.dimension, named, fmt::join(start.parameters, ", ")),
                  ExitCode::configuration);
    if (!start.returns_outputs && can.outputs != 1)
      throw Error(fmt::format("{} returns {} numbers, but a log density is one. If they are to be compared with data, "
                              "set `returns: outputs` and `likelihood`.",
                              library.name(), can.outputs),
                  ExitCode::configuration);
    if (can.works_in_teams != 0 && join == nullptr)
      throw Error(fmt::format("{} says that it works in teams, but has no symbol gmmvi_plugin_join", library.name()),
                  ExitCode::unavailable);
  }

  /// Why its last call failed. Of create(), without a handle.
  std::string last_words() const {
    const char* words = last_error == nullptr ? nullptr : call_plugin(library.name(), "gmmvi_plugin_last_error", [&] {
      return last_error(handle);
    });
    return words != nullptr && *words != '\0' ? words : "it does not say why (gmmvi_plugin_last_error)";
  }

  SharedLibrary library;
  decltype(&gmmvi_plugin_version) version = nullptr;
  decltype(&gmmvi_plugin_create) create = nullptr;
  decltype(&gmmvi_plugin_destroy) destroy = nullptr;
  decltype(&gmmvi_plugin_describe) describe = nullptr;
  decltype(&gmmvi_plugin_evaluate) evaluate = nullptr;
  decltype(&gmmvi_plugin_last_error) last_error = nullptr;  // this and what follows may be missing
  decltype(&gmmvi_plugin_interrupt) interrupt = nullptr;
  decltype(&gmmvi_plugin_join) join = nullptr;
  void* handle = nullptr;
  gmmvi_plugin_capabilities can = {};

  std::mutex mutex;  // guards `running`, and an interruption from one that begins later
  bool running = false;
};

Plugin::Plugin(const PluginOptions& options, const Start& start)
    : instance_(std::make_unique<Instance>(options, start)), counted_(start.counted) {}

Plugin::~Plugin() = default;

Eigen::Index Plugin::dimension() const {
  return instance_->can.dimension;
}

Eigen::Index Plugin::outputs() const {
  return instance_->can.outputs;
}

bool Plugin::has_gradients() const {
  return instance_->can.gradients != 0;
}

Eigen::Index Plugin::group_size() const {
  return instance_->can.group_size;
}

bool Plugin::cheap() const {
  return instance_->can.cheap != 0;
}

bool Plugin::works_in_teams() const {
  return instance_->can.works_in_teams != 0;
}

bool Plugin::interruptible() const {
  return instance_->interrupt != nullptr;
}

Answer Plugin::evaluate(const Call& call) {
  Instance& plugin = *instance_;
  const Eigen::Index n = call.samples.cols();
  const Eigen::MatrixXd parameters = call.samples;  // without gaps between columns
  Answer answer;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  answer.outputs.setConstant(outputs(), n, nan);
  Eigen::MatrixXd jacobians;  // [M D x n]
  if (call.want_gradients) jacobians.setConstant(outputs() * dimension(), n, nan);
  std::vector<std::int32_t> status(static_cast<std::size_t>(n), GMMVI_PLUGIN_VALUE);
  const gmmvi_plugin_batch batch = {n,
                                    parameters.data(),
                                    call.seeds.data(),
                                    call.want_gradients ? 1 : 0,
                                    answer.outputs.data(),
                                    call.want_gradients ? jacobians.data() : nullptr,
                                    status.data()};

  const auto set_running = [&plugin](bool running) {
    const std::lock_guard lock(plugin.mutex);
    plugin.running = running;
  };
  set_running(true);
  std::int32_t failed = 0;
  try {
    failed = call_plugin(plugin.library.name(), "gmmvi_plugin_evaluate",
                         [&] { return plugin.evaluate(plugin.handle, &batch); });
  } catch (...) {
    set_running(false);
    throw;
  }
  set_running(false);
  if (failed != 0) throw Error(plugin.last_words(), ExitCode::unavailable);

  for (const auto s : status) {
    if (s < GMMVI_PLUGIN_VALUE || s > GMMVI_PLUGIN_FAILURE)
      throw Error(fmt::format("{} gave a sample the status {}, which gmmvi/target_plugin.h does not know",
                              plugin.library.name(), s),
                  ExitCode::unavailable);
    answer.status.push_back(static_cast<EvaluationStatus>(s));
  }
  if (call.want_gradients) {
    answer.gradients.setConstant(dimension(), n, nan);
    if (call.want_jacobians) answer.jacobians.setConstant(outputs() * dimension(), n, nan);
    for (Eigen::Index i = 0; i < n; ++i)
      if (answer.status[static_cast<std::size_t>(i)] == EvaluationStatus::value &&
          counted_.first_not_finite(answer.outputs.col(i)) == outputs()) {
        Eigen::MatrixXd jacobian = jacobian_of(jacobians, outputs(), i);
        for (Eigen::Index m = 0; m < outputs(); ++m)
          if (!counted_.has(m)) jacobian.row(m).setZero();
        answer.gradients.col(i) = jacobian.transpose() * call.sensitivity(i, answer.outputs.col(i));
        if (call.want_jacobians) answer.jacobians.col(i) = jacobian.reshaped();
      }
  }
  return answer;
}

void Plugin::interrupt() {
  const std::lock_guard lock(instance_->mutex);
  if (!instance_->running || instance_->interrupt == nullptr) return;
  try {
    instance_->interrupt(instance_->handle);
  } catch (...) {  // it is called again
  }
}

void Plugin::join(const Team& team) {
  Instance& plugin = *instance_;
  const auto failed = call_plugin(plugin.library.name(), "gmmvi_plugin_join",
                                  [&] { return plugin.join(plugin.handle, team.rank, team.size, team.communicator); });
  if (failed != 0)
    throw Error(
        fmt::format("{} cannot join its team of {} ranks: {}", plugin.library.name(), team.size, plugin.last_words()),
        ExitCode::unavailable);
}

}  // namespace gmmvi::external
