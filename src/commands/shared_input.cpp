#include "commands/shared_input.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "comm/on_root.hpp"
#include "core/text_file.hpp"
#include "problem/parameters.hpp"

namespace gmmvi::commands {
namespace {

config::Configuration shared(const std::string& name, const Communicator& world,
                             const std::function<config::Configuration()>& load) {
  std::map<std::string, std::string> places;
  bool is_open = false;
  std::string text = comm::on_root(world, [&] {
    config::Configuration loaded = load();
    places = std::move(loaded.places);
    is_open = loaded.is_open;
    return config::to_yaml(loaded);
  });
  world.broadcast(text);
  world.broadcast(is_open);
  config::Configuration configuration = config::parse(text, name);
  configuration.places = std::move(places);
  configuration.is_open = is_open;
  configuration.solver.evaluation.grace = configuration.run.grace;
  return configuration;
}

}  // namespace

config::Configuration shared_configuration(const ConfigArguments& arguments, const Communicator& world) {
  return shared(arguments.config, world, [&] { return config::load(arguments.config, arguments.overrides); });
}

config::Configuration shared_configuration_on_trust(const std::string& path, const Communicator& world) {
  return shared(path, world, [&] { return config::load_on_trust(path); });
}

std::string shared_contents(const Communicator& world, const std::string& path) {
  std::string contents = comm::on_root(world, [&] { return core::read_text(path); });
  world.broadcast(contents);
  return contents;
}

target::Sources shared_sources(const Communicator& world, DataFiles& read) {
  const auto contents = [&world, &read](const std::string& path) {
    std::string text = shared_contents(world, path);
    read.push_back(io::data_file(path, text));
    return text;
  };
  return {.contents = contents,
          .model = [contents](const std::string& path) { return fitted(io::parse_model(path, contents(path))); }};
}

problem::FittedModel fitted(io::Model model) {
  return {std::move(model.mixture), std::move(model.parameter_names), std::move(model.transforms)};
}

problem::Priors priors_of(const problem::ProblemOptions& problem) {
  const std::string& path = problem.prior_model;
  if (path.empty()) return problem::Priors(problem.parameters);
  return problem::Priors(problem.parameters,
                         problem::joint_prior_of(problem.parameters, fitted(io::read_model(path)), path));
}

}  // namespace gmmvi::commands
