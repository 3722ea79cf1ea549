// The page of a report: page/ and Chart.js, combined when firstspike is built, with the data of a run.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/report/run_history.hpp"
#include "firstspike/report/scene.hpp"

namespace firstspike {

/// A network in the page's table.
struct network_table {
  std::string name;
  std::string regime;
  /// [population] name, kind, size, t_fire, threshold_slope, t_close; empty if a value does not apply.
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
  std::optional<std::uint64_t> model_step{};  ///< training step of the model that was kept, if it says so
  std::optional<report_accuracy> accuracy{};  ///< of this model
  sample_grids grids{};
  std::vector<std::string> notes{};  ///< for the reader, at the top
  std::vector<report_scene> scenes{};
};

/// If a lane has more spikes than this in one sample, only every n-th in the order of time is drawn, except for pixels
/// of an image.
inline constexpr std::size_t most_spikes_drawn = 10'000;

/// Tolerance of the drawn voltage traces [fraction of v_th].
inline constexpr double voltage_tolerance = 0.002;

/// The JSON data for page/main.js. Times are rounded to a thousandth of a step, v_m / v_th to four decimal places.
std::string json_of(const page_content& content);

/// One self-contained HTML file; its Content-Security-Policy forbids requests.
std::string page_of(const page_content& content);

/// The page without its data. Defined in a source file that page/embed.py generates when firstspike is built.
struct page_template {
  std::string_view before_title, before_data, after_data;
  std::string_view version;  ///< firstspike's
};
page_template empty_page();

}  // namespace firstspike
