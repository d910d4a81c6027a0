#include "model/modes.hpp"

#include <memory>

#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi::model {
namespace {

using Gaussians = std::vector<GaussianPointer<FullCovariance>>;
using Modes = std::vector<std::size_t>;

GaussianPointer<FullCovariance> at(double place, double standard_deviation = 1.0, Eigen::Index dimension = 2) {
  return std::make_shared<const Gaussian<FullCovariance>>(
      place * Eigen::VectorXd::Unit(dimension, 0),
      FullCovariance::from_variances(Eigen::VectorXd::Constant(dimension, standard_deviation * standard_deviation)));
}

Eigen::VectorXd logs(const std::vector<double>& masses) {
  return Eigen::Map<const Eigen::ArrayXd>(masses.data(), static_cast<Eigen::Index>(masses.size())).log();
}

TEST(Modes, AreComponentsThatTouchTheHeaviestFirst) {
  EXPECT_EQ(group_into_modes<FullCovariance>({at(0.0), at(20.0), at(1.0), at(21.0)}, logs({0.1, 0.3, 0.1, 0.5})),
            (Modes{1, 0, 1, 0}));
}

TEST(Modes, TouchAtTwoStandardDeviations) {
  EXPECT_EQ(group_into_modes<FullCovariance>({at(0.0), at(3.99)}, logs({0.6, 0.4})), (Modes{0, 0}));
  EXPECT_EQ(group_into_modes<FullCovariance>({at(0.0), at(4.01)}, logs({0.6, 0.4})), (Modes{0, 1}));
}

TEST(Modes, AreTheSameInManyDimensions) {
  // Overlap integrals of these are e⁻²⁰ and less: a hundred standard deviations that differ by half.
  EXPECT_EQ(group_into_modes<FullCovariance>({at(0.0, 1.0, 100), at(1.0, 1.5, 100), at(9.0, 1.0, 100)},
                                             logs({0.4, 0.3, 0.3})),
            (Modes{0, 0, 1}));
}

TEST(Modes, AreJoinedByAChain) {
  Gaussians chain;
  for (int k = 0; k < 30; ++k) chain.push_back(at(3.0 * ((7 * k) % 30)));
  EXPECT_EQ(group_into_modes(chain, Eigen::VectorXd::Zero(30)), Modes(30, 0));
}

TEST(Modes, AreNotJoinedByAWideComponentOfNoMass) {
  const Modes modes = group_into_modes<FullCovariance>({at(5.0, 30.0), at(0.0), at(12.0)}, logs({1e-6, 0.3, 0.7}));
  EXPECT_EQ(modes, (Modes{1, 1, 0})) << "of the two that it touches it joins the nearer";
}

TEST(Modes, AreJoinedByAComponentWithMass) {
  EXPECT_EQ(group_into_modes<FullCovariance>({at(3.0), at(0.0), at(6.0)}, logs({0.1, 0.3, 0.6})), (Modes{0, 0, 0}));
}

TEST(Modes, HaveMassesThatNoDoubleHolds) {
  const Modes modes = group_into_modes<FullCovariance>({at(3.0), at(0.0), at(6.0), at(30.0)},
                                                       Eigen::Vector4d(-2000.0, -2001.0, -2001.0, -1000.0));
  ASSERT_EQ(modes.size(), 4u);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(modes[k], 1u) << k;
  EXPECT_EQ(modes[3], 0u);
}

}  // namespace
}  // namespace gmmvi::model
