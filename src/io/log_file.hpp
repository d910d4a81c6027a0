#pragma once

#include <string>
#include <vector>

namespace gmmvi::io {

/// The warnings and errors of a run's log.txt, with their times; none where there is no such file.
std::vector<std::string> read_warnings(const std::string& path);

}  // namespace gmmvi::io
