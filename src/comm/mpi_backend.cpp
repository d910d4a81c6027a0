#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <numeric>
#include <sched.h>
#include <utility>

#include <fmt/format.h>
#include <mpi.h>

#include "gmmvi/with_mpi.hpp"

#include "comm/backend.hpp"
#include "comm/int_counts.hpp"
#include "comm/wait.hpp"

namespace gmmvi::comm {
namespace {

using Counts = Communicator::Backend::Counts;

/// Broadcasts are cut into pieces of this many bytes, since MPI counts in int.
constexpr std::size_t broadcast_piece = std::size_t{1} << 30;

/// From this many bytes on, ranks first wait for each other and then move the message without sleeping: a message moves
/// in pieces, only while both sides look after it.
constexpr std::size_t large_message = std::size_t{1} << 16;

/// How long a rank waits for others before it first sleeps. To be woken takes tens of microseconds, which all others
/// wait for; but where there are more ranks than cores, those that wait are in the way of those that compute.
std::chrono::nanoseconds time_awake(MPI_Comm communicator) {
  MPI_Comm neighbours = MPI_COMM_NULL;
  MPI_Comm_split_type(communicator, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &neighbours);
  int ranks = 0;
  MPI_Comm_size(neighbours, &ranks);
  cpu_set_t own, all;  // the cores on which a rank may run, and any of them
  CPU_ZERO(&own);
  sched_getaffinity(0, sizeof own, &own);
  MPI_Allreduce(&own, &all, sizeof own, MPI_BYTE, MPI_BOR, neighbours);
  MPI_Comm_free(&neighbours);
  return ranks <= CPU_COUNT(&all) ? std::chrono::microseconds(1000) : std::chrono::microseconds(50);
}

/// From this many ranks on, short messages of all to all go by way of rank 0: without it every rank sends to every
/// other, which costs 64 ranks on two cores 5 milliseconds.
constexpr int many_ranks = 8;

/// What MPI's collectives with a count for each rank want to know.
class Layout {
 public:
  explicit Layout(const Counts& bytes) : units_(int_counts(bytes)) {
    MPI_Type_contiguous(units_.unit, MPI_BYTE, &type_);
    MPI_Type_commit(&type_);
  }
  ~Layout() { MPI_Type_free(&type_); }
  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;

  const int* counts() const { return units_.counts.data(); }
  const int* starts() const { return units_.starts.data(); }
  int count(int rank) const { return units_.counts[static_cast<std::size_t>(rank)]; }
  MPI_Datatype type() const { return type_; }

 private:
  IntCounts units_;
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

constexpr int letter_tag = 1, records_tag = 2;

/// Records at their places in a rank's memory.
class Places {
 public:
  Places(const std::vector<Communicator::Run>& runs, std::size_t record) {
    std::vector<int> counts;
    std::vector<MPI_Aint> starts;
    for (const Communicator::Run& run : runs) {
      counts.push_back(static_cast<int>(run.count));
      starts.push_back(static_cast<MPI_Aint>(run.first * record));
    }
    MPI_Datatype one = MPI_DATATYPE_NULL;
    MPI_Type_contiguous(static_cast<int>(record), MPI_BYTE, &one);
    MPI_Type_create_hindexed(static_cast<int>(runs.size()), counts.data(), starts.data(), one, &type_);
    MPI_Type_commit(&type_);
    MPI_Type_free(&one);
  }
  ~Places() { MPI_Type_free(&type_); }
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  MPI_Datatype type() const { return type_; }

 private:
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

/// Sends without waiting, since a send may last until the receiver looks after it.
class MpiCourier : public Courier {
 public:
  explicit MpiCourier(MPI_Comm communicator) : communicator_(communicator) {}
  ~MpiCourier() override {
    for (Posted& posted : posted_) wait(posted.request, {}, [] {});  // a short one leaves whether it is fetched or not
  }
  MpiCourier(const MpiCourier&) = delete;
  MpiCourier& operator=(const MpiCourier&) = delete;

  void post(int to, std::span<const std::byte> letter) override {
    forget_delivered();
    Posted& posted = posted_.emplace_back(Posted{{letter.begin(), letter.end()}, MPI_REQUEST_NULL});
    MPI_Isend(posted.letter.data(), static_cast<int>(posted.letter.size()), MPI_BYTE, to, letter_tag, communicator_,
              &posted.request);
  }

  std::optional<int> fetch(std::span<std::byte> letter) override {
    forget_delivered();
    int there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, letter_tag, communicator_, &there, &status);
    if (!there) return std::nullopt;
    MPI_Recv(letter.data(), static_cast<int>(letter.size()), MPI_BYTE, status.MPI_SOURCE, letter_tag, communicator_,
             MPI_STATUS_IGNORE);
    return status.MPI_SOURCE;
  }

 private:
  struct Posted {
    std::vector<std::byte> letter;
    MPI_Request request;
  };
  void forget_delivered() {
    posted_.remove_if([](Posted& posted) {
      int delivered = 0;
      MPI_Test(&posted.request, &delivered, MPI_STATUS_IGNORE);
      return delivered != 0;
    });
  }

