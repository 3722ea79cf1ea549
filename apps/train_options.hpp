// The arguments of `train classifier` and `train gan`.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "firstspike/apps/options.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

/// What is asked of the command.
struct train_request {
  std::map<std::string, std::string> given;  ///< options of the run, as in its table
  std::string out;                           ///< the run directory
  std::optional<std::string> resume;         ///< a run directory to go on with
  bool json = false;
  bool overwrite = false;
};

/// Reads the arguments; nothing where --help was asked for. Whether options of the run go together is for
/// ..._training_options_from() to say.
std::optional<train_request> read_classifier_request(std::span<const std::string> arguments);
std::optional<train_request> read_gan_request(std::span<const std::string> arguments);

/// The command lines, with the defaults for no options given.
command_description describe_train_classifier();
command_description describe_train_gan();

/// A usage_error for what the libraries say of options: "lr = '0', allowed: ..." is "--lr = '0', allowed: ..." here.
usage_error as_usage_error(const std::invalid_argument& error);

}  // namespace firstspike
