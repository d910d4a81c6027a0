#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gmmvi/options.hpp"

#include "config/problems.hpp"
#include "config/range.hpp"
#include "config/tree.hpp"
#include "config/word.hpp"
#include "external/options.hpp"

namespace gmmvi::config {

/// Whether input files are looked for. Only who reads them can.
enum class Files { must_exist, are_taken_on_trust };

class Section;

/// Reads a tree of settings, and knows which keys were asked for: a key that nobody asked for is a problem.
class Reader {
 public:
  Reader(const Node& root, Problems& problems, Files files = Files::must_exist);
  Section root();
  Files files() const { return files_; }
  Problems& problems() { return problems_; }
  /// What messages call all of the settings together.
  const std::string& name() const { return root_.place.source->name; }

  /// Takes note of all keys that nobody asked for.
  void check_keys();
  /// Those that were asked for, of all sections: "run.iterations".
  std::vector<std::string> paths() const;
  /// Whether no section has this key with a value that was refused, or lacks it.
  bool is_usable_everywhere(std::string_view key) const;
  /// Where those of them stand that were found.
  const std::map<std::string, std::string>& places() const { return places_; }

 private:
  friend class Section;
  void check_section(const Node& map, const std::string& path);
  [[noreturn]] void refuse_key(const Node& value, const std::string& section, const std::string& key);
  /// " (did you mean 'run.iterations'?)", or nothing.
  std::string hint(const Node& value, const std::string& section, const std::string& key) const;

  const Node& root_;
  Problems& problems_;
  Files files_;
  struct Asked {
    std::vector<std::string> keys;
    std::string owner;  // " of the option 'fixed'"
    bool anything = false;
    bool told = false;  // a message has named the keys
  };
  std::map<std::string, Asked> sections_;  // by path; "" is the root
  std::map<std::string, std::string> places_;
  std::set<std::string> unusable_;  // paths
};

/// What a setting means, in a few words, with its unit. For who prints settings; a Section reads them.
using Meaning = std::string_view;

/// A map of settings. Every member that reads marks `key` as one that may stand here, and leaves `value` as it is where
/// the key is absent; where its value is not what is wanted, the reader's problems have one more.
class Section {
 public:
  void number(std::string_view key, double& value, Range range, Meaning = {});
  void number(std::string_view key, std::optional<double>& value, Range range, Meaning = {});  ///< null: none
  /// A key without a value counts as absent: the reference's own files have one.
  void number_or_empty(std::string_view key, double& value, Range range, Meaning = {});
  template <class T>
  void integer(std::string_view key, T& value, Range range, Meaning = {});
  template <class T>
  void integer(std::string_view key, std::optional<T>& value, Range range, Meaning = {});  ///< null: none
  /// A whole number, or a multiple of the number of dimensions: 2D, 1.5D.
  void sample_count(std::string_view key, SampleCount& value, Meaning = {});
  void boolean(std::string_view key, bool& value, Meaning = {});
  void text(std::string_view key, std::string& value, Meaning = {});
  void optional_text(std::string_view key, std::string& value, Meaning = {});                 ///< null: empty
  void numbers(std::string_view key, std::vector<double>& value, Range range, Meaning = {});  ///< a list, not empty
  /// Whole numbers, a list that may be empty.
  void integers(std::string_view key, std::vector<std::int64_t>& value, Range range, Meaning = {});
  /// One of a few whole numbers.
  void one_of(std::string_view key, int& value, std::initializer_list<int> allowed, Meaning = {});
  /// One of a few words.
  template <class Enum, std::size_t n>
  void choice(std::string_view key, Enum& value, const std::array<Word<Enum>, n>& words, Meaning = {}) {
    attempt(key, [&] {
      if (const auto chosen = choice(key, texts_of(words))) value = words[*chosen].value;
    });
  }
  /// A list of numbers, of such lists, or of lists of those, none of them empty; null: empty.
  template <class Nested>
  void nested_numbers(std::string_view key, std::vector<Nested>& value, Range range, Meaning = {});
  void per_dimension(std::string_view key, PerDimension& value, Range range, Meaning = {});  ///< a number or a list
  /// A number or a list of them; null: `value` empty and `given` false.
  void per_dimension(std::string_view key, std::optional<PerDimension>& value, bool& given, Range range, Meaning = {});
  /// The absolute path of a file that can be read.
  void input_file(std::string_view key, std::string& value, Meaning = {});
  void optional_input_file(std::string_view key, std::string& value, Meaning = {});  ///< null: empty
  /// The absolute path of a folder that is there.
  void input_folder(std::string_view key, std::string& value, Meaning = {});  ///< null: empty
  /// The absolute path of what need not be there.
  void path(std::string_view key, std::string& value, Meaning = {});  ///< null: empty
  /// A list of texts, which may be empty.
  void texts(std::string_view key, std::vector<std::string>& value, Meaning = {});
  /// A program that is looked for in PATH, or its path.
  void program(std::string_view key, std::string& value, Meaning = {});
  /// A program and its arguments: a list of words, or one text, which a shell may take apart. Words with a slash that
  /// name a file, as seen from the folder of the configuration, become its absolute path: the program may run
  /// elsewhere.
  void command(std::string_view key, external::Command& value, bool is_of_shell, Meaning = {});
  /// A map of texts.
  void text_map(std::string_view key, std::map<std::string, std::string>& value, Meaning = {});
  /// A map of anything, as JSON.
  void json(std::string_view key, std::string& value, Meaning = {});
  /// `file.py:name`, with the absolute path of a file that can be read, or `package.module:name`.
  void python_function(std::string_view key, std::string& value, Meaning = {});
  /// The absolute path of a file that can be read, which the text under `key` names within.
  std::string file_of(std::string_view key, const std::string& name);
  /// The section of a target, with its type. It must be there.
  template <class Options>
  void target(std::string_view key, Options& value, Meaning = {});  // in read_target.cpp

