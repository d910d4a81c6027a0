#include "io/folder_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::io {

FolderLock::FolderLock(const std::string& folder, std::chrono::seconds patience) {
  const std::string path = folder + "/lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (file_ < 0)
    throw Error(fmt::format("Cannot write into {}: {}: {}.", folder, path, std::strerror(errno)),
                ExitCode::cannot_create);
  const auto start = std::chrono::steady_clock::now();
  while (::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    if (std::chrono::steady_clock::now() - start >= patience) {
      ::close(file_);
      throw Error(
          fmt::format("Another job is working in {}: status.json there says which. Two would spoil each other's "
                      "files. Wait for its end, or end it.",
                      folder),
          ExitCode::cannot_create);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

FolderLock::FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FolderLock::~FolderLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace gmmvi::io
