#pragma once

#include <cfenv>

namespace gmmvi::core {

/// How this thread rounds, which floating-point exceptions trap, whether denormal numbers are flushed to zero. Kept
/// over the life of this object: others' code may change them, and ours would compute other bits.
class FloatingPointKeeper {
 public:
  FloatingPointKeeper();
  /// Restores.
  ~FloatingPointKeeper();
  FloatingPointKeeper(const FloatingPointKeeper&) = delete;
  FloatingPointKeeper& operator=(const FloatingPointKeeper&) = delete;

  /// Whether something was changed that will be restored.
  bool changed() const;

 private:
  std::fenv_t environment_{};
  unsigned long long control_;
};

}  // namespace gmmvi::core
