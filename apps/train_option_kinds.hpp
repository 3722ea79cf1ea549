// Kinds of values that only the options of `train` take.
#pragma once

#include <cstdint>
#include <vector>

#include "firstspike/apps/option_kinds.hpp"
#include "firstspike/models/classifier.hpp"

namespace firstspike {

/// N,N,...: sizes of layers, first to last, each 1 to 2^24.
option_kind<std::vector<std::uint32_t>> layer_sizes();
option_kind<bool> on_or_off();
option_kind<synapse_kernel> kernels();
/// Names of parts, from their tables.
option_kind<std::string> regimes();
option_kind<std::string> rules();
option_kind<std::string> losses();
option_kind<std::string> constraints();
option_kind<rate_schedule> schedules();
/// uniform:LOWEST:HIGHEST or normal:MEAN:DEVIATION, and @N where they hold for a fan-in of N.
option_kind<weight_distribution> distributions();

/// whole_number kept in a smaller type; `highest` must fit it.
template <class Small>
option_kind<Small> narrowed(std::uint64_t lowest, std::uint64_t highest) {
  const auto wide = whole_number(lowest, highest);
  option_kind<Small> kind{wide.placeholder, {}, {}};
  kind.read = [wide](const std::string& value) { return static_cast<Small>(wide.read(value)); };
  kind.show = [wide](const Small& value) { return wide.show(value); };
  return kind;
}

}  // namespace firstspike
