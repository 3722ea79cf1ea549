// The page of a report: apps/report/ and Chart.js, put together when firstspike is built, with a run's data in it.
#pragma once

#include <string>

#include "firstspike/apps/output.hpp"

namespace firstspike {

/// One HTML file that needs nothing outside of itself, and may not ask for it (its Content-Security-Policy). `data` is
/// what apps/report/main.js reads.
std::string report_page(const std::string& title, const json_object& data);

}  // namespace firstspike
