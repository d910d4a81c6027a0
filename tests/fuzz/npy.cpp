#include "fuzz.hpp"
#include "io/npy_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return gmmvi::fuzz::only_errors([&] { gmmvi::io::parse_npy("fuzz.npy", gmmvi::fuzz::text_of(data, size)); });
}
