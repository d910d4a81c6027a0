#include "config/layers.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/codename.hpp"
#include "config/shipped.hpp"
#include "config/yaml.hpp"
#include "core/printable.hpp"
#include "core/text_file.hpp"

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

constexpr std::size_t most_bytes = 32'000'000;  // of a file of settings
constexpr std::size_t deepest = 100, most_bases = 100;

std::string read_text(const fs::path& path, const std::string& where) {
  core::TextOrProblem read = core::try_to_read_text(path.string(), most_bytes);
  if (read.problem.empty()) return std::move(read.text);
  if (read.problem == "does not exist")
    read.problem = "there is no such file" + hint_at_shipped(path);
  else
    read.problem = "this " + read.problem;
  fail(fmt::format("{}: {} (looked for as {})", where, read.problem, (present_folder() / path).string()));
}

/// What tells files from each other, whatever their paths: pipes have no other name.
using Identity = std::pair<dev_t, ino_t>;

Identity identity_of(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? Identity(status.st_dev, status.st_ino) : Identity();
}

std::string scalar_of_extends(const Node& node) {
  if (node.kind != Node::Kind::scalar || node.text.empty()) {
    fail(node.place,
         fmt::format("{}: extends: this is no path; allowed: the path of a configuration file, or a list of such paths",
                     node.place.text()));
  }
  return node.text;
}

/// The files that the tree extends, and removes the key.
std::vector<Node> take_extends(Node& tree) {
  const Node* extends = tree.find("extends");
  if (extends == nullptr) return {};
  std::vector<Node> paths = extends->kind == Node::Kind::list ? extends->items : std::vector<Node>{*extends};
  if (paths.size() > most_bases)
    fail(extends->place, fmt::format("{}: more than {} files", extends->place.text_of("extends"), most_bases));
  tree.erase("extends");
  return paths;
}

/// Reads files below each other, each once; knows which ones it is in the middle of.
class FileReader {
 public:
  FileReader(Problems& problems, Pipes pipes) : problems_(problems), pipes_(pipes) {}

  /// `where`: what a message about the file begins with.
  Node read(const fs::path& path, const std::string& where) {
    if (path.empty()) fail(where + "the path of the configuration is empty");
    const Identity identity = identity_of(path);
    if (const auto known = known_.find(identity); known != known_.end()) return known->second;
    enter(path, identity, where);
    if (std::error_code error;
        pipes_ == Pipes::are_errors && fs::exists(path, error) && !fs::is_regular_file(path, error))
      fail(where + ": this is no regular file");
    Node own = parse_yaml(read_text(path, where),
                          std::make_shared<const Source>(Source{path.string(), path.parent_path()}), problems_);
    if (!problems_.attempt([&] { expand_codename(own); })) problems_.incomplete();
    Node merged(Node::Kind::map, own.place);
    for (const Node& base : take_extends(own))
      if (!problems_.attempt([&] { overlay_settings(merged, read_base(base)); })) problems_.incomplete();
    overlay_settings(merged, std::move(own));
    open_.pop_back();
    return known_[identity] = std::move(merged);
  }

 private:
  struct Open {
    fs::path path;
    Identity identity;
  };

  Node read_base(const Node& base) {
    const std::string relative = scalar_of_extends(base);
    const fs::path path = (base.place.source->directory / relative).lexically_normal();
    const std::size_t open = open_.size();
    try {
      return read(path, fmt::format("{}: extends: '{}'", base.place.text(), core::quotation(relative)));
    } catch (...) {
      open_.resize(open);
      throw;
    }
  }

  void enter(const fs::path& path, const Identity& identity, const std::string& where) {
    const bool again = std::ranges::find(open_, identity, &Open::identity) != open_.end();
    open_.push_back({path, identity});
    if (again) fail(fmt::format("{}: the files extend each other in a circle: {}", where, fmt::join(names(), " -> ")));
    if (open_.size() > deepest) fail(fmt::format("{}: more than {} files extend each other", where, deepest));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Open& file : open_) names.push_back(file.path.filename().string());
    return names;
  }

  Problems& problems_;
  Pipes pipes_;
  std::vector<Open> open_;
  std::map<Identity, Node> known_;
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

Node read_layers(const std::string& path, Problems& problems, Pipes pipes) {
  return FileReader(problems, pipes).read(path, path);
}

}  // namespace gmmvi::config
