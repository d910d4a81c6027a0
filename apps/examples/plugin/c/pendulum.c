/* A pendulum with damping and friction as a plugin of gmmvi, in C99. README.md beside this folder has its equation. */
#include "gmmvi/target_plugin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { amplitude, damping, friction, frequency, parameters }; /* what the pendulum has; others may stand beside it */
enum { outputs = 40, steps = 25 };                            /* steps from one output to the next */
enum { states = 2 + 2 * parameters }; /* angle and velocity, and the derivatives of both by each parameter */

static const char* const names[parameters] = {"amplitude", "damping", "friction", "frequency"};
static const double step = 0.01;     /* seconds */
static const double creeping = 0.01; /* rad/s, below which friction is less than it is in motion */

typedef struct {
  int64_t dimension;
  int64_t at[parameters]; /* where they are among those of gmmvi */
} pendulum;

static char error[200];

int32_t gmmvi_plugin_version(void) { return GMMVI_PLUGIN_VERSION; }

void* gmmvi_plugin_create(const gmmvi_plugin_start* start) {
  pendulum* self = malloc(sizeof *self);
  if (self == NULL) return NULL;
  self->dimension = start->parameter_count;
  for (int p = 0; p < parameters; ++p) {
    self->at[p] = 0;
    while (self->at[p] < start->parameter_count && strcmp(start->parameter_names[self->at[p]], names[p]) != 0)
      ++self->at[p];
    if (self->at[p] == start->parameter_count) {
      snprintf(error, sizeof error, "the pendulum needs a parameter that is called %s", names[p]);
      free(self);
      return NULL;
    }
  }
  return self;
}

void gmmvi_plugin_destroy(void* instance) { free(instance); }

void gmmvi_plugin_describe(const void* instance, gmmvi_plugin_capabilities* can) {
  can->dimension = ((const pendulum*)instance)->dimension;
  can->outputs = outputs;
  can->gradients = 1;
  can->cheap = 1;
}

/* The time derivatives of the first `n` states: of the pendulum, or of the derivatives by its parameters, too. */
static void slope(const double* of, const double* state, int n, double* out) {
  const double grip = tanh(state[1] / creeping);
  const double stiffness = of[frequency] * of[frequency];
  out[0] = state[1];
  out[1] = -of[damping] * state[1] - of[friction] * grip - stiffness * sin(state[0]);
  if (n == 2) return;
  const double by_angle = -stiffness * cos(state[0]);
  const double by_velocity = -of[damping] - of[friction] * (1.0 - grip * grip) / creeping;
  const double by[parameters] = {0.0, -state[1], -grip, -2.0 * of[frequency] * sin(state[0])};
  for (int p = 0; p < parameters; ++p) {
    const double* d = state + 2 + 2 * p;
    out[2 + 2 * p] = d[1];
    out[3 + 2 * p] = by_angle * d[0] + by_velocity * d[1] + by[p];
  }
}

/* One step of the classical Runge-Kutta method. */
static void advance(const double* of, double* state, int n) {
  double k1[states], k2[states], k3[states], k4[states], between[states];
  slope(of, state, n, k1);
  for (int i = 0; i < n; ++i) between[i] = state[i] + 0.5 * step * k1[i];
  slope(of, between, n, k2);
  for (int i = 0; i < n; ++i) between[i] = state[i] + 0.5 * step * k2[i];
  slope(of, between, n, k3);
  for (int i = 0; i < n; ++i) between[i] = state[i] + step * k3[i];
  slope(of, between, n, k4);
  for (int i = 0; i < n; ++i) state[i] = state[i] + step / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
}

int32_t gmmvi_plugin_evaluate(void* instance, const gmmvi_plugin_batch* batch) {
  const pendulum* self = instance;
  const int n = batch->want_gradients ? states : 2;
  for (int64_t i = 0; i < batch->samples; ++i) {
    double of[parameters];
    for (int p = 0; p < parameters; ++p) of[p] = batch->parameters[i * self->dimension + self->at[p]];
    double state[states] = {of[amplitude], 0.0, 1.0}; /* at rest; the angle's derivative by the amplitude is 1 */
    double* values = batch->values + i * outputs;
    double* jacobian = batch->want_gradients ? batch->gradients + i * outputs * self->dimension : NULL;
    if (jacobian != NULL) memset(jacobian, 0, sizeof(double) * (size_t)(outputs * self->dimension));
    for (int m = 0; m < outputs; ++m) {
      for (int s = 0; s < steps; ++s) advance(of, state, n);
      values[m] = state[0];
      for (int p = 0; jacobian != NULL && p < parameters; ++p)
        jacobian[m + outputs * self->at[p]] = state[2 + 2 * p];
    }
  }
  return 0;
}

/* Only gmmvi_plugin_create fails. */
const char* gmmvi_plugin_last_error(const void* instance) { return (void)instance, error; }
