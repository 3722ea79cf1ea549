// Manual pages, as man(7) reads them.
#pragma once

#include <span>
#include <string>

#include "firstspike/packaging/manual/manual_entries.hpp"

namespace firstspike {

/// The page of `entry`, which is one of `all`.
std::string manual_page(const manual_entry& entry, std::span<const manual_entry> all, const std::string& version);

}  // namespace firstspike
