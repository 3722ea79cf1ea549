#include <algorithm>
#include <cassert>
#include <cmath>

#include "engine/require.hpp"
#include "models/rules.hpp"

namespace firstspike {

void check(const rule_options& o) {
  require(o.jump_length > 0 && o.jump_length <= longest_window, "jump_length = {}, allowed: above 0, up to 2^32",
          o.jump_length);
  require(o.jump_ahead >= 0 && o.jump_ahead <= o.jump_length, "jump_ahead = {}, allowed: 0 to jump_length = {}",
          o.jump_ahead, o.jump_length);
  require(o.surrogate_width >= 0 && o.surrogate_width < never, "surrogate_width = {}, allowed: 0 or more, finite",
          o.surrogate_width);
  require(o.min_slope >= 0 && o.min_slope < never, "min_slope = {}, allowed: 0 or more, finite", o.min_slope);
  require(o.sparsity >= 0 && o.sparsity < never, "sparsity = {}, allowed: 0 or more, finite", o.sparsity);
}

const learning_rule& rule_for(std::string_view name, std::string_view regime, synapse_kernel kernel) {
  const auto& rule = rule_called(name);
  const auto fits = [&](const learning_rule& r) { return r.regime == regime && r.kernel == kernel; };
  std::string fitting;
  for (const auto& other : all_rules()) fitting += fits(other) ? " " + std::string(other.name) : "";
  require(fits(rule), "rule = {}, allowed with regime {} and kernel {}:{}", name, regime,
          kernel == synapse_kernel::step ? "step" : "ramp", fitting.empty() ? " none" : fitting);
  return rule;
}

template <class Real>
std::vector<Real> backprop(const learning_rule& rule, const network<Real>& net, std::span<const layer> layers,
                           std::span<const double> times, std::span<const Real> dl_dt, const rule_options& options,
                           gradients<Real>* g) {
  assert(times.size() == net.neuron_count() && dl_dt.size() == net.populations()[layers.back().population].size);
  const double decision = std::ranges::min(times.subspan(net.first_id(layers.back().population), dl_dt.size()));
  std::vector<Real> at_hand(dl_dt.begin(), dl_dt.end());
  const Real strongest = std::abs(*std::ranges::max_element(dl_dt, {}, [](Real d) { return std::abs(d); }));
  for (std::size_t l = layers.size(); l-- > 0;) {
    const bool is_first = l == 0, is_last = l + 1 == layers.size();
    const auto of_layer = times.subspan(net.first_id(layers[l].population), at_hand.size());
    const bool is_dead = options.wake && !is_last && std::ranges::min(of_layer) == never;
    if (is_dead) std::ranges::fill(at_hand, strongest);
    const bool wakes = options.wake && (is_last || is_dead), is_wanted = !is_first || options.to_sources;
    const layer_pass<Real> pass{net, layers[l], times, options, is_last, wakes, is_first, is_wanted};
    at_hand = std::get<backward_pass<Real>>(rule.backward)(pass, at_hand, g);
    if (options.sparsity == 0 || is_first) continue;
    const auto before = times.subspan(net.first_id(layers[l].pre), at_hand.size());
    for (std::size_t i = 0; i < at_hand.size(); ++i) {
      if (before[i] < decision) at_hand[i] -= static_cast<Real>(options.sparsity);
    }
  }
  return at_hand;
}

template std::vector<float> backprop(const learning_rule&, const network<float>&, std::span<const layer>,
                                     std::span<const double>, std::span<const float>, const rule_options&,
                                     gradients<float>*);
template std::vector<double> backprop(const learning_rule&, const network<double>&, std::span<const layer>,
                                      std::span<const double>, std::span<const double>, const rule_options&,
                                      gradients<double>*);

}  // namespace firstspike
