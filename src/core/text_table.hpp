#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gmmvi::core {

/// Where the rows and columns of a table stand in its file, for messages.
struct TablePlaces {
  std::string path;
  std::vector<std::string> names;        ///< [C] of the columns
  std::vector<std::int64_t> lines = {};  ///< [N] where in the file each row begins, from 1

  /// "file:line" of a row.
  std::string place(std::int64_t row) const;
  /// "column 3 (age)", or "column 3" if it has no name.
  std::string column_text(std::int64_t column) const;
};

/// A table of a text file, as it is written.
struct TextTable : TablePlaces {
  using Row = std::vector<std::string_view>;

  std::vector<Row> fields;                                        ///< [N][C], N >= 1; parts of the text, or of:
  std::vector<std::unique_ptr<const std::string>> unquoted = {};  ///< quoted fields that had quotes in them
  std::vector<std::string> notes = {};  ///< how the file was understood where that is no matter of course
  bool has_header = false;              ///< its first line names the columns

  /// The number in a field. Throws Error (data) that says what stands there instead, where, and what to do.
  double finite_number(std::int64_t row, std::int64_t column) const;
  /// The same, but a missing value is NaN, as which it may also be written, and ±∞ is allowed.
  double number_or_missing(std::int64_t row, std::int64_t column) const;
};

/// Takes a text apart, the contents of the file at `path`: a row a line, fields separated by commas, semicolons, tabs
/// or spaces. Fields may be quoted (RFC 4180): then they may hold separators, line ends and, doubled, quotes. Lines
/// that begin with # are comments. The first line names the columns if there is no finite number in it, or if it
/// counts them (0, 1, …), as pandas does; else a comment before the first row does, if it has as many words as that,
/// as numpy.savetxt writes it; else they are x1 … xC. Throws Error (data) that names file and line where a row is
/// longer or shorter than the first, where there is none, or where a quote is not closed.
TextTable split_table(const std::string& path, std::string_view text);

/// A number as it may stand in a field, NaN and infinities among them, exponents with Fortran's D as well; none where
/// it is something else, or too large. One that is too small is 0.
std::optional<double> to_number(std::string_view field);

/// Whether an empty field, NA, ?, … stands for a value that is missing. NaN does, too.
bool is_missing(std::string_view field);

}  // namespace gmmvi::core
