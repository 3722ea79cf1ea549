// The options of training one by one: what they are called, may be and mean.
#pragma once

#include <map>
#include <string>

#include "firstspike/apps/train_options.hpp"

namespace firstspike {

/// Declares every option of a training command, with the values in `run` as defaults.
void declare(command_line& line, classifier_run& run);
void declare(command_line& line, gan_run& run);

/// Sets the defaults that go with the kernel, regime and loss which `asked` names, read from `line`.
void set_defaults(classifier_run& run, const classifier_run& asked, const command_line& line);
void set_defaults(gan_run& run, const gan_run& asked, const command_line& line);

/// Options that have no meaning with the regime, rule, loss or optimizer chosen, each with what rules it out: refused
/// rather than ignored, and not recorded.
std::map<std::string, std::string> out_of_place(const classifier_run& run);
std::map<std::string, std::string> out_of_place(const gan_run& run);

/// Whether a run may be gone on with by another value: what changes no step that has been learnt.
bool is_free_to_change(const classifier_run& run, const std::string& option);
bool is_free_to_change(const gan_run& run, const std::string& option);

}  // namespace firstspike
