#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace gmmvi::report {

/// Of any number of items, in order, the first, the last, and others evenly in between: all while there are fewer
/// than `most` (at least 2), later at least half as many.
template <class T>
class Thinned {
 public:
  explicit Thinned(std::size_t most) : most_(most) {}

  void add(const T& item) {
    last_.reset();
    if (seen_++ % stride_ != 0) {
      last_ = item;
      return;
    }
    kept_.push_back(item);
    if (kept_.size() >= most_) halve();
  }

  std::vector<T> items() const {
    std::vector<T> items = kept_;
    if (last_) items.push_back(*last_);
    return items;
  }

 private:
  void halve() {
    if (kept_.size() % 2 == 0) last_ = kept_.back();
    std::size_t size = 1;
    for (std::size_t i = 2; i < kept_.size(); i += 2) kept_[size++] = std::move(kept_[i]);
    kept_.resize(size);
    stride_ *= 2;
  }

  std::size_t most_, stride_ = 1, seen_ = 0;
  std::vector<T> kept_;
  std::optional<T> last_;
};

}  // namespace gmmvi::report
