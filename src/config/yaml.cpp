#include "config/yaml.hpp"

#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "core/printable.hpp"

namespace gmmvi::config {

namespace {

constexpr int deepest = 32;  // YAML's aliases can make a map contain itself
constexpr std::size_t most_nodes = 1'000'000, most_keys = 1000;

using SourceHandle = std::shared_ptr<const Source>;

Place place_of(const YAML::Node& yaml, const SourceHandle& source) {
  return {source, yaml.Mark().line + 1};
}

Node::Kind kind_of(const YAML::Node& yaml) {
  if (yaml.IsScalar()) return Node::Kind::scalar;
  if (yaml.IsSequence()) return Node::Kind::list;
  return yaml.IsMap() ? Node::Kind::map : Node::Kind::null;
}

std::string key_text(const YAML::Node& key, const Place& place) {
  if (!key.IsScalar())
    fail(place, fmt::format("{}: a key must be a word, not a list, a map or nothing (is this '{{{{ }}}}' of a template "
                            "that nobody filled in?)",
                            place.text()));
  return key.Scalar();
}

/// Makes a tree of a document, with every alias replaced by what it stands for.
class Expansion {
 public:
  explicit Expansion(Problems& problems) : problems_(problems) {}

  Node node(const YAML::Node& yaml, const Place& place, int depth) {
    if (depth > deepest)
      fail(place, fmt::format("{}: nested more than {} deep; does an alias contain itself?", place.text(), deepest));
    if (++nodes_ > most_nodes)
      fail(place, fmt::format("{}: here the settings become more than {} numbers and words; do aliases multiply each "
                              "other? Large mixtures are given as model files",
                              place.text(), most_nodes));
    Node node(kind_of(yaml), place);
    add_content(node, yaml, depth);
    return node;
  }

 private:
  void add_content(Node& node, const YAML::Node& yaml, int depth) {
    if (yaml.IsScalar()) {
      node.text = yaml.Scalar();
      node.quoted = yaml.Tag() == "!";
    } else if (yaml.IsSequence()) {
      for (const YAML::Node& item : yaml)
        node.items.push_back(this->node(item, place_of(item, node.place.source), depth + 1));
    } else if (yaml.IsMap()) {
      if (yaml.size() > most_keys)
        fail(node.place, fmt::format("{}: {} keys in one map; no section has more than {}", node.place.text(),
                                     yaml.size(), most_keys));
      for (const auto& entry : yaml) add_entry(node, entry.first, entry.second, depth);
    }
  }

  /// Of a key that stands there twice the first value is taken, and the problem noted.
  void add_entry(Node& map, const YAML::Node& key, const YAML::Node& value, int depth) {
    const Place place = place_of(key, map.place.source);
    std::string text;
    const auto read_key = [&] {
      text = key_text(key, place);
      if (const Node* first = map.find(text)) {
        fail(place, fmt::format("{}: {}: this key stands here a second time (first at {}); keep one of them",
                                place.text(), core::quotation(text), first->place.text()));
      }
    };
    if (problems_.attempt(read_key)) map.entries.push_back({std::move(text), node(value, place, depth + 1)});
  }

  Problems& problems_;
  std::size_t nodes_ = 0;
};

/// Notes where documents begin and what they say their `name` is.
class DocumentStarts : public YAML::EventHandler {
 public:
  struct Document {
    YAML::Mark mark;
    std::string name = {};
  };
  std::vector<Document> documents;

  void OnDocumentStart(const YAML::Mark& mark) override {
    documents.push_back({mark});
    depth_ = 0;
    at_key_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { came(""); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { came(""); }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string& text) override { came(text); }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    ++depth_;
  }
  void OnSequenceEnd() override { ended(); }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    ++depth_;
  }
  void OnMapEnd() override { ended(); }

 private:
  void ended() {
    --depth_;
    came("");
  }
  /// A key of the document's map, or a value.
  void came(const std::string& text) {
    if (depth_ != 1) return;
    if (!at_key_ && key_ == "name") documents.back().name = text;
    key_ = text;
    at_key_ = !at_key_;
  }

  int depth_ = 0;
  bool at_key_ = true;
  std::string key_;
};

/// Of some documents: yaml-cpp finds endlessly many in a text with a stray ','.
DocumentStarts first_documents(const std::string& text) {
  constexpr std::size_t enough = 20;
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  while (starts.documents.size() < enough && parser.HandleNextDocument(starts)) {
  }
  return starts;
}

/// Several documents are what experiment runners take: a DEFAULT, and experiments that change some of it.
[[noreturn]] void refuse_documents(const DocumentStarts& starts, const SourceHandle& source) {
  std::vector<std::string> names;
  for (const DocumentStarts::Document& document : starts.documents)
    if (!document.name.empty())
      names.push_back(fmt::format("'{}' (line {})", core::quotation(document.name), document.mark.line + 1));
  const Place place{source, starts.documents[1].mark.line + 1};
  if (names.size() < 2) {
    fail(place, fmt::format("{}: a second YAML document begins here; a configuration is one (look for a stray '---' or "
                            "',')",
                            place.text()));
  }
  fail(place,
       fmt::format("{}: a second YAML document begins here: these are experiments for a runner such as cw2, {}, and a "
                   "configuration is one document. Put the settings of one experiment into a file of its own: what "
                   "stands in its document, under `params` if there is that, over what stands in DEFAULT. An "
                   "algorithm_id of seven letters is the `codename` here",
                   place.text(), fmt::join(names, ", ")));
}

YAML::Node only_document(const std::string& text, const SourceHandle& source) try {
  const DocumentStarts starts = first_documents(text);
  if (starts.documents.size() > 1) refuse_documents(starts, source);
  return YAML::Load(text);
} catch (const YAML::Exception& error) {
  const std::string position = fmt::format(":{}:{}", error.mark.line + 1, error.mark.column + 1);
  fail(fmt::format("{}{}: this is not YAML: {}; check indentation, brackets, quotes and colons near there",
                   source->name, source->has_lines ? position : "", core::quotation(error.msg)));
}

// ---- what experiment trackers make of settings

/// `{desc: null, value: 3}`, as Weights & Biases keeps a setting.
const Node* wrapped_value(const Node& node) {
  const Node* value = node.find("value");
  const bool wraps = value != nullptr && node.entries.size() == (node.find("desc") != nullptr ? 2 : 1);
  return wraps ? value : nullptr;
}

/// Takes the settings out of what a tracker put around them, and its own entries away.
void unwrap(Node& root) {
  bool any = false;
  for (Node::Entry& entry : root.entries) {
    const Node* value = wrapped_value(entry.value);
    if (value == nullptr) continue;
    any = true;
    Node own = *value;
    own.place = entry.value.place;
    entry.value = std::move(own);
  }
  if (!any) return;
  root.erase("_wandb");
  root.erase("wandb_version");
}

}  // namespace

Node parse_yaml(const std::string& text, const SourceHandle& source, Problems& problems) {
  const YAML::Node document = only_document(text, source);
  Node tree = Expansion(problems).node(document, place_of(document, source), 0);
  unwrap(tree);
  return tree;
}

}  // namespace gmmvi::config
