#include "core/text_table.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return gmmvi::fuzz::only_errors([&] {
    const auto table = gmmvi::core::split_table("fuzz.csv", gmmvi::fuzz::text_of(data, size));
    for (std::size_t row = 0; row < table.fields.size(); ++row)
      for (std::size_t column = 0; column < table.fields[row].size(); ++column)
        table.number_or_missing(static_cast<std::int64_t>(row), static_cast<std::int64_t>(column));
  });
}