  MPI_Comm communicator_;
  std::list<Posted> posted_;  // with addresses that stay
};

/// Owns its MPI communicator.
class MpiBackend : public Communicator::Backend {
 public:
  explicit MpiBackend(MPI_Comm owned) : MpiBackend(owned, time_awake(owned)) {}
  MpiBackend(MPI_Comm owned, std::chrono::nanoseconds awake) : communicator_(owned), awake_(awake) {
    MPI_Comm_rank(communicator_, &rank_);
    MPI_Comm_size(communicator_, &size_);
  }
  ~MpiBackend() override {
    int finalised = 0;
    MPI_Finalized(&finalised);
    if (!finalised) MPI_Comm_free(&communicator_);
  }
  MpiBackend(const MpiBackend&) = delete;
  MpiBackend& operator=(const MpiBackend&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void barrier() const override {
    MPI_Request request;
    MPI_Ibarrier(communicator_, &request);
    wait(request, awake_, errand());
  }

  std::shared_ptr<const Backend> split(int color) const override {
    barrier();  // MPI_Comm_split has no nonblocking form, and would keep a core busy until the last rank comes
    MPI_Comm part = MPI_COMM_NULL;
    MPI_Comm_split(communicator_, color, rank_, &part);
    return std::make_shared<const MpiBackend>(part, awake_);
  }

  void broadcast(std::span<std::byte> values, int root) const override {
    const bool met = meet(values.size());
    for (std::size_t start = 0; start < values.size(); start += broadcast_piece) {
      const auto piece = values.subspan(start, std::min(broadcast_piece, values.size() - start));
      MPI_Request request;
      MPI_Ibcast(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, root, communicator_, &request);
      finish(request, met);
    }
  }

  void all_gather(std::span<const std::byte> own, const Counts& counts, std::span<std::byte> all) const override {
    if (size_ >= many_ranks && all.size() < large_message) {
      gather(own, counts, all);
      return broadcast(all, 0);
    }
    const Layout layout(counts);
    const bool met = meet(std::reduce(counts.begin(), counts.end()));
    MPI_Request request;
    MPI_Iallgatherv(own.data(), layout.count(rank_), layout.type(), all.data(), layout.counts(), layout.starts(),
                    layout.type(), communicator_, &request);
    finish(request, met);
  }

  // Received where they belong, without the two copies of everything that it takes to put them in order.
  void all_gather_to(const Runs& runs, std::size_t record, std::span<const std::byte> own,
                     std::span<std::byte> all) const override {
    if (all.size() < large_message) return all_gather_and_place(runs, record, own, all);
    meet(all.size());
    const Places records({{0, own.size() / record}}, record);
    std::list<Places> places;
    std::vector<MPI_Request> requests;
    for (int step = 1; step < size_; ++step) {
      const int from = (rank_ - step + size_) % size_;
      places.emplace_back(runs[static_cast<std::size_t>(from)], record);
      MPI_Irecv(all.data(), 1, places.back().type(), from, records_tag, communicator_, &requests.emplace_back());
    }
    for (int step = 1; step < size_; ++step)
      MPI_Isend(own.data(), 1, records.type(), (rank_ + step) % size_, records_tag, communicator_,
                &requests.emplace_back());
    place(runs[static_cast<std::size_t>(rank_)], record, own, all);
    wait_busily(requests, errand());
  }

  void gather(std::span<const std::byte> own, const Counts& counts, std::span<std::byte> all) const override {
    const Layout layout(counts);
    const bool met = meet(std::reduce(counts.begin(), counts.end()));
    MPI_Request request;
    MPI_Igatherv(own.data(), layout.count(rank_), layout.type(), all.data(), layout.counts(), layout.starts(),
                 layout.type(), 0, communicator_, &request);
    finish(request, met);
  }

  void all_to_all(std::span<const std::byte> send, const Counts& send_counts, std::span<std::byte> received,
                  const Counts& receive_counts) const override {
    const Layout outgoing(send_counts);
    const Layout incoming(receive_counts);
    barrier();  // always: no rank knows how much the others move
    MPI_Request request;
    MPI_Ialltoallv(send.data(), outgoing.counts(), outgoing.starts(), outgoing.type(), received.data(),
                   incoming.counts(), incoming.starts(), incoming.type(), communicator_, &request);
    finish(request, true);
  }

  int fortran_handle() const override { return static_cast<int>(MPI_Comm_c2f(communicator_)); }
  std::unique_ptr<Courier> courier() const override { return std::make_unique<MpiCourier>(communicator_); }
  void while_waiting(std::weak_ptr<const std::function<void()>> errand) const override { errand_ = std::move(errand); }

 private:
  /// Waits for all ranks if the message is large; says whether it did. `bytes` is the same on every rank.
  bool meet(std::size_t bytes) const {
    if (bytes < large_message) return false;
    barrier();
    return true;
  }
  void finish(MPI_Request& request, bool met) const {
    if (met)
      wait_busily({&request, 1}, errand());
    else
      wait(request, awake_, errand());
  }
  void all_gather_and_place(const Runs& runs, std::size_t record, std::span<const std::byte> own,
                            std::span<std::byte> all) const {
    Counts counts;
    for (const std::vector<Run>& of : runs)
      counts.push_back(std::transform_reduce(of.begin(), of.end(), std::size_t{0}, std::plus(),
                                             [record](const Run& run) { return run.count * record; }));
    std::vector<std::byte> by_rank(all.size());
    all_gather(own, counts, by_rank);
    std::span<const std::byte> rest = by_rank;
    for (const std::vector<Run>& of : runs) rest = place(of, record, rest, all);
  }

  /// What to do while a collective waits.
  std::function<void()> errand() const {
    return [errand = errand_.lock()] {
      if (errand) (*errand)();
    };
  }

  MPI_Comm communicator_;
  std::chrono::nanoseconds awake_;
  mutable std::weak_ptr<const std::function<void()>> errand_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace
}  // namespace gmmvi::comm

namespace gmmvi {

Communicator mpi_communicator(MPI_Comm communicator) {
  MPI_Comm own = MPI_COMM_NULL;
  MPI_Comm_dup(communicator, &own);
  return Communicator(std::make_shared<const comm::MpiBackend>(own));
}

}  // namespace gmmvi
