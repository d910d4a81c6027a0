#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace gmmvi::config {

/// What a value of an enumeration is called.
template <class Enum>
struct Word {
  Enum value;
  std::string_view text;
};

template <class Enum, std::size_t n>
std::array<std::string_view, n> texts_of(const std::array<Word<Enum>, n>& words) {
  std::array<std::string_view, n> texts;
  std::ranges::transform(words, texts.begin(), [](const Word<Enum>& word) { return word.text; });
  return texts;
}

}  // namespace gmmvi::config
