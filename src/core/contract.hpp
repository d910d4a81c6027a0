#pragma once

#include <stdexcept>
#include <string>

namespace gmmvi::core {

/// A bug: a function was called outside its contract, or did not keep it.
class ContractViolation : public std::logic_error {
  using std::logic_error::logic_error;
};

[[noreturn]] inline void contract_violation(const char* kind, const char* expression, const char* file, int line,
                                            const std::string& detail) {
  throw ContractViolation(std::string(kind) + " does not hold: " + expression +
                          (detail.empty() ? "" : " (" + detail + ")") + " at " + file + ":" + std::to_string(line));
}

}  // namespace gmmvi::core

/// GMMVI_GUARD(condition, detail): what a caller must see to, or memory is read or written that is not the function's:
/// sizes and indices at the doors that others' code comes in by. Checked in every build.
/// GMMVI_EXPECT: what else a caller must see to; GMMVI_ENSURE: what a function promises. Both are checked in builds
/// with GMMVI_CONTRACTS, and cost nothing elsewhere. `detail` is any text with the values at hand.
#define GMMVI_CHECK(kind, condition, detail) \
  ((condition) ? void() : gmmvi::core::contract_violation(kind, #condition, __FILE__, __LINE__, detail))
#define GMMVI_GUARD(condition, detail) GMMVI_CHECK("precondition", condition, detail)
#ifdef GMMVI_CONTRACTS
#define GMMVI_CONTRACT(kind, condition, detail) GMMVI_CHECK(kind, condition, detail)
#else
#define GMMVI_CONTRACT(kind, condition, detail) (static_cast<void>(sizeof((condition) ? 1 : 0)))
#endif
#define GMMVI_EXPECT(condition, detail) GMMVI_CONTRACT("precondition", condition, detail)
#define GMMVI_ENSURE(condition, detail) GMMVI_CONTRACT("postcondition", condition, detail)
