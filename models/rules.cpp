#include "firstspike/models/rules.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <functional>
#include <utility>

#include "firstspike/engine/parallel.hpp"

namespace firstspike {
namespace {

// Of one layer on samples [first, end).
template <class Real>
layer_pass<Real> pass_of(const backprop_pass<Real>& pass, std::size_t l, std::size_t first, std::size_t end,
                         backprop_memory<Real>& memory) {
  const bool is_wanted = l > 0 || pass.options.to_sources;
  auto& to_pre = l > 0 ? memory.layers[l - 1].dl_dt : memory.to_sources;
  return {pass.net, pass.layers[l], pass.times, pass.options,     l + 1 == pass.layers.size(),
          l == 0,   first,          end,        memory.layers[l], is_wanted ? std::span(to_pre) : std::span<Real>()};
}

// A hidden layer that is silent on a sample has a gradient that makes its neurons fire.
template <class Real>
void wake(const layer_pass<Real>& layer, std::size_t sample, Real strongest) {
  const bool is_dead = layer.options.wake && !layer.is_last && std::ranges::min(layer.spike_times(sample)) == never;
  if (is_dead) {
    std::ranges::fill(std::span(layer.memory.dl_dt).subspan(sample * layer.post_size(), layer.post_size()), strongest);
  }
  layer.memory.wakes[sample] = layer.options.wake && (layer.is_last || is_dead);
}

// Adds the sparsity term to dL/dt of the spikes of the layer before, in one sample.
template <class Real>
void add_sparsity(const layer_pass<Real>& layer, std::size_t sample, double decision, Real share) {
  const auto before = layer.times_of(sample).subspan(layer.net.first_id(layer.of.pre), layer.pre_size());
  const auto to_pre = layer.dl_dt_pre.subspan(sample * layer.pre_size(), layer.pre_size());
  for (std::size_t i = 0; i < to_pre.size(); ++i) {
    if (before[i] < decision) to_pre[i] -= share;
  }
}

}  // namespace

template <class Real>
backprop_memory<Real>::backprop_memory(const network<Real>& net, std::span<const layer> chain, std::size_t samples,
                                       bool sources) {
  for (const auto& l : chain) {
    const auto size = samples * net.populations()[l.population].size;
    layers.push_back({std::vector<Real>(size), std::vector<Real>(size), std::vector<Real>(size),
                      std::vector<double>(samples), std::vector<std::uint8_t>(samples)});
  }
  if (sources) to_sources.resize(samples * net.populations()[chain.front().pre].size);
}

template <class Real>
void backprop(const backprop_pass<Real>& pass, std::size_t first, std::size_t end, backprop_memory<Real>& memory) {
  assert(end - first <= gradient_block && end * pass.net.neuron_count() <= pass.times.size());
  const auto& o = pass.options;
  const auto share =
      static_cast<Real>(o.sparsity / static_cast<double>(std::max<std::size_t>(1, pass.layers.size() - 1)));
  std::array<Real, gradient_block> strongest{};
  std::array<double, gradient_block> decision{};
  for (std::size_t l = pass.layers.size(); l-- > 0;) {
    const auto layer = pass_of(pass, l, first, end, memory);
    for (auto sample = first; sample < end; ++sample) {
      if (layer.is_last) {
        decision[sample - first] = std::ranges::min(layer.spike_times(sample));
        strongest[sample - first] =
            std::abs(*std::ranges::max_element(layer.dl_dt(sample), {}, [](Real d) { return std::abs(d); }));
      }
      wake(layer, sample, strongest[sample - first]);
    }
    std::get<backward_pass<Real>>(pass.rule.backward)(layer);
    if (o.sparsity == 0 || layer.is_first) continue;
    for (auto sample = first; sample < end; ++sample) {
      if (decision[sample - first] != never) add_sparsity(layer, sample, decision[sample - first], share);
    }
  }
}

template <class Real>
void sum_gradients(const backprop_pass<Real>& pass, backprop_memory<Real>& memory, gradients<Real>& g,
                   unsigned threads) {
  constexpr std::size_t rows_in_task = 32;
  const auto samples = pass.times.size() / pass.net.neuron_count();
  const auto weight_row = std::get<weight_row_gradient<Real>>(pass.rule.weight_row);
  const auto tasks_of = [&](std::size_t l) {
    return (pass.net.populations()[pass.layers[l].pre].size + rows_in_task - 1) / rows_in_task;
  };
  std::size_t tasks = 0;
  for (std::size_t l = 0; l < pass.layers.size(); ++l) tasks += tasks_of(l);
  parallel_for(tasks, threads, [&](std::size_t task) {
    std::size_t l = 0;
    for (; task >= tasks_of(l); ++l) task -= tasks_of(l);
    const auto layer = pass_of(pass, l, 0, samples, memory);
    if (task == 0 && layer.of.bias) weight_row(layer, *layer.of.bias, 0, g);
    const auto last = std::min(layer.pre_size(), (task + 1) * rows_in_task);
    for (auto pre = task * rows_in_task; pre < last; ++pre) weight_row(layer, layer.of.weights, pre, g);
  });
}

template <class Real>
std::vector<Real> backprop(const learning_rule& rule, const network<Real>& net, std::span<const layer> layers,
                           std::span<const double> times, std::span<const Real> dl_dt, const rule_options& options,
                           gradients<Real>* g) {
  assert(times.size() == net.neuron_count() && dl_dt.size() == net.populations()[layers.back().population].size);
  backprop_memory<Real> memory(net, layers, 1, options.to_sources);
  std::ranges::copy(dl_dt, memory.layers.back().dl_dt.begin());
  const backprop_pass<Real> pass{rule, net, layers, times, options};
  backprop(pass, 0, 1, memory);
  if (g) {
    gradients<Real> of_sample(net);
    sum_gradients(pass, memory, of_sample, 1);
    for (std::size_t p = 0; p < of_sample.dw.size(); ++p) {
      for (std::size_t pre = 0; pre < of_sample.reached[p].size(); ++pre) {
        if (of_sample.reached[p][pre] == 0) continue;
        const auto from = std::as_const(of_sample).row(p, pre);
        std::ranges::transform(from, g->row(p, pre), g->row(p, pre).begin(), std::plus{});
      }
    }
  }
  return std::move(memory.to_sources);
}

template backprop_memory<float>::backprop_memory(const network<float>&, std::span<const layer>, std::size_t, bool);
template backprop_memory<double>::backprop_memory(const network<double>&, std::span<const layer>, std::size_t, bool);
template void backprop(const backprop_pass<float>&, std::size_t, std::size_t, backprop_memory<float>&);
template void backprop(const backprop_pass<double>&, std::size_t, std::size_t, backprop_memory<double>&);
template void sum_gradients(const backprop_pass<float>&, backprop_memory<float>&, gradients<float>&, unsigned);
template void sum_gradients(const backprop_pass<double>&, backprop_memory<double>&, gradients<double>&, unsigned);
template std::vector<float> backprop(const learning_rule& rule, const network<float>& net,
                                     std::span<const layer> layers, std::span<const double> times,
                                     std::span<const float> dl_dt, const rule_options& options, gradients<float>* g);
template std::vector<double> backprop(const learning_rule& rule, const network<double>& net,
                                      std::span<const layer> layers, std::span<const double> times,
                                      std::span<const double> dl_dt, const rule_options& options, gradients<double>* g);

}  // namespace firstspike
