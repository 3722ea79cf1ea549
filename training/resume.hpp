// Options of a resumed run: those from its checkpoint, and those that may differ.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

#include "firstspike/engine/require.hpp"
#include "firstspike/models/option_table.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

inline constexpr auto classifier_run_name = "train classifier";
inline constexpr auto gan_run_name = "train gan";

/// The options of a run from its checkpoint, with `changes`. Options that determine the result of training may not
/// differ, except that `length` (epochs, steps) may be larger, and also smaller with a constant learning rate. Throws
/// std::invalid_argument otherwise, std::runtime_error if the checkpoint is of another kind of run.
template <class Options>
std::map<std::string, std::string> resumed_values(const checkpoint& state, const std::string& trained_by,
                                                  const option_table<Options>& table,
                                                  const std::map<std::string, std::string>& changes,
                                                  const std::string& length) {
  auto values = recorded_options(state.path, state.values, trained_by);
  for (const auto& [name, value] : changes) {
    const auto found = std::ranges::find(table, name, &option<Options>::name);
    require(found != table.end(), "unknown option '{}'", name);
    const auto recorded = values.find(name);
    // Different texts may have the same value: 1e-3 and 0.001.
    Options given;
    try {
      found->read(given, value);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("{} = '{}', {}", name, value, error.what()));
    }
    const auto shown = found->show(with_absolute_paths(given));
    const bool same = recorded != values.end() && recorded->second == shown;
    if (name == length && recorded != values.end() && !same) {
      require(values["schedule"] == "constant" || whole_number().read(shown) > whole_number().read(recorded->second),
              "{} = '{}', allowed with a resumed run: more than {}, as it began", name, value, recorded->second);
    } else if (found->role == option_role::result || found->role == option_role::data) {
      require(same, "{} = '{}', allowed with a resumed run: {}, as it began", name, value,
              recorded == values.end() ? "nothing" : recorded->second);
    }
    values[name] = shown;
  }
  // firstspike 0.2.0 recorded these although the run started from a model.
  if (values.contains("from")) {
    std::erase_if(values, [](const auto& value) { return is_initial_weight(Options(), value.first); });
  }
  return values;
}

}  // namespace firstspike
