#pragma once

#include <string>

#include "io/fingerprint.hpp"

namespace gmmvi::runner {

/// Throws Error (configuration, or data where a file alone is another) with what differs, unless `now` is as `before`,
/// which stands in `place`: a run folder, a journal, a checkpoint. Data may have moved; what one of the two does not
/// know is no difference.
void require_same(const io::Fingerprint& before, const io::Fingerprint& now, const std::string& place);

/// The same for a run's folder, whose fingerprint.json is of when it began; false if there is none: the run was begun
/// by an earlier version.
bool require_same_run(const io::Fingerprint& now, const std::string& folder);

std::string fingerprint_path(const std::string& folder);

}  // namespace gmmvi::runner
