#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "gmmvi/communicator.hpp"

namespace gmmvi {

namespace comm {

/// Posts letters to single ranks, all of one size, and fetches those that have come. Never waits.
class Courier {
 public:
  virtual ~Courier() = default;
  virtual void post(int to, std::span<const std::byte> letter) = 0;
  /// Copies the next letter and says who sent it.
  virtual std::optional<int> fetch(std::span<std::byte> letter) = 0;
};

}  // namespace comm

/// Moves bytes between ranks. Every operation but rank() and size() is collective; counts are in bytes, one per rank.
class Communicator::Backend {
 public:
  using Counts = std::vector<std::size_t>;
  using Run = Communicator::Run;
  using Runs = std::vector<std::vector<Run>>;  ///< of every rank

  virtual ~Backend() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual void barrier() const = 0;
  virtual std::shared_ptr<const Backend> split(int color) const = 0;
  virtual void broadcast(std::span<std::byte> values, int root) const = 0;
  /// `all` holds the sum of `counts`; `own` holds counts[rank()].
  virtual void all_gather(std::span<const std::byte> own, const Counts& counts, std::span<std::byte> all) const = 0;
  /// Every rank's records of `record` bytes, at their places.
  virtual void all_gather_to(const Runs& runs, std::size_t record, std::span<const std::byte> own,
                             std::span<std::byte> all) const = 0;
  /// What all_gather gives; `all` is empty but on rank 0.
  virtual void gather(std::span<const std::byte> own, const Counts& counts, std::span<std::byte> all) const = 0;
  virtual void all_to_all(std::span<const std::byte> send, const Counts& send_counts, std::span<std::byte> received,
                          const Counts& receive_counts) const = 0;
  /// Not collective: Communicator::while_waiting(), for what waits.
  virtual void while_waiting(std::weak_ptr<const std::function<void()>> /*errand*/) const {}
  /// Not collective: Communicator::fortran_handle().
  virtual int fortran_handle() const = 0;
  /// Not collective. One at a time: letters do not say which courier they are for.
  virtual std::unique_ptr<comm::Courier> courier() const = 0;
};

namespace comm {

/// Copies records of `record` bytes to their places in `all`; returns those that are left, which belong to others.
std::span<const std::byte> place(const std::vector<Communicator::Run>& runs, std::size_t record,
                                 std::span<const std::byte> records, std::span<std::byte> all);

/// One rank, for which every operation is a copy.
std::shared_ptr<const Communicator::Backend> serial_backend();

}  // namespace comm
}  // namespace gmmvi
