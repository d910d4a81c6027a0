#include "external/umbridge.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/printable.hpp"
#include "core/seconds_since.hpp"
#include "core/untimed.hpp"
#include "external/json.hpp"

namespace gmmvi::external {
namespace {

using Json = nlohmann::json;

/// How many servers an evaluation may take with it. Then it is the evaluation that fails, not one server after another.
constexpr int most_deaths = 3;

/// Those of this process with the same options, while an instance has them.
std::shared_ptr<UmbridgeServers> servers_of_process(const UmbridgeOptions& o, const Start& start) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<UmbridgeServers>> known;
  const std::lock_guard lock(mutex);
  auto& entry = known[fmt::format("{}\n{}\n{}\n{}\n{}\n{}", fmt::join(o.urls, " "), o.urls_file, o.model, o.config,
                                  start.rank, start.ranks)];
  auto servers = entry.lock();
  if (!servers) {
    servers = std::make_shared<UmbridgeServers>(
        ServerPool::Options{o.urls, o.urls_file, start.rank, start.ranks, ServerPool::Seconds(o.patience)});
    entry = servers;
  }
  return servers;
}

/// What a server's answer has under `key`; throws Error with what it is where that is not there.
const Json& field_of(const Json& answer, const char* key, const std::string& of) {
  if (!answer.is_object() || !answer.contains(key))
    throw Error(fmt::format("{} has no '{}': {}", of, key, core::quotation(answer.dump())), ExitCode::unavailable);
  return answer.at(key);
}

std::vector<Eigen::Index> lengths_in(const Json& answer, const char* key, const std::string& of) {
  std::vector<Eigen::Index> all;
  for (const auto& size : field_of(answer, key, of)) {
    if (!size.is_number_integer() || size.get<std::int64_t>() < 0)
      throw Error(fmt::format("{} has {} {}, which are no lengths", of, key, core::quotation(answer.dump())),
                  ExitCode::unavailable);
    all.push_back(size.get<Eigen::Index>());
  }
  return all;
}

Eigen::Index total_length(const std::vector<Eigen::Index>& lengths) {
  return std::accumulate(lengths.begin(), lengths.end(), Eigen::Index{0});
}

/// Puts the numbers of a list into `out`, as many as it is long.
void read_numbers(const Json& list, Eigen::Ref<Eigen::VectorXd> out, const std::string& what) {
  if (!list.is_array() || static_cast<Eigen::Index>(list.size()) != out.size())
    throw Error(fmt::format("{} is {}, not a list of {} numbers as the server had announced", what,
                            core::quotation(list.dump()), out.size()),
                ExitCode::unavailable);
  for (Eigen::Index i = 0; i < out.size(); ++i) out[i] = number_of(list[static_cast<std::size_t>(i)], what);
}

Json vectors_of(const Eigen::VectorXd& values, const std::vector<Eigen::Index>& lengths) {
  Json vectors = Json::array();
  Eigen::Index at = 0;
  for (const auto length : lengths) {
    vectors.push_back(std::span(values.data() + at, static_cast<std::size_t>(length)));
    at += length;
  }
  return vectors;
}

std::string text_field_or(const Json& object, const char* key, const char* otherwise) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

/// What a server does not do that has answered without the JSON key "error".
[[noreturn]] void refuse_reply(const HttpConnection::Reply& reply, const std::string& path, const std::string& url) {
  if (reply.status >= 502 && reply.status <= 504)  // a proxy: there is no server behind it
    throw NoAnswer(fmt::format("HTTP {}: {}", reply.status, core::quotation(reply.body)), false);
  if (!reply.exception.empty())
    throw Error(fmt::format("{} (the model's exception, from {})", core::reason(reply.exception), url),
                ExitCode::unavailable);
  if (reply.status == 404)
    throw Error(
        fmt::format("{} knows no {} (HTTP 404): it is no UM-Bridge server, or its URL has another path", url, path),
        ExitCode::unavailable);
  throw Error(fmt::format("{}{}HTTP {} for {} from {}", core::reason(reply.body), reply.body.empty() ? "" : ": ",
                          reply.status, path, url),
              ExitCode::unavailable);
}

}  // namespace

/// While it lives, there is something to interrupt.
class Umbridge::Running {
 public:
  explicit Running(Umbridge& of) : of_(of) {
    const std::lock_guard lock(of_.mutex_);
    of_.begin_ = ServerPool::Clock::now();
    of_.running_ = true;
    of_.interrupted_ = false;
  }
  ~Running() {
    const std::lock_guard lock(of_.mutex_);
    of_.running_ = false;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Umbridge& of_;
};

/// While it lives, an interruption stops this connection.
class Umbridge::Connected {
 public:
  Connected(Umbridge& of, HttpConnection& connection) : of_(of) {
    const std::lock_guard lock(of_.mutex_);
    of_.connection_ = &connection;
  }
  ~Connected() {
    const std::lock_guard lock(of_.mutex_);
    of_.connection_ = nullptr;
  }
  Connected(const Connected&) = delete;
  Connected& operator=(const Connected&) = delete;

