// firstspike trace export.
#pragma once

#include <span>
#include <string>

#include "firstspike/apps/command_description.hpp"

namespace firstspike {

int run_trace_export(std::span<const std::string> arguments);
command_description describe_trace_export();

}  // namespace firstspike
