#include "core/shell.hpp"

#include <gtest/gtest.h>

namespace gmmvi::core {
namespace {

TEST(ShellWord, IsAsItIsWhereAShellReadsItSo) {
  EXPECT_EQ(shell_word("runs/my-SAMTRON-seed1"), "runs/my-SAMTRON-seed1");
}

TEST(ShellWord, IsInQuotesWhereNot) {
  EXPECT_EQ(shell_word("my runs/$a"), "'my runs/$a'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace gmmvi::core
