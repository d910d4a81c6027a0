#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gmmvi::core {

/// Where the rows and columns of a table stand in its file, for messages.
struct TablePlaces {
  std::string path;
  std::vector<std::string> names;        ///< [C] of the columns
  std::vector<std::int64_t> lines = {};  ///< [N] where in the file each row stands, from 1

  /// "file:line" of a row.
  std::string place(std::int64_t row) const;
  /// "column 3 (age)".
  std::string column_text(std::int64_t column) const;
};

/// A table of a text file, as it is written.
struct TextTable : TablePlaces {
  std::vector<std::vector<std::string_view>> fields;  ///< [N][C], N >= 1; parts of the text
};

/// Takes a text apart, the contents of the file at `path`: a row a line, fields separated by commas, semicolons, tabs
/// or spaces. A first line without any finite number names the columns; without one they are x1 … xC. Throws Error
/// (data) that names file and line where a row is longer or shorter than the first, or where there is none.
TextTable split_table(const std::string& path, std::string_view text);

/// A number as it may stand in a field, NaN and infinities among them; none where it is something else.
std::optional<double> to_number(std::string_view field);

}  // namespace gmmvi::core
