// The file of the lines that were typed.
#include "firstspike/inspect/line_history.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "firstspike/tests/scratch_files.hpp"

namespace firstspike {
namespace {

namespace fs = std::filesystem;
using testing::scratch_directory;
using texts = std::vector<std::string>;

constexpr auto owner_only = fs::perms::owner_read | fs::perms::owner_write;

TEST_CASE("history: lines are kept for their owner, and lines of other sessions stay") {
  const scratch_directory folder;
  const auto path = (folder / "a/b/history").string();
  CHECK(saved_lines(path).empty());
  save_lines(path, texts{"run", "why a:1"});
  CHECK(fs::status(path).permissions() == owner_only);
  CHECK(fs::status(folder / "a/b").permissions() == fs::perms::owner_all);
  save_lines(path, texts{"state"});
  CHECK(saved_lines(path) == texts{"run", "why a:1", "state"});
  CHECK(testing::entries_in(folder / "a/b") == 1);
}

TEST_CASE("history: the latest 1,000 lines are kept, and a file that others may read is closed to them") {
  const scratch_directory folder;
  const auto path = (folder / "history").string();
  testing::write_bytes(path, "old\n");
  fs::permissions(path, owner_only | fs::perms::group_read | fs::perms::others_read);
  texts lines;
  for (std::size_t i = 0; i < most_saved_lines; ++i) lines.push_back(std::to_string(i));
  save_lines(path, lines);
  CHECK(saved_lines(path) == lines);
  CHECK(fs::status(path).permissions() == owner_only);
}

TEST_CASE("history: without a path or lines nothing is written, and what cannot be written is an error") {
  const scratch_directory folder;
  save_lines("", texts{"run"});
  save_lines((folder / "history").string(), {});
  CHECK(testing::entries_in(folder.path()) == 0);
  testing::write_bytes(folder / "file", "x");
  CHECK_FALSE(testing::message_of([&] { save_lines((folder / "file/history").string(), texts{"run"}); }).empty());
  CHECK(saved_lines(folder.path().string()).empty());
}

}  // namespace
}  // namespace firstspike
