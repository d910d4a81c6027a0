#include "shared_input.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "comm/on_root.hpp"
#include "target/labelled_table.hpp"

namespace gmmvi::apps {
namespace {

/// Root's matrix or vector, on every rank.
template <class Dense>
void broadcast(const Communicator& world, Dense& dense) {
  Eigen::Index shape[] = {dense.rows(), dense.cols()};
  world.broadcast(std::span<Eigen::Index>(shape));
  dense.resize(shape[0], shape[1]);
  world.broadcast(std::span<double>(dense.data(), static_cast<std::size_t>(dense.size())));
}

void broadcast(const Communicator& world, std::vector<std::string>& texts) {
  std::size_t size = texts.size();
  world.broadcast(size);
  texts.resize(size);
  for (std::string& text : texts) world.broadcast(text);
}

}  // namespace

config::Configuration shared_configuration(const ConfigArguments& arguments, const Communicator& world) {
  std::string text;
  std::vector<std::string> notes;
  comm::attempt_on_root(world, [&] {
    config::Configuration read = config::load(arguments.config, arguments.overrides);
    text = config::to_yaml(read);
    notes = std::move(read.notes);
  });
  world.broadcast(text);
  config::Configuration shared = config::parse(text, arguments.config);
  shared.notes = std::move(notes);
  return shared;
}

target::TableSource shared_tables(const Communicator& world) {
  return [&world](const std::string& path) {
    target::LabelledTable table = comm::on_root(world, [&] { return target::read_labelled_table(path); });
    broadcast(world, table.names);
    broadcast(world, table.features);
    broadcast(world, table.labels);
    return table;
  };
}

}  // namespace gmmvi::apps
