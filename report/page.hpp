// The page of a report: page/ and Chart.js, put together when firstspike is built, with a run's data in it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/report/run_history.hpp"
#include "firstspike/report/scene.hpp"

namespace firstspike {

/// A network as the page's table has it.
struct network_table {
  std::string name;
  std::string regime;
  /// [population] name, kind, size, t_fire, threshold_slope, t_close; empty where a value means nothing there.
  std::vector<std::array<std::string, 6>> rows{};
};

/// `trainable` as in stored_model.
network_table table_of(const std::string& name, std::span<const population> populations, const std::string& regime,
                       std::span<const std::uint8_t> trainable);

struct page_content {
  std::string title;
  std::vector<network_table> networks{};
  std::vector<std::pair<std::string, std::string>> metadata{};  ///< name, value
  metrics_table metrics{};
  sample_grids grids{};
  std::vector<std::string> notes{};  ///< for the reader, above all else
  std::vector<report_scene> scenes{};
};

/// More spikes than this in one lane and sample are thinned out, evenly in their order of time: pixels of an image not.
inline constexpr std::size_t most_spikes_drawn = 10'000;

/// Membranes are drawn as near to v_m as this share of v_th.
inline constexpr double voltage_tolerance = 0.002;

/// What page/main.js reads, as JSON. Times are rounded to a thousandth of a step, v_m / v_th to four places.
std::string json_of(const page_content& content);

/// One HTML file that needs nothing outside of itself, and may not ask for it (its Content-Security-Policy).
std::string page_of(const page_content& content);

/// The page without its data. Defined by a source that page/embed.py writes when firstspike is built.
struct page_template {
  std::string_view before_title, before_data, after_data;
  std::string_view version;  ///< firstspike's
};
page_template empty_page();

}  // namespace firstspike
