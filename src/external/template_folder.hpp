#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace gmmvi::external {

/// A text in which {name} and {name:12.5e} stand for parameters; formats are those of fmt and Python. All other braces
/// stay as they are.
class TemplateText {
 public:
  /// Throws Error (configuration), which calls the text `what`, where a parameter has a format that is none.
  TemplateText(const std::string& text, const std::vector<std::string>& parameters, const std::string& what);

  bool has_parameters() const { return !places_.empty(); }
  bool has(Eigen::Index parameter) const {
    return std::ranges::find(places_, parameter, &Place::parameter) != places_.end();
  }
  /// What looks like a place of a parameter that there is none of: "{c}", "{c:.3f}". It stays as it is.
  const std::vector<std::string>& others() const { return others_; }
  /// With the values of the parameters [D]; without a format they have 17 significant digits.
  std::string filled(const Eigen::Ref<const Eigen::VectorXd>& values) const;

 private:
  struct Place {
    std::string before;      // what stands between the place before and this one
    Eigen::Index parameter;  // of D
    std::string format;      // "{:12.5e}"
  };
  std::vector<Place> places_;
  std::vector<std::string> others_;
  std::string rest_;
};

/// A folder that every evaluation gets a copy of, with the parameters' values filled in. Its list of files is made
/// once.
class TemplateFolder {
 public:
  /// No files.
  TemplateFolder() = default;
  /// `link` and `substitute` name files within `folder`; what is linked may also be a folder. Throws Error
  /// (configuration) where one is not there, or has no parameter to fill in, and where a parameter is in none while
  /// something like it is.
  TemplateFolder(const std::string& folder, const std::vector<std::string>& link,
                 const std::vector<std::string>& substitute, const std::vector<std::string>& parameters);

  /// Parameters that are in no file, and what stays although it looks like one.
  const std::vector<std::string>& remarks() const { return remarks_; }

  /// Throws Error where a file cannot be copied.
  void copy_to(const std::filesystem::path& folder, const Eigen::Ref<const Eigen::VectorXd>& values) const;

 private:
  struct Filled {
    std::filesystem::path path;  // in the folder
    std::filesystem::perms permissions;
    TemplateText text;
  };
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> folders_, copied_, linked_;  // as seen from folder_
  std::vector<Filled> filled_;
  std::vector<std::string> remarks_;

  void look_for(const std::vector<std::string>& parameters);
  bool mentions_parameters_file() const;
};

}  // namespace gmmvi::external
