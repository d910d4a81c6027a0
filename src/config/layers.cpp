#include "config/layers.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/codename.hpp"
#include "config/shipped.hpp"
#include "config/yaml.hpp"

namespace gmmvi::config {

namespace {

namespace fs = std::filesystem;

bool differ(const Node* lower, const Node* upper) {
  return lower != nullptr && upper != nullptr && lower->text != upper->text;
}

bool names_another(const Family& family, const Node& lower, const Node& upper) {
  const Node* below = lower.find(family.type_key());
  const Node* above = upper.find(family.type_key());
  return differ(below, above) && family.find(below->text) != family.find(above->text);
}

/// Nothing is left of the target under `key`, or of one within it, where `upper` names one of another type.
void erase_another_target(Node& lower, const Node& upper, std::string_view key) {
  Node* below = lower.find(key);
  const Node* above = upper.find(key);
  if (below == nullptr || above == nullptr) return;
  if (differ(below->find("type"), above->find("type"))) return lower.erase(key);
  erase_another_target(*below, *above, "around");
}

// ---- files

/// Of a name without folder and ending: the configs that come with the program under that name.
std::string hint_at_shipped(const fs::path& path) {
  if (path.has_parent_path() || path.has_extension()) return "";
  std::error_code error;
  for (const char* folder : {"published", "experiments"})
    if (const fs::path shipped = shipped_folder(folder) / (path.string() + ".yml"); fs::exists(shipped, error))
      return fmt::format("; did you mean {}?", fs::proximate(shipped, error).string());
  return "";
}

std::string problem_with(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return "there is no such file" + hint_at_shipped(path);
  return fs::is_directory(path, error) ? "this is a folder; name a file in it" : "";
}

std::string read_text(const fs::path& path, const std::string& where) {
  const std::string problem = problem_with(path);
  if (!problem.empty()) fail(fmt::format("{}: {} (looked for as {})", where, problem, fs::absolute(path).string()));
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.good() && !file.eof()) fail(fmt::format("{}: the file cannot be read (permissions?)", where));
  return text;
}

std::string scalar_of_extends(const Node& node) {
  if (node.kind != Node::Kind::scalar || node.text.empty()) {
    fail(fmt::format("{}: extends: this is no path; allowed: the path of a configuration file, or a list of such paths",
                     node.place.text()));
  }
  return node.text;
}

/// The files that the tree extends, and removes the key.
std::vector<Node> take_extends(Node& tree) {
  const Node* extends = tree.find("extends");
  if (extends == nullptr) return {};
  std::vector<Node> paths = extends->kind == Node::Kind::list ? extends->items : std::vector<Node>{*extends};
  tree.erase("extends");
  return paths;
}

/// Reads files below each other; knows which ones it is in the middle of.
class FileReader {
 public:
  /// `where`: what a message about the file begins with.
  Node read(const fs::path& path, const std::string& where) {
    const std::string text = read_text(path, where);
    enter(fs::canonical(path), where);
    Node own = parse_yaml(text, std::make_shared<const Source>(Source{path.string(), path.parent_path()}));
    expand_codename(own);
    Node merged(Node::Kind::map, own.place);
    for (const Node& base : take_extends(own)) overlay_settings(merged, read_base(base));
    overlay_settings(merged, std::move(own));
    open_.pop_back();
    return merged;
  }

 private:
  Node read_base(const Node& base) {
    const std::string relative = scalar_of_extends(base);
    const fs::path path = (base.place.source->directory / relative).lexically_normal();
    return read(path, fmt::format("{}: extends: '{}'", base.place.text(), relative));
  }

  void enter(const fs::path& path, const std::string& where) {
    const bool again = std::find(open_.begin(), open_.end(), path) != open_.end();
    open_.push_back(path);
    if (again) fail(fmt::format("{}: the files extend each other in a circle: {}", where, fmt::join(names(), " -> ")));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const fs::path& path : open_) names.push_back(path.filename().string());
    return names;
  }

  std::vector<fs::path> open_;
};

}  // namespace

void overlay_settings(Node& lower, Node upper) {
  for (const Family& family : families()) {
    if (names_another(family, lower, upper)) lower.erase(family.config_key());
  }
  erase_another_target(lower, upper, "target");
  if (differ(lower.find("environment_name"), upper.find("environment_name"))) lower.erase("environment_config");
  overlay(lower, std::move(upper));
}

Node read_layers(const std::string& path) {
  return FileReader().read(path, path);
}

}  // namespace gmmvi::config
