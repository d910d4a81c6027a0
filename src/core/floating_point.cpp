#include "core/floating_point.hpp"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace gmmvi::core {
namespace {

// The settings of the control register, without the flags of exceptions that have happened.
unsigned long long control() {
#if defined(__x86_64__)
  constexpr unsigned happened = 0x3f;
  return _mm_getcsr() & ~happened;
#elif defined(__aarch64__)
  unsigned long long word = 0;
  __asm__ volatile("mrs %0, fpcr" : "=r"(word));
  return word;
#else
  return static_cast<unsigned long long>(std::fegetround());
#endif
}

}  // namespace

FloatingPointKeeper::FloatingPointKeeper() : control_(control()) {
  std::fegetenv(&environment_);
}

FloatingPointKeeper::~FloatingPointKeeper() {
  if (changed()) std::fesetenv(&environment_);
}

bool FloatingPointKeeper::changed() const {
  return control() != control_;
}

}  // namespace gmmvi::core
