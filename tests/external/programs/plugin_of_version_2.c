/* Has no more than its version, which is the first thing that is looked at. */
#include <stdint.h>

int32_t gmmvi_plugin_version(void) { return 2; }
