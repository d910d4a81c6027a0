#include "evaluation/journal.hpp"

#include <cstring>

#include "core/checksum.hpp"
#include "fuzz.hpp"

namespace {

constexpr std::size_t header_size = 28, head_size = 16;

/// Makes the checksums of the header and of every record fit: else no damage would get behind them.
void mend_checksums(std::string& bytes) {
  const auto put_sum = [&](std::size_t first, std::size_t count, std::size_t at) {
    const auto sum = gmmvi::core::checksum(std::string_view(bytes).substr(first, count));
    std::memcpy(bytes.data() + at, &sum, sizeof sum);
  };
  if (bytes.size() < header_size) return;
  put_sum(0, 24, 24);
  for (std::size_t record = header_size; bytes.size() - record >= head_size;) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + record, sizeof length);
    const std::size_t left = bytes.size() - record - head_size;
    if (length <= left) put_sum(record + head_size, length, record + 8);
    put_sum(record, 12, record + 12);
    if (length > left) return;
    record += head_size + length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(gmmvi::fuzz::text_of(data, size));
  mend_checksums(bytes);
  const gmmvi::fuzz::MemoryFile file(bytes);
  return gmmvi::fuzz::only_errors([&] { gmmvi::evaluation::read_journal(file.path(), 2, [](auto&&) {}); });
}
