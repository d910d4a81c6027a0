#pragma once

#include <cstdint>
#include <string_view>

namespace gmmvi::core {

/// The CRC-32 of ISO 3309, as in zip and Ethernet.
std::uint32_t checksum(std::string_view bytes);

}  // namespace gmmvi::core
