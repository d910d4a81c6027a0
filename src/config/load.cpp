#include <filesystem>

#include "config/configuration.hpp"
#include "config/layers.hpp"
#include "config/read.hpp"
#include "config/shipped.hpp"
#include "config/yaml.hpp"

namespace gmmvi::config {

Configuration load(const std::string& path, const Overrides& overrides) {
  Node tree = read_layers(path);
  if (overrides.preset) overlay_settings(tree, read_layers(shipped_file("presets", *overrides.preset, "--preset")));
  apply_overrides(tree, overrides);
  return read_configuration(tree, Files::must_exist);
}

std::optional<std::string> true_samples_path(const std::string& path) {
  const Node tree = read_layers(path);
  const Node* evaluation = tree.find("mmd_evaluation_config");
  const Node* samples = evaluation != nullptr ? evaluation->find("sample_dir") : nullptr;
  if (samples == nullptr || samples->text.empty()) return std::nullopt;
  return samples->place.resolve(samples->text).string();
}

Configuration parse(const std::string& yaml_text, const std::string& name) {
  const Source source{name, std::filesystem::current_path()};
  Node tree = parse_yaml(yaml_text, std::make_shared<const Source>(source));
  expand_codename(tree);
  return read_configuration(tree, Files::are_taken_on_trust);
}

}  // namespace gmmvi::config
