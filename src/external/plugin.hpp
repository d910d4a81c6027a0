#pragma once

#include <memory>

#include "external/options.hpp"
#include "external/simulator.hpp"

namespace gmmvi::external {

/// A shared library with the functions of gmmvi/target_plugin.h, called in this process.
class Plugin : public Simulator {
 public:
  Plugin(const PluginOptions& options, const Start& start);
  ~Plugin() override;

  Eigen::Index dimension() const override;
  Eigen::Index outputs() const override;
  bool has_gradients() const override;
  bool gives_jacobians() const override { return has_gradients(); }
  /// Throws Error with what the plugin says of its failure.
  Answer evaluate(const Call& call) override;

  Eigen::Index group_size() const override;
  bool cheap() const override;
  bool runs_outside() const override { return false; }
  bool works_in_teams() const override;
  void join(const Team& team) override;
  bool interruptible() const override;
  void interrupt() override;

 private:
  struct Instance;
  std::unique_ptr<Instance> instance_;
  Counted counted_;
};

}  // namespace gmmvi::external
