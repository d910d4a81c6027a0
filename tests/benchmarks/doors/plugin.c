/* A log density that costs nothing, as a library. */
#include "gmmvi/target_plugin.h"

enum { group = 64 };

int32_t gmmvi_plugin_version(void) { return GMMVI_PLUGIN_VERSION; }
void* gmmvi_plugin_create(const gmmvi_plugin_start* start) {
  static int64_t dimension;
  dimension = start->parameter_count;
  return &dimension;
}
void gmmvi_plugin_destroy(void* instance) { (void)instance; }
void gmmvi_plugin_describe(const void* instance, gmmvi_plugin_capabilities* can) {
  (void)instance;
  can->group_size = group;
  can->cheap = 1;
}
int32_t gmmvi_plugin_evaluate(void* instance, const gmmvi_plugin_batch* batch) {
  const int64_t dimension = *(const int64_t*)instance;
  for (int64_t n = 0; n < batch->samples; ++n) {
    double sum = 0.0;
    for (int64_t d = 0; d < dimension; ++d) {
      const double x = batch->parameters[n * dimension + d];
      sum += x * x;
    }
    batch->values[n] = -0.5 * sum;
  }
  return 0;
}
