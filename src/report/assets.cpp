#include "report/assets.hpp"

// Where assets.S has put them.
extern "C" {
extern const char gmmvi_report_html[], gmmvi_report_html_end[];
extern const char gmmvi_report_css[], gmmvi_report_css_end[];
extern const char gmmvi_report_script[], gmmvi_report_script_end[];
extern const char gmmvi_report_chart[], gmmvi_report_chart_end[];
}

namespace gmmvi::report {

Assets assets() {
  return {.html = {gmmvi_report_html, gmmvi_report_html_end},
          .css = {gmmvi_report_css, gmmvi_report_css_end},
          .script = {gmmvi_report_script, gmmvi_report_script_end},
          .chart = {gmmvi_report_chart, gmmvi_report_chart_end}};
}

}  // namespace gmmvi::report
