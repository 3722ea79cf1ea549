#include "firstspike/models/rules.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace firstspike {

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
    if (options.sparsity == 0 || is_first || decision == never) continue;
    const auto share = static_cast<Real>(options.sparsity / static_cast<double>(layers.size() - 1));
    const auto before = times.subspan(net.first_id(layers[l].pre), at_hand.size());
    for (std::size_t i = 0; i < at_hand.size(); ++i) {
      if (before[i] < decision) at_hand[i] -= share;
    }
  }
  return at_hand;
}

template std::vector<float> backprop(const learning_rule& rule, const network<float>& net,
                                     std::span<const layer> layers, std::span<const double> times,
                                     std::span<const float> dl_dt, const rule_options& options, gradients<float>* g);
template std::vector<double> backprop(const learning_rule& rule, const network<double>& net,
                                      std::span<const layer> layers, std::span<const double> times,
                                      std::span<const double> dl_dt, const rule_options& options, gradients<double>* g);

}  // namespace firstspike
