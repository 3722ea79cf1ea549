#include "firstspike/models/rules.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <functional>
#include <utility>

#include "firstspike/engine/parallel.hpp"
#include "firstspike/models/training_kernels.hpp"

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

std::size_t blocks_of(std::size_t samples) { return (samples + gradient_block - 1) / gradient_block; }

// The sums over blocks of one projection with shared weights.
template <class Real>
struct shared_sums {
  std::uint32_t projection;
  Real factor;
  std::span<Real> blocks;  // [block][weight]
};

template <class Real>
std::vector<shared_sums<Real>> shared_sums_of(const backprop_pass<Real>& pass, backprop_memory<Real>& memory) {
  std::vector<shared_sums<Real>> all;
  for (std::size_t l = 0; l < pass.layers.size(); ++l) {
    const auto& shared = pass.net.describe(pass.layers[l].weights).shared;
    if (!shared) continue;
    all.push_back({pass.layers[l].weights, pooling_factor<Real>(*shared), memory.layers[l].blocks});
    if (pass.layers[l].bias) all.push_back({*pass.layers[l].bias, 1, memory.layers[l].bias_blocks});
    if (pass.layers[l].classes) all.push_back({*pass.layers[l].classes, 1, memory.layers[l].class_blocks});
  }
  return all;
}

// Adds the first `blocks` of shared_sums by the tree of sum_blocks(), in place, and sets the gradient from them.
template <class Real>
void add_blocks(const shared_sums<Real>& of, std::size_t blocks, gradients<Real>& g, unsigned threads) {
  constexpr std::size_t weights_at_once = 4096;
  auto& dw = g.dw[of.projection];
  parallel_for((dw.size() + weights_at_once - 1) / weights_at_once, threads, [&](std::size_t part) {
    const auto first = part * weights_at_once, length = std::min(weights_at_once, dw.size() - first);
    const auto block = [&](std::size_t b) { return of.blocks.data() + b * dw.size() + first; };
    for (std::size_t apart = 1; apart < blocks; apart *= 2) {
      for (std::size_t b = 0; b + apart < blocks; b += 2 * apart)
        kernels<Real>().add(block(b), block(b + apart), length);
    }
    for (std::size_t k = 0; k < length; ++k) dw[first + k] = of.factor * block(0)[k];
  });
  std::ranges::fill(g.reached[of.projection], std::uint8_t{1});
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

// dL/dw of one layer with shared weights, of one block of samples.
template <class Real>
void sum_shared(const backprop_pass<Real>& pass, std::size_t l, std::size_t block, std::size_t samples,
                backprop_memory<Real>& memory) {
  const auto first = block * gradient_block;
  const auto layer = pass_of(pass, l, first, std::min(samples, first + gradient_block), memory);
  const auto sum_of = [&](std::uint32_t projection, std::vector<Real>& blocks) {
    const auto size = pass.net.weights(projection).size();
    const auto sum = std::span(blocks).subspan(block * size, size);
    std::ranges::fill(sum, Real{0});
    std::get<shared_gradient<Real>>(pass.rule.shared)(layer, projection, sum);
  };
  sum_of(layer.of.weights, memory.layers[l].blocks);
  if (layer.of.bias) sum_of(*layer.of.bias, memory.layers[l].bias_blocks);
  if (layer.of.classes) sum_of(*layer.of.classes, memory.layers[l].class_blocks);
}

}  // namespace

