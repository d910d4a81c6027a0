#include "external/process_server.hpp"

#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/printable.hpp"
#include "core/untimed.hpp"
#include "external/command.hpp"

namespace gmmvi::external {
namespace {

constexpr int protocol_version = 1;
constexpr double most_of_a_kind = 1e9;  // outputs, samples of a group

[[noreturn]] void fail(const std::string& what, ExitCode code = ExitCode::unavailable) {
  throw Error(what, code);
}

/// An answer, which is an object. Most of what is none is what a program prints.
Json answer_in(const std::string& line, Launch::Streams streams) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin != std::string::npos && line[begin] == '{') return parse_json(line);
  constexpr std::size_t longest = 200;
  const bool standard = streams == Launch::Streams::standard;
  fail(fmt::format(
      "wrote '{}'{} {}, which is no answer of the protocol (a line with a JSON object){}",
      core::quotation(line.substr(0, longest)), line.size() > longest ? " …" : "",
      standard ? "on its standard output" : "on the file descriptor 4",
      standard
          ? ". What it prints belongs on its standard error; or set target.channel to descriptors, and let it read "
            "on the file descriptor 3 and answer on 4"
          : ""));
}

/// A positive integer of the first answer, if it is there.
std::optional<Eigen::Index> count_in(const Json& answer, const char* name) {
  const auto found = answer.find(name);
  if (found == answer.end() || found->is_null()) return std::nullopt;
  const double count = number_of(*found, name);
  if (!(count >= 1.0 && count <= most_of_a_kind && count == static_cast<double>(static_cast<Eigen::Index>(count))))
    fail(fmt::format("says {}: {} in its first answer, which is no positive integer", name,
                     core::quotation(found->dump())));
  return static_cast<Eigen::Index>(count);
}

std::string first_line(const std::string& options, const Start& start) {
  const Json names = start.parameters;
  const Json line = {{"protocol", protocol_version}, {"parameters", names}, {"options", parse_json(options)}};
  return line.dump() + "\n";
}

Launch launch_of(const ProcessOptions& options, const Start& start) {
  return {.command = words_of(options.command),
          .name = {},
          .folder = {},
          .environment = environment_of(options.program, start),
          .streams = options.channel == ProcessOptions::Channel::standard ? Launch::Streams::standard
                                                                          : Launch::Streams::descriptors,
          .kill_grace = options.program.kill_grace};
}

}  // namespace

ProcessServer::ProcessServer(const ProcessOptions& options, const Start& start)
    : ProcessServer({.launch = launch_of(options, start),
                     .options = options.options,
                     .start_limit = options.program.start_limit,
                     .outputs = options.outputs,
                     .key = "target.command"},
                    start) {}

ProcessServer::ProcessServer(Server server, const Start& start)
    : server_(std::move(server)),
      returns_outputs_(start.returns_outputs),
      hello_(first_line(server_.options, start)),
      protocol_(start, 1),
      abilities_(begin()) {
  protocol_.set_outputs(outputs_of(abilities_));
}

// Starts it, and returns what it says that it can do. Without child_ where that fails.
ProcessServer::Abilities ProcessServer::begin() {
  child_ = std::make_unique<Child>(server_.launch, interruption_);
  try {
    const std::string line = child_->ask(hello_, server_.start_limit);
    try {
      return abilities_in(answer_in(line, server_.launch.streams));
    } catch (const std::exception& error) {
      child_->terminate();  // with all its words
      fail(child_->complaint(error.what()));
    }
  } catch (const Interrupted&) {
    child_.reset();
    throw;
  } catch (const Error& error) {
    child_.reset();
    const std::string what = advice_on(server_.launch.command.front(), path_in(server_.launch.environment));
    fail(fmt::format("The simulator does not start: {}{}{}", error.what(), what.empty() ? "" : "\n",
                     what.empty() ? "" : fmt::format("{}: {}", server_.key, what)));
  }
}

ProcessServer::Abilities ProcessServer::abilities_in(const Json& answer) {
  if (const auto error = answer.find("error"); error != answer.end())
    fail(fmt::format("refuses: {}", error->is_string() ? error->get<std::string>() : error->dump()));
  if (const auto version = answer.find("protocol"); version == answer.end() || *version != protocol_version)
    fail(fmt::format("has no \"protocol\": {} in its first answer, which is {}", protocol_version,
                     core::quotation(answer.dump())));
  const auto gradient = answer.find("gradient");
  if (gradient != answer.end() && !gradient->is_boolean())
    fail(fmt::format("says gradient: {} in its first answer, neither true nor false",
                     core::quotation(gradient->dump())));
  return {.gradients = gradient != answer.end() && gradient->get<bool>(),
          .outputs = count_in(answer, "outputs").value_or(0),
          .group_size = count_in(answer, "group_size").value_or(1)};
}

