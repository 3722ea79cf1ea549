// firstspike data: gets and lists data sets.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/data/data_sets.hpp"

namespace firstspike {
namespace {

struct data_options {
  common_options common;
  std::optional<std::string> directory;
  std::vector<std::string> names;
};

void declare(command_line& line, data_options& o, bool writes) {
  line.operands(one_of(data_set_names()), o.names, 0, 1);
  line.group("Data");
  line.add("data", o.directory, directory_path("DIR"),
           writes ? "where to put it (default: the user's cache)" : "look here only");
  add_common(line, o.common, {.seed = writes, .files = writes});
  name_data_folders(line);
}

command_line get_line(data_options& o) {
  command_line line("data get", "Fetch MNIST with SHA-256 check, or draw the built-in strokes, as idx files.");
  declare(line, o, true);
  return line;
}

command_line list_line(data_options& o) {
  command_line line("data list", "Data sets, where they are and whether they are intact.");
  declare(line, o, false);
  return line;
}

bool parse(command_line& line, const data_options& o, std::span<const std::string> arguments) {
  if (!line.parse(arguments)) return false;
  const auto allowed = data_set_names();
  if (!o.names.empty() && std::ranges::find(allowed, o.names[0]) == allowed.end()) {
    throw usage_error(fmt::format("unknown data set '{}', allowed: {}", o.names[0], joined(allowed, " or ")));
  }
  return true;
}

int run_get(std::span<const std::string> arguments) {
  data_options o;
  auto line = get_line(o);
  if (!parse(line, o, arguments)) return exit_done;
  data_request request{.directory = o.directory, .seed = o.common.seed};
  if (!o.names.empty()) request.name = o.names[0];
  if (request.name == "mnist" && line.given("seed")) throw usage_error("--seed needs strokes, which are drawn with it");
  download_bar bar;
  const auto where =
      with_options_named(line, [&] { return get_data_set(request, o.common.overwrite, bar.function()); }).string();
  print_result(o.common.json, {{"name", request.name}, {"where", where}},
               fmt::format("{} is in {}\n", request.name, where));
  return exit_done;
}

int run_list(std::span<const std::string> arguments) {
  data_options o;
  auto line = list_line(o);
  if (!parse(line, o, arguments)) return exit_done;
  if (!o.names.empty() && o.names[0] == "strokes" && o.directory) {
    throw usage_error("--data has no effect on strokes, which are built in");
  }
  std::vector<std::vector<std::string>> rows{{"name", "train", "test", "state", "where"}};
  std::string problems;
  auto sets = json_object::array();
  for (const auto& set : list_data_sets(o.directory)) {
    if (!o.names.empty() && o.names[0] != set.name) continue;
    rows.push_back({set.name, grouped(set.train), grouped(set.test),
                    set.intact   ? "intact"
                    : set.absent ? "not there"
                                 : "unusable",
                    set.where});
    if (!set.intact && (!set.absent || o.directory)) problems += set.problem + "\n";
    sets.push_back({{"name", set.name},
                    {"where", set.where},
                    {"train", set.train},
                    {"test", set.test},
                    {"intact", set.intact},
                    {"problem", set.problem}});
  }
  print_result(o.common.json, {{"data_sets", sets}}, table_text(rows) + (problems.empty() ? "" : "\n") + problems);
  return exit_done;
}

constexpr std::array data_actions{command{"get", "fetch MNIST or draw strokes", run_get, described<get_line>},
                                  command{"list", "what there is, where", run_list, described<list_line>}};

}  // namespace

std::span<const command> data_commands() { return data_actions; }

int run_data(std::span<const std::string> arguments) {
  return run_chosen("firstspike data", "Data sets of digits.", data_actions, arguments);
}

}  // namespace firstspike
