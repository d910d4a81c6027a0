#include "evaluation/journal.hpp"

#include <cstring>

#include "core/checksum.hpp"
#include "fuzz.hpp"

namespace {

constexpr std::size_t first_header_size = 28, header_size = 36, head_size = 16, sum_size = 4;

/// Makes the checksums of the header and of every record fit: else no damage would get behind them.
void mend_checksums(std::string& bytes) {
  const auto put_sum = [&](std::size_t first, std::size_t count, std::size_t at) {
    const auto sum = gmmvi::core::checksum(std::string_view(bytes).substr(first, count));
    std::memcpy(bytes.data() + at, &sum, sizeof sum);
  };
  const auto length_at = [&](std::size_t at) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    return length;
  };
  if (bytes.size() < first_header_size) return;
  std::size_t record = first_header_size;
  if (bytes[12] == 1) {
    put_sum(0, first_header_size - sum_size, first_header_size - sum_size);
  } else {  // a fingerprint follows
    if (bytes.size() < header_size) return;
    put_sum(0, header_size - sum_size, header_size - sum_size);
    const std::uint64_t length = length_at(first_header_size - sum_size), left = bytes.size() - header_size;
    if (left < sum_size || length > left - sum_size) return;
    put_sum(header_size, length, header_size + length);
    record = header_size + length + sum_size;
  }
  while (bytes.size() - record >= head_size) {
    const std::uint64_t length = length_at(record), left = bytes.size() - record - head_size;
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
