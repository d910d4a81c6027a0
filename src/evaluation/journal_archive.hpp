#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmmvi/archive.hpp"

#include "evaluation/journal.hpp"

namespace gmmvi::evaluation {

/// An archive whose groups are in journals: one that it writes, and those of earlier processes.
class JournalArchive final : public Archive {
 public:
  /// `fingerprint`: what the evaluations are of, as text that its journals have.
  explicit JournalArchive(Eigen::Index dimension, std::string fingerprint = {})
      : dimension_(dimension), fingerprint_(std::move(fingerprint)) {}

  /// From now on keep() writes to a new journal at `path`; before, it does nothing. Throws Error (cannot_create).
  void keep_in(const std::string& path);
  bool keeps() const { return journal_ != nullptr; }
  /// Reads earlier journals, in place of those that were read before, and returns what is damaged in them, a sentence
  /// for each. `anywhere`: whether any rank reads some. `check` hears of every journal what its fingerprint is, if it
  /// has one, and may throw. Of the other batches than those that `needs_outputs` outputs are forgotten at once: those
  /// of all that was ever journalled may be more than there is memory for. Throws Error (data).
  using Check = std::function<void(const std::string& path, const std::optional<std::string>& fingerprint)>;
  std::vector<std::string> read(const std::vector<std::string>& paths, bool anywhere, const Check& check = {},
                                const std::function<bool(std::uint64_t batch)>& needs_outputs = {});
  const std::string& fingerprint() const { return fingerprint_; }
  /// Forgets the groups of batches that are not `awaited`, of metrics of iterations before `iteration`, and of imported
  /// batches; returns whether there were any of these.
  bool keep_only(const std::function<bool(std::uint64_t batch)>& awaited, std::uint64_t iteration);
  /// Samples of earlier groups that this rank has, each of which is an evaluation; of a batch of points those, and not
  /// the samples that gradients were made for.
  std::int64_t earlier_samples() const;
  /// Returns once all that was kept is on the disk.
  void sync();

  void keep(const FinishedGroup& group) override;
  std::vector<FinishedGroup> take(std::uint64_t batch) override;
  bool has_earlier_groups() const override { return anywhere_; }

 private:
  Eigen::Index dimension_;
  std::string fingerprint_;
  std::unique_ptr<Journal> journal_;
  std::map<std::uint64_t, std::vector<FinishedGroup>> earlier_;  // by batch
  bool anywhere_ = false;
};

}  // namespace gmmvi::evaluation
