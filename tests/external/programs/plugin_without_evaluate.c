#include "gmmvi/target_plugin.h"

int32_t gmmvi_plugin_version(void) { return GMMVI_PLUGIN_VERSION; }
void* gmmvi_plugin_create(const gmmvi_plugin_start* start) { return (void*)start; }
void gmmvi_plugin_destroy(void* instance) { (void)instance; }
void gmmvi_plugin_describe(const void* instance, gmmvi_plugin_capabilities* can) { (void)instance, (void)can; }
