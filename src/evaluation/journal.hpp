#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <Eigen/Core>

#include "gmmvi/archive.hpp"

#include "core/flush.hpp"

namespace gmmvi::evaluation {

/// A file of finished groups. Each is with the operating system when append() returns, so that a process that is
/// killed then loses none; one that the machine's crash must not lose either needs sync().
///
/// A header, then records, nothing between them. Numbers are as the machine has them, little-endian wherever the mark
/// reads 04 03 02 01; below, as Python's `struct` names them. Checksums are CRC-32, as `zlib.crc32`.
///
///     header    <8sIIqQI  89 "GMMVIJ" 0a, mark 0x01020304, format version 3, D, bytes of the fingerprint, checksum of
///                         the 32 bytes before
///               <sI       the fingerprint: what the evaluations are of, as text; checksum of it
///     record    <QII      bytes of the payload, checksum of the payload, checksum of the 12 bytes before
///     payload   <Qqdqqqq  batch, first, seconds, n, columns of the gradients (n or 0), outputs M of each (or 0), bytes
///                         of the failure's text
///               <d        samples [D n], log densities [n], gradients [D n] or none, outputs [M n] (NaN: not known);
///                         one sample after the other
///               <B        status [n]: 0 value, 1 outside the support, 2 failure
///               <s        the failure's text
///
/// Where gradients are finite differences, a record without gradients has points in place of samples (Differences). Of
/// a sample that the same file has as a point with outputs, the record with its gradient has none.
///
/// Earlier format versions are read, too: 2 has neither outputs nor their number, 1 has no fingerprint either, nor its
/// length in the header.
class Journal {
 public:
  /// Makes the file, never over another. Throws Error (cannot_create) with path and reason.
  Journal(std::string path, Eigen::Index dimension, const std::string& fingerprint = {},
          core::Flush flush = core::Flush::now);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Throws Error (cannot_create) if the record cannot be written whole, after cutting off what was written of it. Can
  /// be called again then. From one thread at a time, as the other members.
  void append(const FinishedGroup& group);
  /// Bytes of the header and of all whole records.
  std::int64_t size() const { return size_; }
  /// Returns once all records are on the disk. Throws Error (cannot_create).
  void sync();

 private:
  bool cut_off_torn_record();

  std::string path_;
  Eigen::Index dimension_;
  int file_;
  std::int64_t size_ = 0;
  bool torn_ = false;   // part of a record follows the whole ones
  std::string record_;  // kept for its memory
};

/// What a journal was found to hold.
struct JournalEnd {
  std::int64_t good_bytes;  ///< header and whole records; what follows is not used
  std::int64_t groups;
  std::string damage;                           ///< what follows the last whole record, or empty
  std::optional<std::string> fingerprint = {};  ///< none: a version without wrote it, or was killed at once
};

/// Calls `take` with every whole record in order, up to the first that is damaged; needs memory for one. A process
/// killed at any time leaves a file that can be read so. Throws Error (data) where the file cannot be read, is no
/// journal, or one of another format or dimension.
JournalEnd read_journal(const std::string& path, Eigen::Index dimension,
                        const std::function<void(FinishedGroup&&)>& take);

}  // namespace gmmvi::evaluation
