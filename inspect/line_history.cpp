#include "firstspike/inspect/line_history.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "firstspike/engine/pending_file.hpp"

namespace firstspike {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> last_lines(std::vector<std::string> lines) {
  if (lines.size() > most_saved_lines) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most_saved_lines));
  }
  return lines;
}

}  // namespace

std::vector<std::string> saved_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::error_code unreadable;
  if (!fs::is_regular_file(path, unreadable)) return lines;  // a FIFO would wait for its writer
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return last_lines(std::move(lines));
}

void save_lines(const std::string& path, std::span<const std::string> added) {
  if (path.empty() || added.empty()) return;
  const auto directory = fs::path(path).parent_path();
  if (fs::create_directories(directory)) fs::permissions(directory, fs::perms::owner_all);
  auto lines = saved_lines(path);
  lines.insert(lines.end(), added.begin(), added.end());
  pending_file pending(path, true);
  const auto owner_only = fs::perms::owner_read | fs::perms::owner_write;
  for (const auto& file : {path, pending.tmp()}) {  // one that is replaced keeps its permissions
    if (fs::is_regular_file(file)) fs::permissions(file, owner_only);
  }
  std::ofstream file(pending.tmp());
  for (const auto& line : last_lines(std::move(lines))) file << line << '\n';
  if (!file.flush()) throw std::runtime_error(path + ": cannot be written whole");
  file.close();
  pending.commit();
}

}  // namespace firstspike