// M. What the first answer says has to agree with the config.
Eigen::Index ProcessServer::outputs_of(const Abilities& abilities) const {
  const Eigen::Index said = abilities.outputs, wanted = server_.outputs;
  if (!returns_outputs_) {
    if (said > 1)
      fail(fmt::format("{} says that it returns {} outputs, not a log density: set target.returns to outputs.",
                       child_->name(), said),
           ExitCode::configuration);
    return 1;
  }
  if (said > 0 && wanted > 0 && said != wanted)
    fail(fmt::format("{} says that it returns {} outputs, but the config says {}.", child_->name(), said, wanted),
         ExitCode::configuration);
  if (said == 0 && wanted == 0)
    fail(fmt::format("{} does not say how many outputs it returns: let its first answer have \"outputs\", or set "
                     "target.outputs.",
                     child_->name()),
         ExitCode::configuration);
  return said > 0 ? said : wanted;
}

// A start may take longer than an evaluation has, which has its time afterwards. It has its own limit.
void ProcessServer::start_again() {
  const core::Untimed untimed;
  if (begin() == abilities_) return;
  child_.reset();
  fail("the server that was started again says that it can do something else than before");
}

void ProcessServer::interrupt() {
  interruption_.raise();
}

Answer ProcessServer::evaluate(const Call& call) {
  GMMVI_GUARD(call.samples.rows() == dimension() && call.samples.cols() <= group_size() &&
                  static_cast<std::size_t>(call.samples.cols()) == call.seeds.size(),
              "the samples of a group");
  interruption_.clear();
  if (!child_) start_again();
  write_request(call);
  const Json said = exchange();
  Answer answer = protocol_.no_answer(call);
  try {
    if (abilities_.group_size > 1)
      read_group(said, call, answer);
    else
      protocol_.read(said, call, 0, answer);
  } catch (const Error& error) {
    fail(child_->complaint(error.what()));
  }
  return answer;
}

void ProcessServer::write_request(const Call& call) {
  const bool group = abilities_.group_size > 1;
  const auto out = [this] { return std::back_inserter(request_); };
  request_.clear();
  fmt::format_to(out(), "{{\"id\": {}, ", ++id_);
  if (group) fmt::format_to(out(), "\"gradient\": {}, \"batch\": [", call.want_gradients);
  for (Eigen::Index n = 0; n < call.samples.cols(); ++n) {
    if (group) request_ += n == 0 ? "{" : ", {";
    request_ += "\"parameters\": ";
    protocol_.write_parameters(request_, call.samples.col(n));
    if (!group) fmt::format_to(out(), ", \"gradient\": {}", call.want_gradients);
    fmt::format_to(out(), ", \"seed\": {}", call.seeds[static_cast<std::size_t>(n)]);
    if (group) request_ += '}';
  }
  request_ += group ? "]}\n" : "}\n";
}

// The answer to request_. Whatever does not belong to it is the end of this server: nobody knows what it would say
// next.
Json ProcessServer::exchange() {
  try {
    const std::string line = child_->ask(request_);
    std::string complaint;
    try {
      Json said = answer_in(line, server_.launch.streams);
      if (const auto id = said.find("id"); id != said.end() && *id == id_) return said;
      complaint = fmt::format("answered '{}' to the question with the id {}, which its answer has to have as well",
                              core::quotation(line), id_);
    } catch (const Error& error) {
      complaint = error.what();
    }
    child_->terminate();
    fail(child_->complaint(complaint));
  } catch (const Error&) {
    child_.reset();
    throw;
  }
}

// The samples of a group fail one by one, unless all do.
void ProcessServer::read_group(const Json& said, const Call& call, Answer& answer) const {
  if (const auto error = said.find("error"); error != said.end() && !error->is_null())
    protocol_.read(said, call, 0, answer);
  const auto batch = said.find("batch");
  if (batch == said.end() || !batch->is_array() || static_cast<Eigen::Index>(batch->size()) != call.samples.cols())
    fail(fmt::format("gave no batch of {} answers", call.samples.cols()));
  std::optional<Error> first;
  Eigen::Index failures = 0;
  for (Eigen::Index n = 0; n < call.samples.cols(); ++n) {
    try {
      protocol_.read((*batch)[static_cast<std::size_t>(n)], call, n, answer);
    } catch (const Error& error) {
      if (!first) first = error;
      ++failures;
    }
  }
  if (failures == call.samples.cols()) throw Error(*first);
}

}  // namespace gmmvi::external
