#include "model/draw.hpp"

#include <algorithm>

#include "core/contract.hpp"

namespace gmmvi::model {

template <class Covariance>
Draw<Covariance>::Draw(std::uint64_t seed, core::Purpose purpose, std::uint64_t iteration, std::vector<Source> sources)
    : seed_(seed), purpose_(purpose), iteration_(iteration), sources_(std::move(sources)), offsets_{0} {
  for (const Source& source : sources_) offsets_.push_back(offsets_.back() + source.count);
}

template <class Covariance>
std::vector<std::int32_t> Draw<Covariance>::mapping() const {
  std::vector<std::int32_t> mapping;
  mapping.reserve(static_cast<std::size_t>(size()));
  for (std::size_t s = 0; s < sources_.size(); ++s)
    mapping.insert(mapping.end(), static_cast<std::size_t>(sources_[s].count), static_cast<std::int32_t>(s));
  return mapping;
}

template <class Covariance>
void Draw<Covariance>::samples(Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) const {
  GMMVI_GUARD(first >= 0 && first + out.cols() <= size(), "positions of the batch");
  for (Eigen::Index done = 0; done < out.cols();) {
    const Eigen::Index position = first + done;
    const auto next = std::ranges::upper_bound(offsets_, position);
    const auto source = static_cast<std::size_t>(next - offsets_.begin()) - 1;
    const Eigen::Index count = std::min({lanes, out.cols() - done, *next - position});
    block(source, position - offsets_[source], out.middleCols(done, count));
    done += count;
  }
}

// At most `lanes` samples of one source, from its `index`-th on.
template <class Covariance>
void Draw<Covariance>::block(std::size_t source, Eigen::Index index, Eigen::Ref<Eigen::MatrixXd> out) const {
  const Source& from = sources_[source];
  Eigen::MatrixXd normal(out.rows(), out.cols());
  for (Eigen::Index n = 0; n < out.cols(); ++n) {
    core::Stream stream(seed_, purpose_, {iteration_, from.id, static_cast<std::uint64_t>(index + n)});
    stream.normal({normal.col(n).data(), static_cast<std::size_t>(normal.rows())});
  }
  Block z, x(lanes, out.rows());
  load_block(normal, 0, z);
  from.gaussian->sample(z, x);
  store_block(x, 0, out.cols(), out);
}

template <class Covariance>
Eigen::VectorXd sample_of_sequence(const Mixture<Covariance>& mixture, std::uint64_t seed, std::uint64_t number) {
  core::Stream stream(seed, core::Purpose::evidence, {.index = number});
  const Eigen::VectorXd weights = mixture.weights();
  const auto counts = stream.multinomial(1, {weights.data(), static_cast<std::size_t>(weights.size())});
  Eigen::MatrixXd normal(mixture.dimension(), 1);
  stream.normal({normal.data(), static_cast<std::size_t>(normal.size())});
  Block z, x(lanes, mixture.dimension());
  load_block(normal, 0, z);
  mixture.gaussian(std::ranges::find(counts, 1) - counts.begin()).sample(z, x);
  store_block(x, 0, 1, normal);
  return normal;
}

template Eigen::VectorXd sample_of_sequence(const Mixture<FullCovariance>&, std::uint64_t, std::uint64_t);
template Eigen::VectorXd sample_of_sequence(const Mixture<DiagonalCovariance>&, std::uint64_t, std::uint64_t);
template class Draw<FullCovariance>;
template class Draw<DiagonalCovariance>;

}  // namespace gmmvi::model
