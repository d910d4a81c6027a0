#pragma once

#include <cstdint>
#include <string>

#include "gmmvi/mixture.hpp"

namespace gmmvi::io {

/// A number that two mixtures share only if they are the same bit for bit: FNV-1a (64 bit) over the bytes of K and D
/// (as 64-bit integers), the K log weights, and for each component its mean and the stored entries of its Cholesky
/// factor.
std::uint64_t model_hash(const AnyMixture& mixture);

/// As 16 hexadecimal digits.
std::string to_hex(std::uint64_t hash);

}  // namespace gmmvi::io
