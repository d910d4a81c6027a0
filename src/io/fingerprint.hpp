#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gmmvi::io {

/// What the mixtures of a run come from. Journals and checkpoints have it, so that no run goes on with another's.
struct Fingerprint {
  struct DataFile {
    std::string path;
    std::uint64_t bytes = 0;
    std::string checksum;  ///< of its content, in hexadecimal digits
  };
  std::string config;          ///< the settings that decide, as YAML; empty: nothing is known
  std::vector<DataFile> data;  ///< that the target, then the initial mixture are made of, in the order of reading
  std::string target;          ///< what the target says of its own data (Target::fingerprint)
  /// Those that a simulator consists of. A run's folder has them; journals and checkpoints do not, since a simulator
  /// may be mended on the way.
  std::vector<DataFile> simulator = {};
};

Fingerprint::DataFile data_file(const std::string& path, const std::string& content);
/// The same of a file, whose checksum is of parts from its begin to its end where it has more than 64 MB: meshes of
/// many gigabytes are not read for it. Throws Error (data) where it cannot be read.
Fingerprint::DataFile data_file(const std::string& path);

/// As JSON, in one line.
std::string to_text(const Fingerprint& fingerprint);
/// Throws Error (data) where `text` is none; `name` is what the message calls it.
Fingerprint parse_fingerprint(const std::string& text, const std::string& name);

/// Sixteen hexadecimal digits; the same wherever the data are.
std::string digest(const Fingerprint& fingerprint);

}  // namespace gmmvi::io
