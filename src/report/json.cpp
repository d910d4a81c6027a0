#include "report/json.hpp"

#include <map>
#include <string>

#include "report/run_json.hpp"
#include "report/target_json.hpp"

namespace gmmvi::report {
namespace {

/// Folders as the user called them where their names alone do not tell them apart.
std::vector<std::string> names_of(const std::vector<RunData>& runs) {
  std::map<std::string, int> count;
  for (const RunData& run : runs) ++count[run.name];
  std::vector<std::string> names;
  names.reserve(runs.size());
  for (const RunData& run : runs) names.push_back(count[run.name] == 1 ? run.name : run.folder);
  return names;
}

}  // namespace

Json to_json(const std::vector<RunData>& runs) {
  const std::vector<std::string> names = names_of(runs);
  Json json = {{"runs", Json::array()}, {"targets", targets_json(runs)}};
  for (std::size_t r = 0; r < runs.size(); ++r) json["runs"].push_back(run_json(runs[r], names[r]));
  return json;
}

}  // namespace gmmvi::report
