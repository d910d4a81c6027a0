/* A plugin for tests, in C99. Without `outputs` a log density, -|x|^2 / 2; with them M = 3 of D = 2 parameters:
   (x1 + 2 x2, x1 x2, n) where n is the number of parameters that were named. Which of its behaviours are at work follows
   from words in `options`, and how an evaluation ends from its first parameter. */
#define _POSIX_C_SOURCE 200809L /* nanosleep */

#include "gmmvi/target_plugin.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct instance {
  int64_t named;
  int outputs;
  int strange; /* the dimension that it says it has */
  int rank;    /* in its team */
  atomic_int interrupted;
  const char* error;
};

static const char* why_not_created = "";

int32_t gmmvi_plugin_version(void) { return GMMVI_PLUGIN_VERSION; }

void* gmmvi_plugin_create(const gmmvi_plugin_start* start) {
  if (strstr(start->options, "refuse") != NULL) {
    why_not_created = "the mesh has a hole";
    return NULL;
  }
  struct instance* self = calloc(1, sizeof *self);
  self->named = start->parameter_count;
  self->outputs = start->returns_outputs && strstr(start->options, "one") == NULL;
  if (strstr(start->options, "many outputs") != NULL) self->outputs = 1;
  self->strange = strstr(start->options, "seven") != NULL ? 7 : strstr(start->options, "negative") != NULL ? -1 : 0;
  self->error = "";
  if (start->parameter_count > 0 && strcmp(start->parameter_names[0], "a") != 0) self->error = "the first is not a";
  return self;
}

void gmmvi_plugin_destroy(void* instance) { free(instance); }

void gmmvi_plugin_describe(const void* instance, gmmvi_plugin_capabilities* can) {
  const struct instance* self = instance;
  if (self->strange != 0)
    can->dimension = self->strange;
  else if (can->dimension == 0)
    can->dimension = 2;
  if (self->outputs) can->outputs = 3;
  can->group_size = 4;
  can->gradients = 1;
  can->cheap = 1;
  can->works_in_teams = 1;
}

static void evaluate_one(const struct instance* self, const gmmvi_plugin_batch* batch, int64_t i) {
  const double x = batch->parameters[2 * i], y = batch->parameters[2 * i + 1];
  if (!self->outputs) {
    batch->values[i] = -0.5 * (x * x + y * y);
    if (batch->want_gradients) {
      batch->gradients[2 * i] = -x;
      batch->gradients[2 * i + 1] = -y;
    }
    return;
  }
  double* values = batch->values + 3 * i;
  values[0] = x + 2.0 * y;
  values[1] = x * y;
  values[2] = (double)self->named;
  if (batch->want_gradients) {
    double* jacobian = batch->gradients + 6 * i;
    jacobian[0] = 1.0; /* by x */
    jacobian[1] = y;
    jacobian[2] = 0.0;
    jacobian[3] = 2.0; /* by y */
    jacobian[4] = x;
    jacobian[5] = 0.0;
  }
}

int32_t gmmvi_plugin_evaluate(void* instance, const gmmvi_plugin_batch* batch) {
  struct instance* self = instance;
  const double first = batch->parameters[0];
  if (first == 1000.0) { /* until it is interrupted */
    atomic_store(&self->interrupted, 0);
    while (!atomic_load(&self->interrupted)) nanosleep(&(struct timespec){0, 1000000}, NULL);
    self->error = "interrupted";
    return 1;
  }
  if (first == 1001.0) {
    self->error = "the matrix is singular";
    return 1;
  }
  for (int64_t i = 0; i < batch->samples; ++i) {
    const double x = batch->parameters[2 * i];
    if (x == 1002.0) continue; /* fills in nothing */
    if (x == 1003.0) {
      batch->status[i] = GMMVI_PLUGIN_OUTSIDE_SUPPORT;
      continue;
    }
    if (x == 1004.0) {
      batch->status[i] = GMMVI_PLUGIN_FAILURE;
      continue;
    }
    if (x == 1005.0) batch->status[i] = 17;
    if (x == 1006.0) {
      batch->values[i] = -INFINITY;
      continue;
    }
    if (x == 1007.0) {
      batch->values[i] = (double)batch->seeds[i];
      continue;
    }
    if (x == 1008.0) {
      batch->values[i] = (double)self->rank;
      continue;
    }
    evaluate_one(self, batch, i);
  }
  return 0;
}

const char* gmmvi_plugin_last_error(const void* instance) {
  return instance != NULL ? ((const struct instance*)instance)->error : why_not_created;
}

void gmmvi_plugin_interrupt(void* instance) { atomic_store(&((struct instance*)instance)->interrupted, 1); }

int32_t gmmvi_plugin_join(void* instance, int32_t rank, int32_t size, int32_t communicator) {
  struct instance* self = instance;
  self->rank = rank;
  if (communicator < 0) self->error = "that is no communicator";
  return communicator < 0 || rank >= size;
}
