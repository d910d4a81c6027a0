#include "gmmvi/communicator.hpp"

#include <functional>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "comm/backend.hpp"
#include "core/contract.hpp"

namespace gmmvi {
namespace {

std::size_t sum(const std::vector<std::size_t>& counts) {
  return std::reduce(counts.begin(), counts.end());
}

std::string sizes(std::size_t given, std::size_t expected) {
  return fmt::format("{} bytes given, {} expected", given, expected);
}

/// One count for each rank, and as many bytes as they say.
void expect_counts(const Communicator& ranks, const std::vector<std::size_t>& counts, std::size_t bytes) {
  GMMVI_GUARD(counts.size() == static_cast<std::size_t>(ranks.size()),
              fmt::format("{} counts for {} ranks", counts.size(), ranks.size()));
  GMMVI_GUARD(bytes == sum(counts), sizes(bytes, sum(counts)));
}

void expect_own(const Communicator& ranks, std::span<const std::byte> own, const std::vector<std::size_t>& counts) {
  GMMVI_GUARD(own.size() == counts[static_cast<std::size_t>(ranks.rank())],
              sizes(own.size(), counts[static_cast<std::size_t>(ranks.rank())]));
}

}  // namespace

Communicator::Communicator() : backend_(comm::serial_backend()) {}
Communicator::Communicator(std::shared_ptr<const Backend> backend) : backend_(std::move(backend)) {}

int Communicator::rank() const {
  return backend_->rank();
}

int Communicator::size() const {
  return backend_->size();
}

std::unique_ptr<comm::Courier> Communicator::courier() const {
  return backend_->courier();
}

int Communicator::fortran_handle() const {
  return backend_->fortran_handle();
}

void Communicator::while_waiting(std::weak_ptr<const std::function<void()>> errand) const {
  backend_->while_waiting(std::move(errand));
}

void Communicator::barrier() const {
  backend_->barrier();
}

Communicator Communicator::split(int color) const {
  GMMVI_GUARD(color >= 0, fmt::format("color {}", color));
  return Communicator(backend_->split(color));
}

void Communicator::broadcast(std::string& text, int root) const {
  std::size_t size = text.size();
  broadcast(size, root);
  text.resize(size);
  broadcast(std::span<char>(text), root);
}

void Communicator::broadcast_bytes(std::span<std::byte> values, int root) const {
  GMMVI_GUARD(root >= 0 && root < size(), fmt::format("root {} of {} ranks", root, size()));
  backend_->broadcast(values, root);
}

void Communicator::all_gather_bytes(std::span<const std::byte> own, const std::vector<std::size_t>& counts,
                                    std::span<std::byte> all) const {
  expect_counts(*this, counts, all.size());
  expect_own(*this, own, counts);
  backend_->all_gather(own, counts, all);
}

void Communicator::all_gather_bytes_to(const std::vector<std::vector<Run>>& runs, std::size_t record,
                                       std::span<const std::byte> own, std::span<std::byte> all) const {
  const auto bytes = [record](const std::vector<Run>& of) {
    std::size_t sum = 0;
    for (const Run& run : of) sum += run.count * record;
    return sum;
  };
  GMMVI_GUARD(runs.size() == static_cast<std::size_t>(size()), "runs for every rank");
  GMMVI_GUARD(own.size() == bytes(runs[static_cast<std::size_t>(rank())]), "own records for the own runs");
  GMMVI_GUARD(all.size() == std::transform_reduce(runs.begin(), runs.end(), std::size_t{0}, std::plus(), bytes),
              "runs that cover all places");
  backend_->all_gather_to(runs, record, own, all);
}

void Communicator::gather_bytes(std::span<const std::byte> own, const std::vector<std::size_t>& counts,
                                std::span<std::byte> all) const {
  expect_counts(*this, counts, is_root() ? all.size() : sum(counts));
  expect_own(*this, own, counts);
  backend_->gather(own, counts, all);
}

void Communicator::all_to_all_bytes(std::span<const std::byte> send, const std::vector<std::size_t>& send_counts,
                                    std::span<std::byte> received,
                                    const std::vector<std::size_t>& receive_counts) const {
  expect_counts(*this, send_counts, send.size());
  expect_counts(*this, receive_counts, received.size());
  backend_->all_to_all(send, send_counts, received, receive_counts);
}

}  // namespace gmmvi
