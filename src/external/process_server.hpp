#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "external/child.hpp"
#include "external/json_protocol.hpp"
#include "external/options.hpp"
#include "external/simulator.hpp"

namespace gmmvi::external {

/// A program that is kept alive and spoken to in lines of JSON. We begin, and it says what it can do (all but
/// `protocol` may be absent); `group_size` is how many samples it takes at a time:
///     {"protocol": 1, "parameters": ["a", …], "options": {…}}
///     {"protocol": 1, "gradient": false, "outputs": 40, "group_size": 1}
/// Then, for every evaluation,
///     {"id": 17, "parameters": {"a": 1.5, …}, "gradient": true, "seed": 123}
///     {"id": 17, "log_density": -3.2, "gradient": [..]}
/// where JsonProtocol says what an answer may be, or, if it takes groups,
///     {"id": 17, "gradient": true, "batch": [{"parameters": {"a": 1.5, …}, "seed": 123}, …]}
///     {"id": 17, "batch": [{"log_density": -3.2, "gradient": [..]}, …]}
/// A server that ends, or says what does not belong to the question, has failed this evaluation; another is started for
/// the next one, without that being of the time which that has (core::Untimed).
class ProcessServer : public Simulator {
 public:
  ProcessServer(const ProcessOptions& options, const Start& start);

  Eigen::Index dimension() const override { return protocol_.dimension(); }
  Eigen::Index outputs() const override { return protocol_.outputs(); }
  bool has_gradients() const override { return abilities_.gradients; }
  bool gives_jacobians() const override { return abilities_.gradients && protocol_.returns_outputs(); }
  Eigen::Index group_size() const override { return abilities_.group_size; }
  /// Throws Error where all samples of the call have failed; the status tells of some.
  Answer evaluate(const Call& call) override;
  void interrupt() override;

 protected:
  /// A server of another kind.
  struct Server {
    Launch launch;
    std::string options;  ///< JSON
    double start_limit;
    std::int64_t outputs;  ///< what it is to return, where `outputs` of its first answer does not say it; 0: unknown
    std::string key;       ///< of the config, that names its program
  };
  ProcessServer(Server server, const Start& start);

 private:
  struct Abilities {
    bool gradients = false;
    Eigen::Index outputs = 0;  // 0: it does not say
    Eigen::Index group_size = 1;
    bool operator==(const Abilities&) const = default;
  };

  Abilities begin();
  void start_again();
  static Abilities abilities_in(const Json& first_answer);
  Eigen::Index outputs_of(const Abilities& abilities) const;
  void write_request(const Call& call);
  Json exchange();
  void read_group(const Json& said, const Call& call, Answer& answer) const;

  Server server_;
  bool returns_outputs_;
  std::string hello_;  // our first line
  JsonProtocol protocol_;
  Interruption interruption_;
  std::unique_ptr<Child> child_;
  Abilities abilities_;
  std::int64_t id_ = 0;  // of the last question
  std::string request_;  // its line
};

}  // namespace gmmvi::external
