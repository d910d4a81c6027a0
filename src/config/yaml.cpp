#include "config/yaml.hpp"

#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace gmmvi::config {

namespace {

constexpr int deepest = 32;  // YAML's aliases can make a map contain itself

using SourceHandle = std::shared_ptr<const Source>;

Node to_tree(const YAML::Node& yaml, const Place& place, int depth);

Place place_of(const YAML::Node& yaml, const SourceHandle& source) {
  return {source, yaml.Mark().line + 1};
}

std::string key_text(const YAML::Node& key, const Place& place) {
  if (!key.IsScalar()) fail(fmt::format("{}: a key must be a word, not a list, a map or nothing", place.text()));
  return key.Scalar();
}

void add_entry(Node& map, const YAML::Node& key, const YAML::Node& value, int depth) {
  const Place place = place_of(key, map.place.source);
  std::string text = key_text(key, place);
  if (const Node* first = map.find(text)) {
    fail(fmt::format("{}: {}: this key stands here a second time (first at {}); keep one of them", place.text(), text,
                     first->place.text()));
  }
  map.entries.push_back({std::move(text), to_tree(value, place, depth + 1)});
}

void add_content(Node& node, const YAML::Node& yaml, int depth) {
  if (yaml.IsScalar()) {
    node.text = yaml.Scalar();
    node.quoted = yaml.Tag() == "!";
  } else if (yaml.IsSequence()) {
    for (const YAML::Node& item : yaml) {
      node.items.push_back(to_tree(item, place_of(item, node.place.source), depth + 1));
    }
  } else if (yaml.IsMap()) {
    for (const auto& entry : yaml) add_entry(node, entry.first, entry.second, depth);
  }
}

Node::Kind kind_of(const YAML::Node& yaml) {
  if (yaml.IsScalar()) return Node::Kind::scalar;
  if (yaml.IsSequence()) return Node::Kind::list;
  return yaml.IsMap() ? Node::Kind::map : Node::Kind::null;
}

Node to_tree(const YAML::Node& yaml, const Place& place, int depth) {
  if (depth > deepest)
    fail(fmt::format("{}: nested more than {} deep; does an alias contain itself?", place.text(), deepest));
  Node node(kind_of(yaml), place);
  add_content(node, yaml, depth);
  return node;
}

/// Notes where documents begin, and nothing else.
class DocumentStarts : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// Of two documents at most: yaml-cpp finds endlessly many in a text with a stray ','.
DocumentStarts first_documents(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  while (starts.marks.size() < 2 && parser.HandleNextDocument(starts)) {
  }
  return starts;
}

YAML::Node only_document(const std::string& text, const Source& source) try {
  const DocumentStarts starts = first_documents(text);
  if (starts.marks.size() > 1) {
    fail(
        fmt::format("{}:{}: a second YAML document begins here; a configuration is one (look for a stray '---' or ',')",
                    source.name, starts.marks[1].line + 1));
  }
  return YAML::Load(text);
} catch (const YAML::Exception& error) {
  const std::string position = fmt::format(":{}:{}", error.mark.line + 1, error.mark.column + 1);
  fail(fmt::format("{}{}: this is not YAML: {}; check indentation, brackets, quotes and colons near there", source.name,
                   source.has_lines ? position : "", error.msg));
}

}  // namespace

Node parse_yaml(const std::string& text, const SourceHandle& source) {
  const YAML::Node document = only_document(text, *source);
  return to_tree(document, place_of(document, source), 0);
}

}  // namespace gmmvi::config
