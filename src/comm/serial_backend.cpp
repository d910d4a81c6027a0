#include <algorithm>
#include <deque>
#include <vector>

#include "comm/backend.hpp"
#include "core/contract.hpp"

namespace gmmvi::comm {
namespace {

/// Letters to oneself.
class SerialCourier : public Courier {
 public:
  void post(int, std::span<const std::byte> letter) override { letters_.emplace_back(letter.begin(), letter.end()); }
  std::optional<int> fetch(std::span<std::byte> letter) override {
    if (letters_.empty()) return std::nullopt;
    std::ranges::copy(letters_.front(), letter.begin());
    letters_.pop_front();
    return 0;
  }

 private:
  std::deque<std::vector<std::byte>> letters_;
};

class SerialBackend : public Communicator::Backend {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void barrier() const override {}
  std::shared_ptr<const Backend> split(int) const override { return serial_backend(); }
  void broadcast(std::span<std::byte>, int) const override {}
  void all_gather(std::span<const std::byte> own, const Counts&, std::span<std::byte> all) const override {
    std::copy(own.begin(), own.end(), all.begin());
  }
  void all_gather_to(const Runs& runs, std::size_t record, std::span<const std::byte> own,
                     std::span<std::byte> all) const override {
    place(runs.front(), record, own, all);
  }
  void gather(std::span<const std::byte> own, const Counts&, std::span<std::byte> all) const override {
    std::copy(own.begin(), own.end(), all.begin());
  }
  void all_to_all(std::span<const std::byte> send, const Counts&, std::span<std::byte> received,
                  const Counts&) const override {
    std::copy(send.begin(), send.end(), received.begin());
  }
  int fortran_handle() const override { GMMVI_GUARD(false, "a serial communicator has no MPI_Comm"); }
  std::unique_ptr<Courier> courier() const override { return std::make_unique<SerialCourier>(); }
};

}  // namespace

std::span<const std::byte> place(const std::vector<Communicator::Run>& runs, std::size_t record,
                                 std::span<const std::byte> records, std::span<std::byte> all) {
  for (const Communicator::Run& run : runs) {
    const std::size_t bytes = run.count * record;
    std::ranges::copy(records.first(bytes), all.begin() + static_cast<std::ptrdiff_t>(run.first * record));
    records = records.subspan(bytes);
  }
  return records;
}

std::shared_ptr<const Communicator::Backend> serial_backend() {
  static const auto backend = std::make_shared<const SerialBackend>();
  return backend;
}

}  // namespace gmmvi::comm
