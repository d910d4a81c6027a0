#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace gmmvi {

namespace comm {
class Courier;
}

template <class T>
concept Transportable = std::is_trivially_copyable_v<T>;

/// A group of ranks, as a value. By default one serial rank, for which every collective is a copy; MPI communicators
/// come from `with_mpi.hpp`. Every operation but rank(), size()
/// and courier() is collective: all ranks call it in the same order.
/// A rank that waits sleeps after a few tens of microseconds, so that it costs no core, or after a millisecond where
/// every rank of its machine can have a core of its own.
class Communicator {
 public:
  /// Transport of bytes; what a kind of communicator implements.
  class Backend;

  Communicator();
  explicit Communicator(std::shared_ptr<const Backend> backend);

  int rank() const;
  int size() const;
  /// For letters between single ranks (comm/mailbox.hpp). Not collective.
  std::unique_ptr<comm::Courier> courier() const;
  bool is_root() const { return rank() == 0; }
  /// The ranks' MPI_Comm as Fortran's handle, for others' code, which must not free it; of MPI communicators only. Not
  /// collective.
  int fortran_handle() const;
  /// From now on this rank runs `errand` now and then while it waits in a collective, as long as there is one: it may
  /// post and fetch letters, but must not wait itself, nor throw. Takes the place of an earlier one. Not collective.
  void while_waiting(std::weak_ptr<const std::function<void()>> errand) const;

  void barrier() const;
  /// The ranks that gave the same `color`, in the order of their ranks here.
  Communicator split(int color) const;

  /// Root's values, on every rank.
  template <Transportable T>
  void broadcast(std::span<T> values, int root = 0) const {
    broadcast_bytes(std::as_writable_bytes(values), root);
  }
  template <Transportable T>
  void broadcast(T& value, int root = 0) const {
    broadcast(std::span<T>(&value, 1), root);
  }
  template <Transportable T>
  void broadcast(std::vector<T>& values, int root = 0) const {
    std::size_t size = values.size();
    broadcast(size, root);
    values.resize(size);
    broadcast(std::span<T>(values), root);
  }
  void broadcast(std::string& text, int root = 0) const;

  /// One value of each rank, in rank order, on every rank.
  template <Transportable T>
  std::vector<T> all_gather(const T& own) const {
    std::vector<std::size_t> counts(static_cast<std::size_t>(size()), 1);
    return all_gather(std::span<const T>(&own, 1), counts);
  }
  /// All ranks' values one after the other, on every rank; `counts[r]` values come from rank r.
  template <Transportable T>
  std::vector<T> all_gather(std::span<const T> own, const std::vector<std::size_t>& counts) const {
    std::vector<T> all(std::reduce(counts.begin(), counts.end()));
    all_gather(own, counts, std::span<T>(all));
    return all;
  }
  /// The same, into `all`, which has room for just them.
  template <Transportable T>
  void all_gather(std::span<const T> own, const std::vector<std::size_t>& counts, std::span<T> all) const {
    all_gather_bytes(std::as_bytes(own), in_bytes<T>(counts), std::as_writable_bytes(all));
  }
  /// Consecutive places for records.
  struct Run {
    std::size_t first, count;
  };
  /// All ranks' records of `record` values each, on every rank, each at its place: those of rank r fill `runs[r]` in
  /// their order. The runs of all ranks cover `all`.
  template <Transportable T>
  void all_gather_to(const std::vector<std::vector<Run>>& runs, std::size_t record, std::span<const T> own,
                     std::span<T> all) const {
    all_gather_bytes_to(runs, record * sizeof(T), std::as_bytes(own), std::as_writable_bytes(all));
  }
  /// What all_gather gives, on root only (empty elsewhere).
  template <Transportable T>
  std::vector<T> gather(std::span<const T> own, const std::vector<std::size_t>& counts) const {
    std::vector<T> all(is_root() ? std::reduce(counts.begin(), counts.end()) : 0);
    gather_bytes(std::as_bytes(own), in_bytes<T>(counts), std::as_writable_bytes(std::span<T>(all)));
    return all;
  }
  /// Rank r gets `send_counts[r]` of the values in `send` (in rank order); the result is what came from each rank, in
  /// rank order, `receive_counts[r]` from rank r.
  template <Transportable T>
  std::vector<T> all_to_all(std::span<const T> send, const std::vector<std::size_t>& send_counts,
                            const std::vector<std::size_t>& receive_counts) const {
    std::vector<T> received(std::reduce(receive_counts.begin(), receive_counts.end()));
    all_to_all(send, send_counts, receive_counts, std::span<T>(received));
    return received;
  }
  /// The same, into `received`, which has room for just them.
  template <Transportable T>
  void all_to_all(std::span<const T> send, const std::vector<std::size_t>& send_counts,
                  const std::vector<std::size_t>& receive_counts, std::span<T> received) const {
    all_to_all_bytes(std::as_bytes(send), in_bytes<T>(send_counts), std::as_writable_bytes(received),
                     in_bytes<T>(receive_counts));
  }

 private:
  template <class T>
  static std::vector<std::size_t> in_bytes(std::vector<std::size_t> counts) {
    for (std::size_t& count : counts) count *= sizeof(T);
    return counts;
  }
  void broadcast_bytes(std::span<std::byte> values, int root) const;
  void all_gather_bytes(std::span<const std::byte> own, const std::vector<std::size_t>& counts,
                        std::span<std::byte> all) const;
  void all_gather_bytes_to(const std::vector<std::vector<Run>>& runs, std::size_t record,
                           std::span<const std::byte> own, std::span<std::byte> all) const;
  void gather_bytes(std::span<const std::byte> own, const std::vector<std::size_t>& counts,
                    std::span<std::byte> all) const;
  void all_to_all_bytes(std::span<const std::byte> send, const std::vector<std::size_t>& send_counts,
                        std::span<std::byte> received, const std::vector<std::size_t>& receive_counts) const;

  std::shared_ptr<const Backend> backend_;
};

}  // namespace gmmvi
