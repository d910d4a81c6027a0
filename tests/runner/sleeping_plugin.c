/* A log likelihood, -(a^2 + b^2) / 2, or the outputs a, b and a b, which take 10 ms unless `options` say "fast"; some
   evaluations fail, as their a says. In a team only rank 0 has them, and the others nothing. */
#define _POSIX_C_SOURCE 200809L /* nanosleep */

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gmmvi/target_plugin.h"

struct instance {
  int fast, outputs, rank;
  atomic_int interrupted;
};

static void sleep_10_ms(void) {
  nanosleep(&(struct timespec){0, 10000000}, NULL);
}

int32_t gmmvi_plugin_version(void) {
  return GMMVI_PLUGIN_VERSION;
}

void* gmmvi_plugin_create(const gmmvi_plugin_start* start) {
  struct instance* self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->fast = strstr(start->options, "fast") != NULL;
  self->outputs = start->returns_outputs;
  return self;
}

void gmmvi_plugin_destroy(void* instance) {
  free(instance);
}

void gmmvi_plugin_describe(const void* instance, gmmvi_plugin_capabilities* can) {
  can->outputs = ((const struct instance*)instance)->outputs ? 3 : 1;
  can->works_in_teams = 1;
}

int32_t gmmvi_plugin_join(void* instance, int32_t rank, int32_t size, int32_t communicator) {
  (void)size;
  (void)communicator;
  ((struct instance*)instance)->rank = rank;
  return 0;
}

int32_t gmmvi_plugin_evaluate(void* instance, const gmmvi_plugin_batch* batch) {
  struct instance* self = instance;
  const double a = batch->parameters[0], b = batch->parameters[1];
  if (a == 1001.0) return 1;
  if (a == 1004.0) {
    atomic_store(&self->interrupted, 0);
    while (!atomic_load(&self->interrupted)) sleep_10_ms();
    return 1;
  }
  if (a == 1008.0) return 0; /* the value stays NaN */
  if (!self->fast) sleep_10_ms();
  if (self->rank != 0) return 0;
  if (self->outputs) {
    batch->values[0] = a;
    batch->values[1] = b;
    batch->values[2] = a * b;
  } else {
    batch->values[0] = -0.5 * (a * a + b * b);
  }
  return 0;
}

const char* gmmvi_plugin_last_error(const void* instance) {
  (void)instance;
  return "did not converge";
}

void gmmvi_plugin_interrupt(void* instance) {
  atomic_store(&((struct instance*)instance)->interrupted, 1);
}
