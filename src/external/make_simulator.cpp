#include "external/make_simulator.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "core/printable.hpp"
#include "external/bridgestan.hpp"
#include "external/command.hpp"
#include "external/plugin.hpp"
#include "external/process_once.hpp"
#include "external/process_server.hpp"
#include "external/python_function.hpp"
#include "external/umbridge.hpp"

namespace gmmvi::external {
namespace {

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

}  // namespace

std::unique_ptr<Simulator> make_simulator(const PythonOptions& options, const Start& start) {
  return std::make_unique<PythonFunction>(options, start);
}

std::unique_ptr<Simulator> make_simulator(const ProcessOptions& options, const Start& start) {
  if (options.mode == ProcessOptions::Mode::once) return std::make_unique<ProcessOnce>(options, start);
  return std::make_unique<ProcessServer>(options, start);
}

std::unique_ptr<Simulator> make_simulator(const UmbridgeOptions& options, const Start& start) {
  return std::make_unique<Umbridge>(options, start);
}

std::unique_ptr<Simulator> make_simulator(const PluginOptions& options, const Start& start) {
  return std::make_unique<Plugin>(options, start);
}

std::unique_ptr<Simulator> make_simulator(const BridgestanOptions& options, const Start& start) {
  return std::make_unique<Bridgestan>(options, start);
}

std::string describe(const PythonOptions& options) {
  return fmt::format("the Python function {}", file_name(options.function));
}

std::string describe(const ProcessOptions& options) {
  const auto* text = std::get_if<std::string>(&options.command);
  if (options.shell && text != nullptr)
    return fmt::format("the command {}", core::excerpt(*text, core::longest_quotation));
  const std::vector<std::string> words = words_of(options.command);
  const auto is_file = [](const std::string& word) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(word, ignored);
  };
  const auto file = std::ranges::find_if(words, is_file);  // rather than what interprets it
  return fmt::format("the program {}", file_name(file != words.end() ? *file : words.front()));
}

std::string describe(const UmbridgeOptions& options) {
  return options.model.empty() ? "an UM-Bridge model" : fmt::format("the UM-Bridge model {}", options.model);
}

std::string describe(const PluginOptions& options) {
  return fmt::format("the plugin {}", file_name(options.library));
}

std::string describe(const BridgestanOptions& options) {
  return fmt::format("the Stan model {}", file_name(options.library));
}

}  // namespace gmmvi::external
