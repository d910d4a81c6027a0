#pragma once

#include <chrono>
#include <string>

namespace gmmvi::io {

/// Keeps other processes out of a folder for its lifetime, on any machine whose file system knows locks (flock); where
/// it does not, keeps nobody out. Ends with the process, however that ends.
class FolderLock {
 public:
  /// Waits up to `patience` for whoever is in the folder: a killed job may take a moment to be gone. Throws Error
  /// (cannot_create) if that does not suffice.
  explicit FolderLock(const std::string& folder, std::chrono::seconds patience = std::chrono::seconds(15));
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;

 private:
  int file_;
};

}  // namespace gmmvi::io
