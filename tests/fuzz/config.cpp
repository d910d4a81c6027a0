#include "config/configuration.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return gmmvi::fuzz::only_errors(
      [&] { gmmvi::config::parse(std::string(gmmvi::fuzz::text_of(data, size)), "fuzz.yml"); });
}
