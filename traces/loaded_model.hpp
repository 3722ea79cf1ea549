// A network in the precision it runs in, with what is needed to run it: from a model file, or any network.
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
  std::vector<std::uint8_t> label_of_output;  ///< empty: the outputs are no classes
  run_metadata metadata{};                    ///< that a model's file records; a network's has none
  std::string regime{};                       ///< as in stored_model; empty for a network
  std::vector<std::uint8_t> trainable{};      ///< as in stored_model; empty for a network
};

/// A network in that precision; all else is as in a new loaded_model.
loaded_model in_precision(network<double> net, real_type precision);

/// A model that has been read; `precision` is the model's own where there is none.
loaded_model load(stored_model stored, std::optional<real_type> precision = {});

std::span<const population> populations_of(const loaded_model& model);

}  // namespace firstspike
