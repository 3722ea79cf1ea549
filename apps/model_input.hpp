// The network that a command runs: a model, or any network, as the options say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "firstspike/apps/options.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

struct model_options {
  std::optional<std::string> model;
  std::optional<std::string> network;
  std::optional<real_type> precision;
  scheduler engine = scheduler::heap;
  import_options import{};
};

/// Adds --model, --engine, --precision, the answers of import_options and, with `any_network`, --network.
void add_model_options(command_line& line, model_options& options, bool any_network);
/// The same without --engine, for commands that have no choice of scheduler.
void add_model_file_options(command_line& line, model_options& options, bool any_network);

/// Reads what `options` name. `line` has been parsed. Throws usage_error for options that do not go together, and as
/// read_model and read_network do.
loaded_model load_model(const command_line& line, const model_options& options);

}  // namespace firstspike
