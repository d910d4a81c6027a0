#include "runner/version.hpp"

namespace gmmvi::runner {

const char* version() {
  return GMMVI_VERSION;
}

}  // namespace gmmvi::runner