 private:
  Umbridge& of_;
};

Umbridge::Umbridge(const UmbridgeOptions& options, const Start& start, std::shared_ptr<UmbridgeServers> servers)
    : servers_(servers ? std::move(servers) : servers_of_process(options, start)),
      config_(parse_json(options.config)),
      counted_(start.counted) {
  if (!config_.is_object())
    throw Error(fmt::format("The config of an UM-Bridge model is a map, but it is {}", core::quotation(options.config)),
                ExitCode::configuration);
  {
    // Asking may cost a job of its own where a balancer stands between: once for all instances.
    const std::lock_guard lock(servers_->mutex);
    model_.name = options.model;
    if (servers_->model.name.empty()) {
      const Running running(*this);
      on_a_server([this](const Lease& server) { servers_->model = describe(server); }, true);
    }
    model_ = servers_->model;
  }
  dimension_ = total_length(model_.inputs);
  outputs_ = total_length(model_.outputs);
  const auto named = static_cast<Eigen::Index>(start.parameters.size());
  if (dimension_ < 1 || outputs_ < 1)
    throw Error(fmt::format("The UM-Bridge model '{}' takes {} numbers and returns {}: there is nothing to fit",
                            model_.name, dimension_, outputs_),
                ExitCode::unavailable);
  if (named > 0 && named != dimension_)
    throw Error(
        fmt::format("The UM-Bridge model '{}' takes {} parameters, in input vectors of {}, but `parameters` of "
                    "the config names {}: {}",
                    model_.name, dimension_, fmt::join(model_.inputs, " + "), named, fmt::join(start.parameters, ", ")),
        ExitCode::configuration);
  if (!start.returns_outputs && outputs_ != 1)
    throw Error(fmt::format("The UM-Bridge model '{}' returns {} numbers, but a log density is one. If they are to be "
                            "compared with data, set `returns: outputs` and `likelihood`.",
                            model_.name, outputs_),
                ExitCode::configuration);
}

void Umbridge::throw_interrupted() const {
  throw Error(fmt::format("interrupted after {:.2f} s", core::seconds_since(begin_)), ExitCode::unavailable);
}

/// Until there is one, time is not the evaluation's.
Umbridge::Lease Umbridge::take_server() {
  const core::Untimed untimed;
  return servers_->pool.take(interrupted_);
}

/// Has `work` done by a server that answers.
void Umbridge::on_a_server(const std::function<void(const Lease& server)>& work, bool starting) {
  for (int deaths = 0; deaths < most_deaths;) {
    Lease server = take_server();
    if (!server) throw_interrupted();
    try {
      const Connected connected(*this, server->connection);
      greet(server, starting);
      work(server);
      return;
    } catch (const NoAnswer& error) {
      if (interrupted_) throw_interrupted();
      servers_->pool.lose(std::move(server), error.what());
      if (error.while_at_work()) ++deaths;
    }
  }
  throw Error(
      fmt::format("{} servers stopped answering one after the other while they were at it, so it goes to no more",
                  most_deaths),
      ExitCode::unavailable);
}

/// Whether a server that has just come is what was asked for.
void Umbridge::greet(const Lease& server, bool starting) {
  if (server->greeted) return;
  try {
    const std::string& url = server->connection.url();
    const Json info = ask(server, "/Info", nullptr);
    const double version = number_of(field_of(info, "protocolVersion", "/Info of " + url), "the protocol's version");
    if (version != 1.0)
      throw Error(fmt::format("{} speaks version {} of UM-Bridge's protocol, this program version 1.0", url, version),
                  ExitCode::unavailable);
    const Json& names = field_of(info, "models", "/Info of " + url);
    if (!names.is_array())
      throw Error(fmt::format("`models` of /Info of {} is no list: {}", url, core::quotation(names.dump())),
                  ExitCode::unavailable);
    if (model_.name.empty() && names.size() == 1 && names[0].is_string()) model_.name = names[0].get<std::string>();
    if (model_.name.empty() || std::ranges::find(names, Json(model_.name)) == names.end())
      throw Error(
          model_.name.empty()
              ? fmt::format("{} has these models: {}. Name one as `model`.", url, core::quotation(names.dump()))
              : fmt::format("{} has no model '{}', but these: {}", url, model_.name, core::quotation(names.dump())),
          starting ? ExitCode::configuration : ExitCode::unavailable);
    server->greeted = true;
  } catch (const NoAnswer&) {
    throw;
  } catch (const Error& error) {
    if (starting) throw;
    throw NoAnswer(error.what(), false);  // another server has taken its place: as good as gone
  }
}

UmbridgeModel Umbridge::describe(const Lease& server) {
  const std::string& url = server->connection.url();
  UmbridgeModel model;
  model.name = model_.name;
  const Json can = ask(server, "/ModelInfo", {{"name", model.name}});
  const Json& support = field_of(can, "support", "/ModelInfo of " + url);
  const auto supports = [&support](const char* what) {
    return support.is_object() && support.contains(what) && support.at(what) == true;
  };
  if (!supports("Evaluate"))
    throw Error(fmt::format("The model '{}' of {} cannot be evaluated: its support is {}", model.name, url,
                            core::quotation(support.dump())),
                ExitCode::configuration);
  model.gradients = supports("Gradient");
  model.inputs = lengths_in(ask_model(server, "/InputSizes", Json::object()), "inputSizes", "/InputSizes of " + url);
  model.outputs =
      lengths_in(ask_model(server, "/OutputSizes", Json::object()), "outputSizes", "/OutputSizes of " + url);
  return model;
}

Json Umbridge::ask_model(const Lease& server, const std::string& path, Json request) {
  request["name"] = model_.name;
  request["config"] = config_;
  return ask(server, path, request);
}

Json Umbridge::ask(const Lease& server, const std::string& path, const Json& request) {
  if (interrupted_) throw_interrupted();
  HttpConnection& connection = server->connection;
  const auto reply = request.is_null() ? connection.get(path) : connection.post(path, request.dump());
  Json answer;
  try {
    answer = parse_json(reply.body);
  } catch (const Error& error) {
    if (reply.status != 200) refuse_reply(reply, path, connection.url());
    throw Error(fmt::format("{} ({} of {})", error.what(), path, connection.url()), ExitCode::unavailable);
  }
  if (!answer.is_object() || !answer.contains("error")) {
    if (reply.status != 200) refuse_reply(reply, path, connection.url());
    servers_->pool.lives(server);
    return answer;
  }
  servers_->pool.lives(server);
  const Json& error = answer.at("error");
  const std::string message =
      error.is_string() ? error.get<std::string>() : text_field_or(error, "message", "it does not say why");
  throw Error(fmt::format("{} ({} of {} from {})", core::reason(message), text_field_or(error, "type", "error"), path,
                          connection.url()),
              ExitCode::unavailable);
}

Eigen::VectorXd Umbridge::outputs_of(const Lease& server, const Json& input) {
  const std::string of = "the answer to /Evaluate of " + server->connection.url();
  const Json answer = ask_model(server, "/Evaluate", {{"input", input}});
  const Json& vectors = field_of(answer, "output", of);
  if (!vectors.is_array() || vectors.size() != model_.outputs.size())
    throw Error(fmt::format("{} is {}, not {} lists as the server had announced", of, core::quotation(vectors.dump()),
                            model_.outputs.size()),
                ExitCode::unavailable);
  Eigen::VectorXd outputs(outputs_);
  Eigen::Index at = 0;
  for (std::size_t i = 0; i < vectors.size(); at += model_.outputs[i++])
    read_numbers(vectors[i], outputs.segment(at, model_.outputs[i]), fmt::format("output {} of {}", i, of));
  return outputs;
}

/// Jᵀ·sensitivity, the sum over output vectors, one input vector after the other.
Eigen::VectorXd Umbridge::gradient_of(const Lease& server, const Json& input, const Eigen::VectorXd& sensitivity) {
  const std::string of = "the answer to /Gradient of " + server->connection.url();
  Eigen::VectorXd gradient = Eigen::VectorXd::Zero(dimension_);
  Eigen::Index out_at = 0;
  for (std::size_t out = 0; out < model_.outputs.size(); out_at += model_.outputs[out++]) {
    const Eigen::VectorXd sens = sensitivity.segment(out_at, model_.outputs[out]);
    if (sens.isZero(0.0)) continue;
    Eigen::Index in_at = 0;
    for (std::size_t in = 0; in < model_.inputs.size(); in_at += model_.inputs[in++]) {
      const Json answer = ask_model(
          server, "/Gradient",
          {{"input", input}, {"outWrt", out}, {"inWrt", in}, {"sens", std::span(sens.data(), model_.outputs[out])}});
      Eigen::VectorXd term(model_.inputs[in]);
      read_numbers(field_of(answer, "output", of), term, of);
      gradient.segment(in_at, model_.inputs[in]) += term;
    }
  }
  return gradient;
}

Answer Umbridge::evaluate(const Call& call) {
  const Running running(*this);
  const Eigen::Index n = call.samples.cols();
  Answer answer;
  answer.outputs.resize(outputs_, n);
  if (call.want_gradients) answer.gradients.setConstant(dimension_, n, std::numeric_limits<double>::quiet_NaN());
  for (Eigen::Index i = 0; i < n; ++i) {
    const Json input = vectors_of(call.samples.col(i), model_.inputs);
    on_a_server(
        [&](const Lease& server) {
          answer.outputs.col(i) = outputs_of(server, input);
          if (call.want_gradients && counted_.first_not_finite(answer.outputs.col(i)) == outputs_)
            answer.gradients.col(i) = gradient_of(server, input, call.sensitivity(i, answer.outputs.col(i)));
        },
        false);
  }
  return answer;
}

void Umbridge::interrupt() {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    interrupted_ = true;
    if (connection_ != nullptr) connection_->stop();
  }
  servers_->pool.wake();
}

}  // namespace gmmvi::external
