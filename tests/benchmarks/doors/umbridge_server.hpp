#pragma once

#include <memory>
#include <string>

namespace gmmvi::benchmarks {

/// A server of UM-Bridge in a thread of this process: the log density of four parameters, -½ |x|². Apart from what
/// includes Eigen, which stumbles over a macro of a system header that httplib needs.
class UmbridgeServer {
 public:
  UmbridgeServer();
  ~UmbridgeServer();
  std::string url() const;

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

}  // namespace gmmvi::benchmarks
