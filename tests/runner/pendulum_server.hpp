#pragma once

#include <memory>
#include <string>

namespace gmmvi::test {

/// An UM-Bridge server of the pendulum, which is that of the plugin. Its includes do not go with those of other tests.
class PendulumServer {
 public:
  PendulumServer();
  ~PendulumServer();
  PendulumServer(const PendulumServer&) = delete;
  PendulumServer& operator=(const PendulumServer&) = delete;

  std::string url() const;

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

}  // namespace gmmvi::test
