#pragma once

#include <string>

namespace gmmvi::core {

/// Whether to wait until what was written is on the disk. What is not outlives the process, but no crash of the
/// machine.
enum class Flush { now, later };

/// Brings the names in the folder of `path` to the disk: a file that was made or renamed there may be gone after a
/// crash of the machine before this, whatever was done for its content. Some file systems refuse it for folders: no
/// matter.
void flush_folder_of(const std::string& path);

}  // namespace gmmvi::core
