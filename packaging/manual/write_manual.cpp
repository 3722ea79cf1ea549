// Writes manual pages and completions when firstspike is built. Usage: write_manual FOLDER VERSION PAGE...
// FOLDER gets PAGE.1 for each command, `firstspike` for bash and `_firstspike` for zsh.
#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "firstspike/packaging/manual/manual.hpp"

namespace {

using namespace firstspike;

// The build installs the pages that it names, so these must be all there are.
void check_names(std::vector<std::string> named, const std::vector<manual_entry>& entries) {
  std::vector<std::string> pages;
  for (const auto& entry : entries) pages.push_back(page_name(entry.name));
  std::ranges::sort(named);
  std::ranges::sort(pages);
  if (named == pages) return;
  std::string list;
  for (const auto& page : pages) list += " " + page;
  throw std::runtime_error("packaging/manual/meson.build names other pages than there are:" + list);
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  if (!file) throw std::runtime_error(path.string() + ": cannot be written");
}

}  // namespace

int main(int count, char** values) {
  try {
    const std::vector<std::string> arguments(values + 1, values + count);
    const std::filesystem::path folder = arguments.at(0);
    const auto& version = arguments.at(1);
    const auto entries = manual_entries();
    check_names({arguments.begin() + 2, arguments.end()}, entries);
    for (const auto& entry : entries) {
      write(folder / (page_name(entry.name) + ".1"), manual_page(entry, entries, version));
    }
    write(folder / "firstspike", bash_completion(entries));
    write(folder / "_firstspike", zsh_completion(entries));
  } catch (const std::exception& error) {
    std::cerr << "write_manual: " << error.what() << "\n";
    return 1;
  }
}
