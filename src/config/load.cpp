#include "config/configuration.hpp"
#include "config/layers.hpp"
#include "config/read.hpp"
#include "config/shipped.hpp"
#include "config/yaml.hpp"

namespace gmmvi::config {

namespace {

Configuration finished(const Node& tree, Problems& problems, Files files) {
  Configuration configuration = read_configuration(tree, problems, files);
  problems.finish(tree.place.source->name);
  return configuration;
}

}  // namespace

Configuration load(const std::string& path, const Overrides& overrides) {
  Problems problems;
  Node tree = read_layers(path, problems);
  const auto add_preset = [&] {
    overlay_settings(tree, read_layers(shipped_file("presets", *overrides.preset, "--preset"), problems));
  };
  if (overrides.preset && !problems.attempt(add_preset)) problems.incomplete();
  apply_overrides(tree, overrides, problems);
  return finished(tree, problems, Files::must_exist);
}

std::optional<std::string> true_samples_path(const std::string& path) {
  Problems ignored;
  const Node tree = read_layers(path, ignored);
  const Node* evaluation = tree.find("mmd_evaluation_config");
  const Node* samples = evaluation != nullptr ? evaluation->find("sample_dir") : nullptr;
  if (samples == nullptr || samples->text.empty()) return std::nullopt;
  return samples->place.resolve(samples->text).string();
}

Configuration parse(const std::string& yaml_text, const std::string& name) {
  Problems problems;
  const Source source{name, present_folder()};
  Node tree = parse_yaml(yaml_text, std::make_shared<const Source>(source), problems);
  if (!problems.attempt([&] { expand_codename(tree); })) problems.incomplete();
  return finished(tree, problems, Files::are_taken_on_trust);
}

}  // namespace gmmvi::config
