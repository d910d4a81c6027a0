#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/fingerprint.hpp"

namespace gmmvi::runner {

/// Throws Error (configuration, or data where a file alone is another) with what differs, unless `now` is as `before`,
/// which stands in `place`: a run folder, a journal, a checkpoint. Data may have moved; what one of the two does not
/// know is no difference.
void require_same(const io::Fingerprint& before, const io::Fingerprint& now, const std::string& place);

/// The same for a run's folder, whose fingerprint.json is of when it was begun or last went on; false if there is none:
/// the run was begun by an earlier version. Throws Error (data) where files of the simulator are others, too, unless
/// these are known to be (`simulator_may_differ`).
bool require_same_run(const io::Fingerprint& now, const std::string& folder, bool simulator_may_differ = false);

/// Throws Error (data) where one of these files was another when the run in `folder` was begun. What was elsewhere then
/// is not compared.
void require_same_data(const std::vector<io::Fingerprint::DataFile>& files, const std::string& folder);

/// In which files the simulators differ, a line each. What one of the two does not know is no difference.
std::vector<std::string> differences_of_simulators(const io::Fingerprint& before, const io::Fingerprint& now);
/// The same from what a run's folder has; none if it does not tell.
std::vector<std::string> differences_of_simulators(const std::string& folder, const io::Fingerprint& now);

std::string fingerprint_path(const std::string& folder);
/// What a run's folder has; none where the run was begun by an earlier version. Throws Error (data) where it cannot be
/// read.
std::optional<io::Fingerprint> fingerprint_in(const std::string& folder);

}  // namespace gmmvi::runner
