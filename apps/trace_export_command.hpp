// firstspike trace export.
#pragma once

#include <span>
#include <string>

namespace firstspike {

int run_trace_export(std::span<const std::string> arguments);

}  // namespace firstspike
