#include "report/page.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gmmvi/error.hpp"

#include "situations.hpp"

namespace gmmvi::report {
namespace {

using test::content_of;

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// What the page's script will read.
nlohmann::json data_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const auto at = page.find(begin) + begin.size();
  return nlohmann::json::parse(page.substr(at, page.find("</script>", at) - at));
}

TEST(Page, NeedsNothingElse) {
  const std::string html = page({{.name = "run", .model = model()}});
  EXPECT_EQ(count(html, "{{"), count(page({}), "{{"));
  EXPECT_EQ(count(html, "<script"), 3);
  EXPECT_EQ(count(html, "</script>"), 3);
  EXPECT_EQ(count(html, " src="), 0);
  EXPECT_EQ(count(html, "<link"), 0);
  EXPECT_GT(count(html, "Chart.js v"), 0);
}

TEST(Page, NamesCannotBreakOutOfTheirPlace) {
  const std::string evil = "</script><b>\xE2\x80\xA8{{css}}<!--";
  const std::string html = page({{.name = evil, .model = model({evil, "b"}), .config = evil}});
  EXPECT_EQ(count(html, "</script>"), 3);
  EXPECT_EQ(count(html, "<b>"), 0);
  EXPECT_EQ(count(html, "\xE2\x80\xA8"), 0);
  const nlohmann::json data = data_of(html);
  EXPECT_EQ(data.at("runs").at(0).at("name"), evil);
  EXPECT_EQ(data.at("runs").at(0).at("config"), evil);
  EXPECT_EQ(data.at("targets").at(0).at("parameters").at(0), evil);
}

TEST(Page, BearsBytesThatAreNoText) {
  EXPECT_EQ(data_of(page({{.name = "run", .config = "a\xFF"}})).at("runs").at(0).at("config"), "a\xEF\xBF\xBD");
}

TEST(WritePage, ReplacesReportsOnly) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "report.html";
  write_page(path, page({{.name = "first"}}));
  write_page(path, page({{.name = "second"}}));
  EXPECT_EQ(data_of(content_of(path)).at("runs").at(0).at("name"), "second");

  write(path, "precious");
  try {
    write_page(path, page({}));
    FAIL() << "replaced it";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
  }
  EXPECT_EQ(content_of(path), "precious");
}

}  // namespace
}  // namespace gmmvi::report
