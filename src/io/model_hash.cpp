#include "io/model_hash.hpp"

#include <cstddef>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "core/fnv1a.hpp"

namespace gmmvi::io {
namespace {

std::span<const double> span_of(const Eigen::VectorXd& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}

template <class Covariance>
std::uint64_t hash_of(const Mixture<Covariance>& mixture) {
  core::Fnv1a hash;
  hash.add(std::span<const std::int64_t>({std::int64_t{mixture.size()}, std::int64_t{mixture.dimension()}}));
  hash.add(span_of(mixture.log_weights()));
  std::vector<double> packed(static_cast<std::size_t>(Covariance::packed_size(mixture.dimension())));
  for (const auto& component : mixture.components()) {
    hash.add(span_of(component.gaussian->mean()));
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
