#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/flush.hpp"

namespace gmmvi::io {

/// A file that appears whole or not at all: it is written beside its place, then flushed to the disk and renamed.
/// What was at the place before stays until then. The file beside it is a new one that no link leads elsewhere; one
/// that a killed process left is replaced. All members throw Error (cannot_create) with path and reason.
class AtomicFile {
 public:
  /// Makes the file beside it, empty.
  explicit AtomicFile(std::string path);
  /// Removes what was written unless it was committed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::string& path() const { return path_; }
  /// Where it is until it is complete; on the same file system.
  const std::string& temporary_path() const { return temporary_path_; }
  void append(std::string_view content);
  /// Throws where there is no room on the disk for so many bytes, or files may not be so large. Empties the file.
  void require_room(std::uintmax_t bytes);
  /// Gives back the room that it takes: a library that has it open may need some to close it.
  void empty();
  /// Call once it is complete.
  void commit(core::Flush flush = core::Flush::now);

 private:
  bool is_ours() const;

  std::string path_;
  std::string temporary_path_;
  int file_ = -1;
  bool committed_ = false;
};

/// `content` as the whole of the file at `path`, atomically.
void write_atomically(const std::string& path, std::string_view content, core::Flush flush = core::Flush::now);

}  // namespace gmmvi::io
