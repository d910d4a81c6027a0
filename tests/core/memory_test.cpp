#include "core/memory.hpp"

#include <cstddef>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <gtest/gtest.h>

namespace gmmvi::core {
namespace {

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
TEST(Memory, ThatIsFreedIsKept) {
  keep_freed_memory();
  constexpr std::size_t bytes = std::size_t{20} << 20;
  static_cast<void>(std::vector<char>(bytes).front());
  const std::size_t held = mallinfo2().arena;
  EXPECT_GE(held, bytes);
  for (int i = 0; i < 3; ++i) {
    const std::vector<char> again(bytes);
    EXPECT_EQ(mallinfo2().arena, held) << "nothing more was asked of the system";
  }
  EXPECT_EQ(mallinfo2().arena, held) << "nor was anything given back";
}
#else
TEST(Memory, KeepingItDoesNoHarmElsewhere) {
  keep_freed_memory();
}
#endif

}  // namespace
}  // namespace gmmvi::core
