#include "fuzz.hpp"
#include "io/metrics_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const gmmvi::fuzz::MemoryFile file(gmmvi::fuzz::text_of(data, size));
  return gmmvi::fuzz::only_errors([&] { gmmvi::io::for_each_metrics_line(file.path(), [](const auto&) {}); });
}
