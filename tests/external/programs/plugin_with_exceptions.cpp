// A plugin that keeps to none of the rules about exceptions, and has only what it must have.
#include <stdexcept>
#include <string>

#include "gmmvi/target_plugin.h"

extern "C" {

int32_t gmmvi_plugin_version(void) {
  return GMMVI_PLUGIN_VERSION;
}

void* gmmvi_plugin_create(const gmmvi_plugin_start* start) {
  if (std::string(start->options) == "{\"throw\": true}") throw std::runtime_error("no licence");
  return std::string(start->options) == "{\"silent\": true}" ? nullptr : new int(0);
}

void gmmvi_plugin_destroy(void* instance) {
  delete static_cast<int*>(instance);
}

void gmmvi_plugin_describe(const void* /*instance*/, gmmvi_plugin_capabilities* can) {
  if (can->dimension == 0) throw std::runtime_error("names are needed");
  if (can->dimension == 5) can->works_in_teams = 1;
}

int32_t gmmvi_plugin_evaluate(void* /*instance*/, const gmmvi_plugin_batch* batch) {
  if (batch->parameters[0] > 0.0) throw std::out_of_range("x is too high");
  if (batch->parameters[0] < 0.0) throw 17;
  return 1;
}
}