template <class Real>
backprop_memory<Real>::backprop_memory(const network<Real>& net, std::span<const layer> chain, std::size_t samples,
                                       bool sources) {
  for (const auto& l : chain) {
    const auto size = samples * net.populations()[l.population].size;
    auto& m = layers.emplace_back();
    m.dl_dt.resize(size);
    m.factor.resize(size);
    m.fires.resize(size);
    m.end.resize(samples);
    m.wakes.resize(samples);
    const auto& shared = net.describe(l.weights).shared;
    if (!shared) continue;
    const auto blocks = blocks_of(samples);
    m.reversed.resize(net.weights(l.weights).size());
    m.pooled.resize(samples * pooled(*shared, net.populations()[l.pre].shape).size());
    m.blocks.resize(blocks * net.weights(l.weights).size());
    if (l.bias) m.bias_blocks.resize(blocks * net.weights(*l.bias).size());
    if (l.classes) m.class_blocks.resize(blocks * net.weights(*l.classes).size());
  }
  if (sources) to_sources.resize(samples * net.populations()[chain.front().pre].size);
}

template <class Real>
void start_backprop(const backprop_pass<Real>& pass, backprop_memory<Real>& memory) {
  for (std::size_t l = 0; l < pass.layers.size(); ++l) {
    const auto& shared = pass.net.describe(pass.layers[l].weights).shared;
    if (!shared) continue;
    const auto w = pass.net.weights(pass.layers[l].weights);
    const std::size_t cells = std::size_t{shared->kernel_rows} * shared->kernel_columns;
    const std::size_t pres = pass.net.populations()[pass.layers[l].pre].shape.channels;
    const std::size_t posts = pass.net.populations()[pass.layers[l].population].shape.channels;
    for (std::size_t pre = 0; pre < pres; ++pre) {
      for (std::size_t cell = 0; cell < cells; ++cell) {
        for (std::size_t post = 0; post < posts; ++post) {
          memory.layers[l].reversed[(post * cells + cell) * pres + pre] = w[(pre * cells + cell) * posts + post];
        }
      }
    }
  }
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
  const auto blocks = blocks_of(samples);
  const auto shares = [&](std::size_t l) { return pass.net.describe(pass.layers[l].weights).shared.has_value(); };
  const auto tasks_of = [&](std::size_t l) {
    return shares(l) ? blocks : (pass.net.populations()[pass.layers[l].pre].size + rows_in_task - 1) / rows_in_task;
  };
  std::size_t tasks = 0;
  for (std::size_t l = 0; l < pass.layers.size(); ++l) tasks += tasks_of(l);
  parallel_for(tasks, threads, [&](std::size_t task) {
    std::size_t l = 0;
    for (; task >= tasks_of(l); ++l) task -= tasks_of(l);
    if (shares(l)) return sum_shared(pass, l, task, samples, memory);
    const auto layer = pass_of(pass, l, 0, samples, memory);
    if (task == 0 && layer.of.bias) weight_row(layer, *layer.of.bias, 0, g);
    if (task == 0 && layer.of.classes) {
      const auto classes = pass.net.populations()[pass.net.pre(*layer.of.classes)].size;
      for (std::size_t pre = 0; pre < classes; ++pre) weight_row(layer, *layer.of.classes, pre, g);
    }
    const auto last = std::min(layer.pre_size(), (task + 1) * rows_in_task);
    for (auto pre = task * rows_in_task; pre < last; ++pre) weight_row(layer, layer.of.weights, pre, g);
  });
  for (const auto& sums : shared_sums_of(pass, memory)) add_blocks(sums, blocks, g, threads);
}

template <class Real>
std::vector<Real> backprop(const learning_rule& rule, const network<Real>& net, std::span<const layer> layers,
                           std::span<const double> times, std::span<const Real> dl_dt, const rule_options& options,
                           gradients<Real>* g) {
  assert(times.size() == net.neuron_count() && dl_dt.size() == net.populations()[layers.back().population].size);
  backprop_memory<Real> memory(net, layers, 1, options.to_sources);
  std::ranges::copy(dl_dt, memory.layers.back().dl_dt.begin());
  const backprop_pass<Real> pass{rule, net, layers, times, options};
  start_backprop(pass, memory);
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
template void start_backprop(const backprop_pass<float>&, backprop_memory<float>&);
template void start_backprop(const backprop_pass<double>&, backprop_memory<double>&);
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
