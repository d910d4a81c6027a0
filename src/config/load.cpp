#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "config/configuration.hpp"
#include "config/layers.hpp"
#include "config/read.hpp"
#include "config/shipped.hpp"
#include "config/yaml.hpp"

namespace gmmvi::config {

namespace {

Node no_settings(Problems& problems) {
  return parse_yaml("{}", std::make_shared<const Source>(Source{"(no file)", present_folder()}), problems);
}

Node with_preset(Node tree, const std::string& name, const std::string& option, Problems& problems,
                 Pipes pipes = Pipes::are_read) {
  const auto add = [&] { overlay_settings(tree, read_layers(shipped_file("presets", name, option), problems, pipes)); };
  if (!problems.attempt(add)) problems.incomplete();
  return tree;
}

Configuration finished(const Node& tree, Problems& problems, Files files, ReadTarget target = ReadTarget::yes) {
  Configuration configuration = read_configuration(tree, problems, files, target);
  problems.finish(tree.place.source->name);
  return configuration;
}

Configuration loaded(const std::string& path, const Overrides& overrides, Pipes pipes,
                     Files files = Files::must_exist) {
  Problems problems;
  Node tree = path.empty() ? no_settings(problems) : read_layers(path, problems, pipes);
  if (overrides.base) {
    Node base = with_preset(no_settings(problems), *overrides.base, "the program's choice", problems, pipes);
    overlay_settings(base, std::move(tree));
    tree = std::move(base);
  }
  if (overrides.preset) tree = with_preset(std::move(tree), *overrides.preset, "--preset", problems, pipes);
  apply_overrides(tree, overrides, problems);
  return finished(tree, problems, files);
}

}  // namespace

Configuration load(const std::string& path, const Overrides& overrides) {
  return loaded(path, overrides, Pipes::are_read);
}

Configuration peek(const std::string& path, const Overrides& overrides) {
  return loaded(path, overrides, Pipes::are_errors);
}

Configuration load_on_trust(const std::string& path) {
  return loaded(path, {}, Pipes::are_read, Files::are_taken_on_trust);
}

std::optional<std::string> true_samples_path(const std::string& path) {
  Problems ignored;
  const Node tree = read_layers(path, ignored, Pipes::are_read);
  const Node* evaluation = tree.find("mmd_evaluation_config");
  const Node* samples = evaluation != nullptr ? evaluation->find("sample_dir") : nullptr;
  if (samples == nullptr || samples->text.empty()) return std::nullopt;
  return samples->place.resolve(samples->text).string();
}

Options preset(const std::string& name) {
  Problems problems;
  Node tree = with_preset(no_settings(problems), name, "the preset", problems);
  apply_overrides(tree, {.fallback_codename = "SAMTRON"}, problems);
  return finished(tree, problems, Files::must_exist, ReadTarget::no).solver;
}

Configuration parse(const std::string& yaml_text, const std::string& name) {
  Problems problems;
  const Source source{name, present_folder()};
  Node tree = parse_yaml(yaml_text, std::make_shared<const Source>(source), problems);
  if (!problems.attempt([&] { expand_codename(tree); })) problems.incomplete();
  return finished(tree, problems, Files::are_taken_on_trust);
}

}  // namespace gmmvi::config

namespace gmmvi {

Options Options::preset(const std::string& name, Eigen::Index dimension) {
  Options options = config::preset(name);
  const auto count = [&](auto& selection) {
    auto& samples = selection.desired_samples_per_component;
    samples = SampleCount(static_cast<int>(samples.in(dimension, selection.least_desired_samples)));
  };
  std::visit(count, options.sample_selector);
  return options;
}

}  // namespace gmmvi
