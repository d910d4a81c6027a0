#include "config/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

namespace gmmvi::config {

namespace {

std::string plain(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

/// Levenshtein distance, one row of its table at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : a) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (letter == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// How far apart two words are; a word that was cut short or lengthened is near.
std::size_t distance(const std::string& a, const std::string& b) {
  const std::string& shorter = a.size() < b.size() ? a : b;
  const std::string& longer = a.size() < b.size() ? b : a;
  if (shorter.size() >= 4 && longer.find(shorter) != std::string::npos) return 1;
  return edit_distance(a, b);
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest = 100;  // of a word that may be a key
  if (word.size() > longest) return "";
  const std::string wanted = plain(word);
  std::string best;
  std::pair<std::size_t, std::size_t> smallest(std::max<std::size_t>(1, wanted.size() / 3) + 1, 0);
  for (const std::string& candidate : candidates) {
    const std::size_t longer = std::max(wanted.size(), candidate.size()),
                      shorter = std::min(wanted.size(), candidate.size());
    const std::pair current(distance(wanted, plain(candidate)), longer - shorter);
    if (current < smallest) {
      smallest = current;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(const std::string& guess) {
  return guess.empty() ? "" : " (did you mean '" + guess + "'?)";
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  return did_you_mean(nearest(word, candidates));
}

}  // namespace gmmvi::config
