#include "core/flush.hpp"

#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace gmmvi::core {

void flush_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int file = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

}  // namespace gmmvi::core
