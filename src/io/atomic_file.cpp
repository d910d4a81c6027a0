#include "io/atomic_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

/// A new file, whatever link or file may be there; or −1 with errno.
int make_new(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

/// Six letters or digits that nobody can foresee.
std::string random_letters() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz012345";
  std::array<unsigned char, 6> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) bytes.fill(static_cast<unsigned char>(::getpid()));
  std::string text;
  for (const unsigned char byte : bytes) text += letters[byte % letters.size()];
  return text;
}

}  // namespace

// What a killed process left has the plain name, and is replaced, so that no more than one is ever left. Where somebody
// else's is in the way, or another process has made one just now, another name has to do.
AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), temporary_path_(path_ + ".partial") {
  if (::unlink(temporary_path_.c_str()) == 0 || errno == ENOENT) file_ = make_new(temporary_path_);
  constexpr int tries = 10;
  for (int i = 0; file_ < 0 && i < tries; ++i) {
    temporary_path_ = path_ + ".partial-" + random_letters();
    file_ = make_new(temporary_path_);
    if (file_ < 0 && errno != EEXIST) break;
  }
  if (file_ < 0) cannot_write(path_, errno);
}

AtomicFile::~AtomicFile() {
  if (!committed_ && is_ours()) ::unlink(temporary_path_.c_str());
  ::close(file_);
}

/// Whether the temporary file is still the one that was made.
bool AtomicFile::is_ours() const {
  struct stat made {
  }, there{};
  return ::fstat(file_, &made) == 0 && ::lstat(temporary_path_.c_str(), &there) == 0 && made.st_ino == there.st_ino &&
         made.st_dev == there.st_dev;
}

void AtomicFile::append(std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file_, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) cannot_write(path_, written < 0 ? errno : EIO);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
}

// The room is not kept: who opens the file by its path may empty it first.
void AtomicFile::require_room(std::uintmax_t bytes) {
  rlimit limit{};
  const bool too_large = ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes;
  int error = too_large ? EFBIG : 0;
  if (error == 0 && bytes > 0 && ::fallocate(file_, 0, 0, static_cast<off_t>(bytes)) != 0) error = errno;
  empty();
  // Others say that the file system does not know.
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) cannot_write(path_, error);
}

void AtomicFile::empty() {
  while (::ftruncate(file_, 0) != 0)
    if (errno != EINTR) return;
}

void AtomicFile::commit(core::Flush flush) {
  // A rename is safe against a crash only once both the file and its folder are on the disk.
  if (flush == core::Flush::now && ::fsync(file_) != 0) cannot_write(path_, errno);
  if (!is_ours())
    throw Error(fmt::format("Cannot write {}: another process has replaced {} while it was written. Two would spoil "
                            "each other's files: wait for the end of one.",
                            path_, temporary_path_),
                ExitCode::cannot_create);
  if (std::rename(temporary_path_.c_str(), path_.c_str()) != 0) cannot_write(path_, errno);
  committed_ = true;
  if (flush == core::Flush::now) core::flush_folder_of(path_);
}

void write_atomically(const std::string& path, std::string_view content, core::Flush flush) {
  AtomicFile file(path);
  file.append(content);
  file.commit(flush);
}

}  // namespace gmmvi::io
