#pragma once

namespace gmmvi::runner {

/// Of this program and library, as in 1.2.3.
const char* version();

}  // namespace gmmvi::runner
