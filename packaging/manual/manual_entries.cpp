#include <algorithm>

#include "firstspike/apps/commands.hpp"
#include "firstspike/packaging/manual/manual.hpp"

namespace firstspike {
namespace {

void append(std::vector<manual_entry>& entries, const std::string& name, std::string_view summary,
            std::span<const command> below) {
  entries.push_back({name, std::string(summary), {}});
  for (const auto& c : below) entries.back().commands.push_back({std::string(c.name), std::string(c.summary)});
  for (const auto& c : below) {
    const auto full_name = name + (name.empty() ? "" : " ") + std::string(c.name);
    if (c.commands != nullptr) {
      append(entries, full_name, c.summary, c.commands());
    } else {
      entries.push_back({full_name, std::string(c.summary), {}, c.describe()});
    }
  }
}

}  // namespace

std::vector<manual_entry> manual_entries() {
  std::vector<manual_entry> entries;
  append(entries, "", firstspike_summary, commands());
  return entries;
}

std::string page_name(const std::string& command) {
  auto name = "firstspike" + (command.empty() ? "" : "-" + command);
  std::ranges::replace(name, ' ', '-');
  return name;
}

}  // namespace firstspike