  /// The section under `key`; an empty one where it is absent or null.
  Section section(std::string_view key);
  template <class Read>
  void section(std::string_view key, Meaning, Read read) {
    Section inner = section(key);
    read(inner);
  }

  /// The keys that stand in it, in their order.
  std::vector<std::string> keys() const;
  /// The value of `key`, or null; marks the key.
  const Node* find(std::string_view key);
  /// Whether `key` is there and not null; marks it.
  bool has(std::string_view key);
  std::string path_of(std::string_view key) const;
  /// Where the section stands; the configuration's name where it is absent.
  std::string place_text() const;
  /// One problem more where there is no `key`, which has to be `what`.
  void require(std::string_view key, const std::string& what);
  /// Whether `key` was neither refused nor missing: only then does its value say anything.
  bool is_usable(std::string_view key) const;
  /// For messages about unknown keys: what the section's keys are the keys of.
  void belongs_to(const std::string& owner);
  /// No key of this section is an error: what may stand here cannot be told.
  void accept_anything();
  /// Throws: "place: path: problem; allowed: what". `key` must be there.
  [[noreturn]] void refuse(std::string_view key, const std::string& problem, const std::string& allowed = "") const;
  Reader& reader() { return *reader_; }

 private:
  friend class Reader;
  Section(Reader& reader, const Node* map, std::string path);
  template <class Body>
  void attempt(std::string_view key, Body read) const {
    if (!reader_->problems_.attempt(read)) reader_->unusable_.insert(path_of(key));
  }
  std::optional<std::size_t> choice(std::string_view key, std::span<const std::string_view> words);
  const Node* scalar(std::string_view key, const std::string& allowed);
  std::vector<std::string> listed_texts(const Node& list, const std::string& path) const;
  std::string resolved_word(const Node& node, const std::string& word) const;
  void require_file(std::string_view key, const Node& node, const std::string& path) const;
  double number_of(const Node& node, const std::string& path, Range range) const;
  std::vector<double> numbers_of(const Node& list, const std::string& path, Range range) const;
  void read_nested(const Node& node, const std::string& path, Range range, double& value) const;
  template <class Nested>
  void read_nested(const Node& node, const std::string& path, Range range, std::vector<Nested>& values) const;

  Reader* reader_;
  const Node* map_;  // null: absent
  std::string path_;
};

}  // namespace gmmvi::config
