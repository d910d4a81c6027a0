#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gmmvi::core {

/// The hash FNV-1a of bytes, one value after the other. Tells contents apart, not attackers.
class Fnv1a {
 public:
  template <class T>
  void add(std::span<const T> values) {
    for (const std::byte byte : std::as_bytes(values))
      hash_ = (hash_ ^ static_cast<std::uint64_t>(byte)) * 1099511628211ULL;
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 14695981039346656037ULL;
};

}  // namespace gmmvi::core
