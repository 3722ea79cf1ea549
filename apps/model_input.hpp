// The network that a command runs: a model, or any network, as the options say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "firstspike/apps/options.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/traces/model_file.hpp"

namespace firstspike {

enum class real_type : std::uint8_t { f32, f64 };

struct model_options {
  std::optional<std::string> model;
  std::optional<std::string> network;
  std::optional<real_type> precision;
  schedule engine = schedule::heap;
  import_options import{};
};

/// Adds --model, --engine, --precision, the answers of import_options and, with `any_network`, --network.
void add_model_options(command_line& line, model_options& options, bool any_network);
/// The same without --engine, for commands that have no choice of schedule.
void add_model_file_options(command_line& line, model_options& options, bool any_network);

/// A network that is ready to run.
struct runnable {
  std::variant<network<float>, network<double>> net;
  real_type precision = real_type::f64;
  double t_in = 256;                          ///< [steps]
  double t_max = 256;                         ///< [steps]
  std::vector<std::uint8_t> label_of_output;  ///< empty: the outputs are no classes
  run_facts facts{};                          ///< that a model's file records; a network's has none
  std::string regime{};                       ///< as in stored_model; empty for a network
  std::vector<std::uint8_t> trainable{};      ///< as in stored_model; empty for a network
};

/// Reads what `options` name. `line` has been parsed. Throws usage_error for options that do not go together, and as
/// read_model and read_network do.
runnable load_runnable(const command_line& line, const model_options& options);

/// A model that has been read; `precision` is the model's own where there is none.
runnable as_runnable(stored_model stored, std::optional<real_type> precision);

/// The populations of a runnable's network.
std::span<const population> populations_of(const runnable& model);

}  // namespace firstspike
