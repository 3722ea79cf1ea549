#include "firstspike/traces/loaded_model.hpp"

#include "firstspike/engine/require.hpp"
#include "firstspike/traces/missing_answers.hpp"
#include "firstspike/traces/network_file.hpp"

namespace firstspike {

loaded_model in_precision(network<double> net, real_type precision) {
  loaded_model model;
  model.precision = precision;
  if (precision == real_type::f32) {
    model.net = with_precision<float>(net);
  } else {
    model.net = std::move(net);
  }
  return model;
}

loaded_model load(stored_model stored, std::optional<real_type> precision) {
  const auto own = stored.single_precision ? real_type::f32 : real_type::f64;
  auto model = in_precision(std::move(stored.net), precision.value_or(own));
  model.t_in = stored.t_in;
  model.t_max = stored.t_max;
  model.label_of_output = std::move(stored.label_of_output);
  model.metadata = std::move(stored.metadata);
  model.regime = std::move(stored.regime);
  model.trainable = std::move(stored.trainable);
  return model;
}

loaded_model load_network(const std::string& path, const import_options& import, real_type precision) {
  refuse_unused_code(import);
  missing_answers missing;
  if (!import.t_max) missing["t_max"] = path + ": has no end of the window";
  if (!import.t_in && import.encodes_images) missing["t_in"] = path + ": has no length of the code of images";
  refuse_missing(missing);
  loaded_model model;
  model.precision = precision;
  if (precision == real_type::f32) {
    model.net = read_network_in<float>(path, import);
  } else {
    model.net = read_network_in<double>(path, import);
  }
  model.t_in = import.t_in.value_or(*import.t_max);
  model.t_max = *import.t_max;
  model.label_of_output = import.label_map.value_or(model.label_of_output);
  // Labels belong to the outputs, which are the last population.
  const auto populations = populations_of(model);
  const auto labels = model.label_of_output.size();
  const bool has_outputs = !populations.empty() && populations.back().kind == population_kind::neurons;
  const auto outputs = has_outputs ? populations.back().size : 0;
  require(labels == 0 || labels == outputs, "label_map has {} labels, the last population in {} has {} output neurons",
          labels, path, outputs);
  return model;
}

std::span<const population> populations_of(const loaded_model& model) {
  return std::visit([](const auto& net) { return net.populations(); }, model.net);
}

}  // namespace firstspike
