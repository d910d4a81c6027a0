#include "config/tree.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "config/values.hpp"

namespace gmmvi::config {

namespace {

auto entry_of(auto& entries, std::string_view key) {
  return std::find_if(entries.begin(), entries.end(), [&](const Node::Entry& entry) { return entry.key == key; });
}

auto* value_of(auto& entries, std::string_view key) {
  const auto found = entry_of(entries, key);
  return found == entries.end() ? nullptr : &found->value;
}

void overlay_maps(Node& lower, Node upper) {
  for (Node::Entry& entry : upper.entries) {
    const auto found = entry_of(lower.entries, entry.key);
    if (found == lower.entries.end()) {
      lower.entries.push_back(std::move(entry));
    } else {
      overlay(found->value, std::move(entry.value));
    }
  }
}

}  // namespace

Node::Node() = default;

Node::Node(Kind of_kind, Place at) : kind(of_kind), place(std::move(at)) {}

const Node* Node::find(std::string_view key) const {
  return value_of(entries, key);
}

Node* Node::find(std::string_view key) {
  return value_of(entries, key);
}

void Node::erase(std::string_view key) {
  std::erase_if(entries, [&](const Entry& entry) { return entry.key == key; });
}

std::string json_quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      json += fmt::format("\\u{:04x}", static_cast<int>(c));
    else
      json += c;
  }
  return json + '"';
}

std::string to_json(const Node& node) {
  std::string json;
  const auto comma = [&] { json += json.size() > 1 ? ", " : ""; };
  switch (node.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::list:
      json = "[";
      for (const Node& item : node.items) {
        comma();
        json += to_json(item);
      }
      return json + ']';
    case Node::Kind::map:
      json = "{";
      for (const Node::Entry& entry : node.entries) {
        comma();
        json += json_quoted(entry.key) + ": " + to_json(entry.value);
      }
      return json + '}';
    case Node::Kind::scalar:
      break;
  }
  bool boolean = false;
  std::int64_t whole = 0;
  double number = 0.0;
  if (node.quoted) return json_quoted(node.text);
  if (to_boolean(node.text, boolean)) return boolean ? "true" : "false";
  const bool plain = node.text.find_first_not_of("-0123456789") == std::string::npos;
  if (plain && to_integer(node.text, whole) == Conversion::done) return fmt::format("{}", whole);
  return to_number(node.text, number) == Conversion::done ? to_text(number) : json_quoted(node.text);
}

Node single_setting(std::string_view path, Node value) {
  const std::size_t dot = path.find('.');
  Node map(Node::Kind::map, value.place);
  Node inner =
      dot == std::string_view::npos ? std::move(value) : single_setting(path.substr(dot + 1), std::move(value));
  map.entries.push_back({std::string(path.substr(0, dot)), std::move(inner)});
  return map;
}

void overlay(Node& lower, Node upper) {
  const bool lower_is_map = lower.kind == Node::Kind::map;
  if (lower_is_map && upper.kind == Node::Kind::map) {
    overlay_maps(lower, std::move(upper));
  } else if (!lower_is_map || upper.kind != Node::Kind::null) {
    lower = std::move(upper);
  }
}

}  // namespace gmmvi::config
