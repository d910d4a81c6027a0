#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "gmmvi/archive.hpp"

namespace gmmvi::test {

/// Keeps groups in memory, as if on a disk that outlives the solver.
class MemoryArchive : public Archive {
 public:
  std::vector<FinishedGroup> kept;

  void keep(const FinishedGroup& group) override { kept.push_back(group); }
  std::vector<FinishedGroup> take(std::uint64_t batch) override {
    std::vector<FinishedGroup> of_batch;
    for (const auto& group : earlier_)
      if (group.batch == batch) of_batch.push_back(group);
    return of_batch;
  }
  bool has_earlier_groups() const override { return begun_again_; }
  /// What was kept is of an earlier process now.
  void begin_again() {
    earlier_ = std::exchange(kept, {});
    begun_again_ = true;
  }

 private:
  std::vector<FinishedGroup> earlier_;
  bool begun_again_ = false;
};

}  // namespace gmmvi::test
