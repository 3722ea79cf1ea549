#include "firstspike/traces/loaded_model.hpp"

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

std::span<const population> populations_of(const loaded_model& model) {
  return std::visit([](const auto& net) { return net.populations(); }, model.net);
}

}  // namespace firstspike
