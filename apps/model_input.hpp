// The network that a command runs, and what it is fed, as the options say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "firstspike/apps/options.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/traces/loaded_model.hpp"
#include "firstspike/training/network_input.hpp"

namespace firstspike {

struct model_options {
  std::optional<std::string> model;
  std::optional<std::string> network;
  std::optional<real_type> precision;
  scheduler engine = scheduler::automatic;
  import_options import{};
};

/// Adds --model, --engine, --precision, the answers of import_options and, with `any_network`, --network.
void add_model_options(command_line& line, model_options& options, bool any_network);
/// The same without --engine, for commands that have no choice of scheduler.
void add_model_file_options(command_line& line, model_options& options, bool any_network);

/// --early-exit needs a scheduler that can stop: usage_error for another.
void check_early_exit(bool wanted, scheduler engine);

/// Reads what `options` name. `line` has been parsed. Throws usage_error for options that do not go together, and as
/// read_model and read_network do.
loaded_model load_model(const command_line& line, const model_options& options);

struct sample_options {
  std::optional<std::string> images;
  std::optional<std::string> labels;
  std::optional<std::string> spikes;
  std::optional<std::string> data;
  std::string set = "test";
  std::optional<std::uint64_t> count;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> samples;
  bool first_spikes = false;
};

/// Adds --images, --labels, --data, --set, --count and, with `spikes_and_range`, --spikes and --samples.
void add_sample_options(command_line& line, sample_options& options, bool spikes_and_range);

/// One of --model and --network is needed, and the latter an input. Throws usage_error.
void check_network_and_input(const command_line& line, const model_options& model, const sample_options& samples);

/// Reads what `options` name; without --images or --spikes, a model's input is that of the
/// data set that it was trained on. Shows downloads and
/// notes. Throws usage_error for options that do not go together, and as load_input does.
network_input load_samples(const command_line& line, const sample_options& options, const loaded_model& model);

}  // namespace firstspike
