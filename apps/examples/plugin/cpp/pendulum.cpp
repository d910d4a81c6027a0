// A pendulum with damping and friction as a plugin of gmmvi, in C++. README.md beside this folder has its equation. It
// has no gradients; the example in C has. No exception may leave a function, which is what `guarded` is for.
#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmmvi/target_plugin.h"

namespace {

constexpr int outputs = 40, steps = 25;  // steps from one output to the next
constexpr double step = 0.01;            // seconds
constexpr double creeping = 0.01;        // rad/s, below which friction is less than it is in motion

using State = std::array<double, 2>;  // angle and velocity

State operator+(const State& a, const State& b) {
  return {a[0] + b[0], a[1] + b[1]};
}
State operator*(double c, const State& a) {
  return {c * a[0], c * a[1]};
}

struct Pendulum {
  double amplitude, damping, friction, frequency;

  State slope(const State& y) const {
    return {y[1], -damping * y[1] - friction * std::tanh(y[1] / creeping) - frequency * frequency * std::sin(y[0])};
  }
  /// One step of the classical Runge-Kutta method.
  State after(const State& y) const {
    const State k1 = slope(y), k2 = slope(y + 0.5 * step * k1), k3 = slope(y + 0.5 * step * k2),
                k4 = slope(y + step * k3);
    return y + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
  }
};

/// What gmmvi holds between calls.
class Simulator {
 public:
  explicit Simulator(const gmmvi_plugin_start& start)
      : names_(start.parameter_names, start.parameter_names + start.parameter_count) {
    for (const char* name : {"amplitude", "damping", "friction", "frequency"}) position(name);
  }

  void describe(gmmvi_plugin_capabilities& can) const {
    can.dimension = static_cast<std::int64_t>(names_.size());
    can.outputs = outputs;
    can.cheap = 1;
  }

  void evaluate(const gmmvi_plugin_batch& batch) const {
    for (std::int64_t i = 0; i < batch.samples; ++i) {
      const double* x = batch.parameters + i * static_cast<std::int64_t>(names_.size());
      const Pendulum pendulum = {x[position("amplitude")], x[position("damping")], x[position("friction")],
                                 x[position("frequency")]};
      State y = {pendulum.amplitude, 0.0};
      for (int m = 0; m < outputs; ++m) {
        for (int s = 0; s < steps; ++s) y = pendulum.after(y);
        batch.values[i * outputs + m] = y[0];
      }
    }
  }

 private:
  std::ptrdiff_t position(const std::string& name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) throw std::invalid_argument("the pendulum needs a parameter that is called " + name);
    return found - names_.begin();
  }

  std::vector<std::string> names_;
};

thread_local std::string error;

/// Calls `work`; what it throws is kept for gmmvi_plugin_last_error, and `otherwise` returned.
template <class Work, class Result>
Result guarded(Work work, Result otherwise) {
  try {
    return work();
  } catch (const std::exception& e) {
    error = e.what();
  } catch (...) {
    error = "an unknown exception";
  }
  return otherwise;
}

}  // namespace

int32_t gmmvi_plugin_version() {
  return GMMVI_PLUGIN_VERSION;
}

void* gmmvi_plugin_create(const gmmvi_plugin_start* start) {
  return guarded([start]() -> void* { return new Simulator(*start); }, static_cast<void*>(nullptr));
}

void gmmvi_plugin_destroy(void* instance) {
  delete static_cast<Simulator*>(instance);
}

void gmmvi_plugin_describe(const void* instance, gmmvi_plugin_capabilities* capabilities) {
  static_cast<const Simulator*>(instance)->describe(*capabilities);
}

int32_t gmmvi_plugin_evaluate(void* instance, const gmmvi_plugin_batch* batch) {
  return guarded(
      [instance, batch] {
        static_cast<const Simulator*>(instance)->evaluate(*batch);
        return 0;
      },
      1);
}

const char* gmmvi_plugin_last_error(const void* /*instance*/) {
  return error.c_str();
}
