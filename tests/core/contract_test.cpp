// With contracts, whatever this build has.
#ifndef GMMVI_CONTRACTS
#define GMMVI_CONTRACTS
#endif
#include "core/contract.hpp"

#include <gtest/gtest.h>

namespace gmmvi::core {

/// How often conditions and details are evaluated where contracts are off.
int evaluations_without_contracts();
/// Returns `index` if it is below 3.
int guarded_without_contracts(int index);

namespace {

double root_of(double square) {
  GMMVI_EXPECT(square >= 0.0, "square is " + std::to_string(square));
  return square;
}

int positive(int value) {
  GMMVI_ENSURE(value > 0, "");
  return value;
}

std::string message_of(void (*call)()) {
  try {
    call();
  } catch (const ContractViolation& bug) {
    return bug.what();
  }
  return "kept";
}

TEST(Contract, LetsPassWhatKeepsIt) {
  EXPECT_EQ(message_of([] { root_of(positive(4)); }), "kept");
}

TEST(Contract, SaysWhichConditionWasBrokenWhereAndByWhat) {
  const std::string message = message_of([] { root_of(-1.5); });
  EXPECT_NE(message.find("precondition does not hold: square >= 0.0 (square is -1.5"), std::string::npos) << message;
  EXPECT_NE(message.find("contract_test.cpp:"), std::string::npos) << message;
  EXPECT_EQ(message_of([] { positive(0); }).find("postcondition does not hold: value > 0 at "), 0u);
}

TEST(Contract, CostsNothingWhereItIsOff) {
  EXPECT_EQ(evaluations_without_contracts(), 0);
}

TEST(Contract, GuardsMemoryWhereItIsOff) {
  EXPECT_EQ(message_of([] { guarded_without_contracts(2); }), "kept");
  EXPECT_EQ(
      message_of([] { guarded_without_contracts(3); }).find("precondition does not hold: index < 3 (index is 3) at "),
      0U);
}

}  // namespace
}  // namespace gmmvi::core
