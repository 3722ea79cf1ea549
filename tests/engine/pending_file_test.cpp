// Files that are written whole or not at all.
#include "firstspike/engine/pending_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "firstspike/tests/scratch_files.hpp"

using namespace firstspike;
namespace fs = std::filesystem;

namespace {

const std::vector<std::uint8_t> abc{'a', 'b', 'c'};

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

std::size_t entries_of(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("pending file: two of one path have different temporary names, and the first to commit wins") {
  const testing::scratch_directory directory;
  const auto path = (directory / "f").string();
  pending_file first(path, false), second(path, false);
  CHECK(first.tmp() != second.tmp());
  write(first.tmp(), "first");
  write(second.tmp(), "second");
  first.commit();
  CHECK(testing::message_of([&] { second.commit(); }) == path + ": exists; choose another name, or overwrite it");
  CHECK(testing::read_bytes(path) == "first");
  pending_file third(path, true);
  write(third.tmp(), "third");
  third.commit();
  CHECK(testing::read_bytes(path) == "third");
}

TEST_CASE("pending file: without commit nothing remains, and an existing file stays as it is") {
  const testing::scratch_directory directory;
  const auto path = (directory / "f").string();
  write(path, "old");
  { const pending_file pending(path, true); }
  CHECK(testing::read_bytes(path) == "old");
  CHECK(entries_of(directory / "") == 1);
  CHECK(testing::contains(testing::message_of([&] { pending_file(path, false); }), "exists; choose another name"));
  CHECK(
      testing::contains(testing::message_of([&] { pending_file((directory / "").string(), true); }), "is a directory"));
  CHECK(testing::contains(testing::message_of([&] { pending_file((directory / "no/f").string(), true); }),
                          "cannot be created"));
}

TEST_CASE("pending file: the target of a symbolic link is written, also if it does not exist yet") {
  const testing::scratch_directory directory;
  fs::create_directory(directory / "there");
  fs::create_symlink("there/new", directory / "link");
  write_whole_file(directory / "link", abc, false);
  CHECK(testing::read_bytes(directory / "there/new") == "abc");
  CHECK(fs::is_symlink(directory / "link"));
  CHECK(testing::contains(testing::message_of([&] { write_whole_file(directory / "link", abc, false); }), "exists"));
}

TEST_CASE("pending file: a replaced file keeps its permissions and its other hard links") {
  const testing::scratch_directory directory;
  write(directory / "f", "a longer text");
  fs::permissions(directory / "f", fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  write_whole_file(directory / "f", abc, true);
  CHECK(fs::status(directory / "f").permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read));
  fs::create_hard_link(directory / "f", directory / "g");
  write_whole_file(directory / "g", std::vector<std::uint8_t>{'d'}, true);
  CHECK(testing::read_bytes(directory / "f") == "d");
  CHECK(entries_of(directory / "") == 2);
}

TEST_CASE("pending file: a file in memory below /dev is a file like others, a device is written into") {
  const std::string path = "/dev/shm/firstspike-pending-file-test";
  if (fs::is_directory("/dev/shm")) {
    write_whole_file(path, abc, true);
    CHECK(testing::read_bytes(path) == "abc");
    fs::remove(path);
  }
  write_whole_file("/dev/null", abc, false);
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("pending file: only unfinished files of firstspike are removed from a directory") {
  const testing::scratch_directory directory;
  const pending_file unfinished((directory / "f").string(), false);
  for (const auto* own : {"x.tmp", ".x.tmp", ".x.12.tmp", ".x.1-2.txt", "x.1-2.tmp", ".x.a-2.tmp"})
    write(directory / own, "");
  remove_unfinished_files(directory / "");
  CHECK_FALSE(fs::exists(unfinished.tmp()));
  CHECK(entries_of(directory / "") == 6);
}
