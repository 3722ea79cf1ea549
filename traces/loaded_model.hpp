// A network in its run precision, with the data that a run needs: from a model file, or any network.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/traces/model_file.hpp"

namespace firstspike {

enum class real_type : std::uint8_t { f32, f64 };

/// A network that is ready to run.
struct loaded_model {
  std::variant<network<float>, network<double>> net;
  real_type precision = real_type::f64;
  double t_in = 256;                          ///< [steps]
  double t_max = 256;                         ///< [steps]
  std::vector<std::uint8_t> label_of_output;  ///< empty: the outputs are not classes
  run_metadata metadata{};                    ///< of a model file; empty for a network
  std::string regime{};                       ///< as in stored_model; empty for a network
  std::vector<std::uint8_t> trainable{};      ///< as in stored_model; empty for a network
};

/// A network in that precision; all other members have their default values.
loaded_model in_precision(network<double> net, real_type precision);

/// A model that has been read, in `precision` or, if it is empty, in the model's own precision.
loaded_model load(stored_model stored, std::optional<real_type> precision = {});

/// Reads any network (network_file.hpp) to be run in `precision`, over the window that `import` must give, with t_in
/// where images are encoded; its label_map is taken too, and read_network gets its other answers. Throws
/// std::invalid_argument where these are missing or the labels are not one for each neuron of the last population, and
/// as read_network does.
loaded_model load_network(const std::string& path, const import_options& import, real_type precision = real_type::f64);

std::span<const population> populations_of(const loaded_model& model);

}  // namespace firstspike
