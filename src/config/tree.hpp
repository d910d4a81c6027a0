#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/place.hpp"

namespace gmmvi::config {

/// Settings as they were written, each with its place.
struct Node {
  enum class Kind { null, scalar, list, map };
  struct Entry;

  Node();
  Node(Kind of_kind, Place at);

  Kind kind = Kind::null;
  Place place;                 ///< of the key, where there is one
  std::string text;            ///< of a scalar
  bool quoted = false;         ///< a scalar in quotes is a text, whatever it looks like
  std::vector<Node> items;     ///< of a list
  std::vector<Entry> entries;  ///< of a map, in the order of the file; no key twice

  /// The value of `key`; null where this is no map or has no such key.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  void erase(std::string_view key);
};

struct Node::Entry {
  std::string key;
  Node value;
};

/// A map with the one setting `path` ("a.b.c"), all of it at `place`.
Node single_setting(std::string_view path, Node value);

/// As JSON: what is quoted is a string, and what looks like a number, true, false or null is that.
std::string to_json(const Node& node);
/// A text as JSON, which YAML reads alike.
std::string json_quoted(std::string_view text);

/// Puts `upper` over `lower`: maps are merged key by key, anything else is replaced. A section that was left empty
/// (null over a map) changes nothing.
void overlay(Node& lower, Node upper);

}  // namespace gmmvi::config
