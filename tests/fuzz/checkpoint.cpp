#include "io/checkpoint.hpp"

#include <cstring>

#include "core/checksum.hpp"
#include "fuzz.hpp"

/// The checksum (bytes 12 to 15) is made to fit: else no damage would get behind it. Nothing at all stands for a good
/// one, which has to be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) gmmvi::io::checkpoint_of(gmmvi::io::to_bytes({}));
  std::string bytes(gmmvi::fuzz::text_of(data, size));
  if (size >= 16) {
    const auto sum = gmmvi::core::checksum(std::string_view(bytes).substr(16));
    std::memcpy(bytes.data() + 12, &sum, sizeof sum);
  }
  return gmmvi::fuzz::only_errors([&] { gmmvi::io::checkpoint_of(bytes); });
}
