// As in builds without contracts, whatever this build has.
#undef GMMVI_CONTRACTS
#include "core/contract.hpp"

namespace gmmvi::core {

int guarded_without_contracts(int index) {
  GMMVI_GUARD(index < 3, "index is " + std::to_string(index));
  return index;
}

int evaluations_without_contracts() {
  int evaluations = 0;
  const auto fails = [&] {
    ++evaluations;
    return false;
  };
  GMMVI_EXPECT(fails(), std::to_string(++evaluations));
  GMMVI_ENSURE(fails(), std::to_string(++evaluations));
  return evaluations;
}

}  // namespace gmmvi::core
