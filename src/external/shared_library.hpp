#pragma once

#include <string>

namespace gmmvi::external {

/// A shared library in this process, which stays there until the process ends: its threads and handlers at exit may
/// outlive whoever has loaded it.
class SharedLibrary {
 public:
  /// A path, or a name that the loader looks for. `what` names its kind in messages ("plugin"). Throws Error
  /// (unavailable) with the loader's words.
  SharedLibrary(const std::string& path, std::string what);

  /// nullptr if there is no such symbol.
  void* find(const char* symbol) const;
  /// Sets `function`, a pointer to a function or to a variable, to a symbol; to nullptr if there is none.
  template <class T>
  void find(T*& function, const char* symbol) const {
    function = reinterpret_cast<T*>(find(symbol));
  }
  /// The same; throws Error (unavailable) if there is no such symbol, with `hint` about what to do.
  template <class T>
  void get(T*& function, const char* symbol, const char* hint) const {
    find(function, symbol);
    if (function == nullptr) refuse(symbol, hint);
  }

  /// "plugin ./libmine.so", for messages.
  const std::string& name() const { return name_; }

 private:
  [[noreturn]] void refuse(const char* symbol, const char* hint) const;

  std::string name_;
  void* handle_;
};

}  // namespace gmmvi::external
