#include "fuzz.hpp"
#include "io/status_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const gmmvi::fuzz::MemoryFile file(gmmvi::fuzz::text_of(data, size));
  return gmmvi::fuzz::only_errors([&] { gmmvi::io::read_status(file.path()); });
}
