#pragma once

#include <cstddef>
#include <limits>
#include <string>

namespace gmmvi::core {

/// What came of reading a file: its bytes, or what is the matter with it ("does not exist").
struct TextOrProblem {
  std::string text;
  std::string problem = {};  ///< empty: none
};

/// All bytes of a regular file or of a pipe, which is read once and has to begin within seconds. Folders, devices and
/// what has more than `most` bytes are problems. Rank 0's business: other ranks may not see the file.
TextOrProblem try_to_read_text(const std::string& path, std::size_t most = std::numeric_limits<std::size_t>::max());

/// The same; throws Error (data) where there is a problem.
std::string read_text(const std::string& path);

/// What is the matter with the file at `path` ("is a folder, not a file"); empty if it can be read. It is not opened,
/// since to open a pipe may take for ever.
std::string problem_with_file(const std::string& path);

}  // namespace gmmvi::core
