#include "io/model_hash.hpp"

#include <cstddef>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace gmmvi::io {
namespace {

class Fnv1a {
 public:
  template <class T>
  void add(std::span<const T> values) {
    for (const std::byte byte : std::as_bytes(values)) {
      hash_ = (hash_ ^ static_cast<std::uint64_t>(byte)) * 1099511628211ULL;
    }
  }
  void add(const Eigen::VectorXd& vector) {
    add(std::span<const double>(vector.data(), static_cast<std::size_t>(vector.size())));
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 14695981039346656037ULL;
};

template <class Covariance>
std::uint64_t hash_of(const Mixture<Covariance>& mixture) {
  Fnv1a hash;
  hash.add(std::span<const std::int64_t>({std::int64_t{mixture.size()}, std::int64_t{mixture.dimension()}}));
  hash.add(mixture.log_weights());
  std::vector<double> packed(static_cast<std::size_t>(Covariance::packed_size(mixture.dimension())));
  for (const auto& component : mixture.components()) {
    hash.add(component.gaussian->mean());
    component.gaussian->covariance().pack(packed);
    hash.add(std::span<const double>(packed));
  }
  return hash.value();
}

}  // namespace

std::uint64_t model_hash(const AnyMixture& mixture) {
  return std::visit([](const auto& m) { return hash_of(m); }, mixture);
}

std::string to_hex(std::uint64_t hash) {
  return fmt::format("{:016x}", hash);
}

}  // namespace gmmvi::io
