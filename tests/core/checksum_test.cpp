#include "core/checksum.hpp"

#include <cstdint>
#include <string>

#include <boost/crc.hpp>
#include <gtest/gtest.h>

namespace gmmvi::core {
namespace {

TEST(Checksum, IsTheOneOfTheStandard) {
  EXPECT_EQ(checksum("123456789"), 0xCBF43926U);  // the check value of CRC-32/ISO-HDLC
  EXPECT_EQ(checksum(""), 0U);
}

// Journals and checkpoints of earlier versions were written with Boost's.
TEST(Checksum, IsBoosts) {
  std::string bytes;
  for (std::uint32_t n = 0; n < 100000; ++n) {
    bytes += static_cast<char>(n * n % 251);
    if (n % 9973 != 0) continue;
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    EXPECT_EQ(checksum(bytes), crc.checksum());
  }
}

}  // namespace
}  // namespace gmmvi::core
