#include "io/atomic_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::io {
namespace {

[[noreturn]] void cannot_write(const std::string& path, int error) {
  throw Error(fmt::format("Cannot write {}: {}. What was there before is unchanged.", path, std::strerror(error)),
              ExitCode::cannot_create);
}

/// Returns 0 or an errno.
int flush_to_disk(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  const int error = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  return error;
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), temporary_path_(path_ + ".partial") {}

AtomicFile::~AtomicFile() {
  if (!committed_) ::unlink(temporary_path_.c_str());
}

void AtomicFile::commit(core::Flush flush) {
  // A rename is safe against a crash only once both the file and its folder are on the disk.
  if (const int error = flush == core::Flush::now ? flush_to_disk(temporary_path_) : 0) cannot_write(path_, error);
  if (std::rename(temporary_path_.c_str(), path_.c_str()) != 0) cannot_write(path_, errno);
  committed_ = true;
  if (flush == core::Flush::now) core::flush_folder_of(path_);
}

void write_atomically(const std::string& path, std::string_view content, core::Flush flush) {
  AtomicFile file(path);
  errno = 0;
  std::ofstream stream(file.temporary_path(), std::ios::binary | std::ios::trunc);
  stream << content;
  stream.close();
  if (!stream) cannot_write(path, errno != 0 ? errno : EIO);
  file.commit(flush);
}

}  // namespace gmmvi::io
