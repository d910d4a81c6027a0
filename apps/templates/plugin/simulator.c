/* A damped oscillation as a library. Put your own simulator in its place; gmmvi/target_plugin.h says what each function
   has to do. */
#include "gmmvi/target_plugin.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { amplitude, damping, frequency, parameters, outputs = 30 };
static const char* const names[parameters] = {"amplitude", "damping", "frequency"};
static const char* error = "";

int32_t gmmvi_plugin_version(void) { return GMMVI_PLUGIN_VERSION; }

/* There is nothing to remember: any pointer but NULL will do as the instance. */
void* gmmvi_plugin_create(const gmmvi_plugin_start* start) {
  static char instance;
  error = "the parameters have to be amplitude, damping, frequency, in this order";
  if (start->parameter_count != parameters) return NULL; /* those of the noise are not among them */
  for (int d = 0; d < parameters; ++d)
    if (strcmp(start->parameter_names[d], names[d]) != 0) return NULL;
  return &instance;
}

void gmmvi_plugin_destroy(void* instance) { (void)instance; }

void gmmvi_plugin_describe(const void* instance, gmmvi_plugin_capabilities* can) {
  (void)instance;
  can->outputs = outputs;
  can->group_size = 64; /* samples of a call */
  can->gradients = 1;
  can->cheap = 1; /* 0, or leave it away, if an evaluation takes more than a millisecond */
}

int32_t gmmvi_plugin_evaluate(void* instance, const gmmvi_plugin_batch* batch) {
  (void)instance;
  for (int64_t n = 0; n < batch->samples; ++n) {
    const double* x = batch->parameters + parameters * n;
    for (int m = 0; m < outputs; ++m) {
      const double t = 0.2 * (m + 1); /* seconds, those of observations.csv */
      const double decay = exp(-x[damping] * t), wave = cos(x[frequency] * t);
      batch->values[outputs * n + m] = x[amplitude] * decay * wave;
      if (!batch->want_gradients) continue;
      double* slope = batch->gradients + outputs * parameters * n + m; /* of output m, by each parameter */
      slope[outputs * amplitude] = decay * wave;
      slope[outputs * damping] = -t * x[amplitude] * decay * wave;
      slope[outputs * frequency] = -t * x[amplitude] * decay * sin(x[frequency] * t);
    }
  }
  return 0; /* or batch->status[n] = GMMVI_PLUGIN_FAILURE where there is no result */
}

const char* gmmvi_plugin_last_error(const void* instance) { return (void)instance, error; }
