#include "core/printable.hpp"

#include <string>

#include <gtest/gtest.h>

namespace gmmvi::core {
namespace {

TEST(Printable, KeepsWhatCanBeSeen) {
  const std::string text = "−ELBO 3.5 ± 0.1, Θ, 日本, 🎉\n\ta 'quoted' \\x1b, ASCII ~";
  EXPECT_EQ(printable(text), text);
}

TEST(Printable, EscapesControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31mred\a\r"), "a\\u001b[31mred\\u0007\\u000d");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\u0000b");
  EXPECT_EQ(printable("\x7f"), "\\u007f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m")
      << "a control sequence in one character";
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\u202e") << "the rest would be written from right to left";
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("Z\xfcrich"), "Z\\xfcrich");
  EXPECT_EQ(printable("\x9b"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "longer than need be";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "half a surrogate pair";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82") << "cut";
}

TEST(Printable, ChangesNothingMoreOfItsOwn) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(printable(printable(all)), printable(all));
}

TEST(Printable, HasOneLineWhereWanted) {
  EXPECT_EQ(printable("a\nb\tc", Lines::one), "a\\nb\\tc");
}

TEST(Excerpt, HasBeginningEndAndLength) {
  EXPECT_EQ(excerpt("short", 5), "short");
  const std::string text = excerpt("begin" + std::string(50'000'000, '.') + "end", 100);
  EXPECT_LE(text.size(), 200u);
  EXPECT_TRUE(text.starts_with("begin....")) << text;
  EXPECT_TRUE(text.ends_with("....end")) << text;
  EXPECT_NE(text.find("49999908 of 50000008 bytes are left out"), std::string::npos) << text;
}

TEST(Excerpt, CutsNoCharacterInTwo) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "日";
  for (std::size_t longest = 20; longest < 40; ++longest) {
    const std::string cut = excerpt(text, longest);
    EXPECT_EQ(printable(cut), cut) << longest;
  }
}

}  // namespace
}  // namespace gmmvi::core
