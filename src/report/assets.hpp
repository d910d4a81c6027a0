#pragma once

#include <string_view>

namespace gmmvi::report {

/// The files of the page, which are part of the program.
struct Assets {
  std::string_view html;  ///< with {{css}}, {{chart}}, {{data}} and {{script}} where the others go
  std::string_view css;
  std::string_view script;  ///< ours, which draws
  std::string_view chart;   ///< the plotting library, Chart.js
};
Assets assets();

}  // namespace gmmvi::report
