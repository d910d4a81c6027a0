#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "gmmvi/error.hpp"

namespace gmmvi::fuzz {

/// Runs a reader. Bad contents may end it with an Error; whatever else happens is a fault, and ends libFuzzer.
template <class Read>
int only_errors(Read&& read) {
  try {
    read();
  } catch (const Error&) {
  }
  return 0;
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// A file in memory, for readers that take a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view contents) : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (file_ < 0 || ::write(file_, contents.data(), contents.size()) != static_cast<ssize_t>(contents.size()))
      __builtin_trap();
  }
  ~MemoryFile() { ::close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

/// One for readers that ask for a name's ending. In memory, too, where inode numbers are not used again: HDF5 knows by
/// them the files that it has open, and a bad file may stay so.
class NamedFile {
 public:
  NamedFile(const std::string& ending, std::string_view contents)
      : path_("/dev/shm/gmmvi-fuzz-" + std::to_string(::getpid()) + ending) {
    if (!(std::ofstream(path_, std::ios::binary) << contents).flush()) __builtin_trap();
  }
  ~NamedFile() { std::filesystem::remove(path_); }
  NamedFile(const NamedFile&) = delete;
  NamedFile& operator=(const NamedFile&) = delete;

  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gmmvi::fuzz
