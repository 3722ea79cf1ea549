// Populations and projections: their description, and the validated network that the schedulers run.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/engine/convolution.hpp"
#include "firstspike/engine/synapse_table.hpp"
#include "firstspike/engine/time.hpp"

namespace firstspike {

enum class synapse_kernel : std::uint8_t {
  step,  ///< a spike adds its weight to v_m at once; the neuron fires when v_m > v_th (S4NN, Spiking-GAN)
  ramp,  ///< a spike adds a constant current; the neuron fires when v_m reaches v_th
};

enum class population_kind : std::uint8_t {
  source,   ///< firing times are given with each sample
  bias,     ///< fires at t_fire in every sample
  neurons,  ///< integrate-and-fire, at most one spike each
};

struct population {
  std::string name;  ///< not empty, unique in the network
  population_kind kind = population_kind::neurons;
  std::uint32_t size = 0;
  std::vector<double> v_th;  ///< [size], finite, > 0; empty for sources and bias neurons
  /// bias: its firing time [steps], finite. neurons: the start of the fire phase, or `never` for neurons that are
  /// always tested against v_th. Until t_fire a neuron with a fire phase integrates and is not tested. Arrivals at
  /// t_fire count, later ones are ignored, and currents stop at t_fire. source: `never`.
  double t_fire = never;
  /// Fire phase [t_fire, t_close): the threshold is v_th - threshold_slope (t - t_fire) [1 / step], finite, >= 0. The
  /// neuron fires when the threshold reaches V = v_m(t_fire), or at t_fire if V >= v_th. 0 without a fire phase.
  double threshold_slope = 0;
  /// Without a fire phase, arrivals at t_close or later are ignored, and currents stop at t_close. Neurons do not fire
  /// at t_close or later [steps]. Sources and bias neurons ignore it.
  double t_close = never;
  grid shape{};  ///< rows x columns x channels = size, or 0 x 0 x 0 for neurons without an arrangement

  friend bool operator==(const population&, const population&) = default;
};

/// All synapses from one population to another, as described by the caller.
template <class Real>
struct projection {
  std::uint32_t pre = 0;   ///< population index
  std::uint32_t post = 0;  ///< population index; its kind is `neurons`
  synapse_kernel kernel = synapse_kernel::step;
  bool sparse = false;
  double delay = 0;           ///< not sparse: of every synapse, [steps], 0 or >= shortest_delay
  std::vector<Real> weights;  ///< dense: [pre][post], row-major, finite; shared: as in `convolution`
  /// sparse only: a list of `synapse`, in any order; equal (pre, delay) are summed in the order given. Large
  /// projections are better built in rows (synapse_table.hpp).
  synapse_table<Real> synapses;
  std::optional<convolution> shared{};  ///< the weights are shared; both populations have a `shape`
  friend bool operator==(const projection&, const projection&) = default;
};

/// The synapses of one presynaptic neuron in one projection with equal delays. Its spike reaches all of them at once.
struct fan_out {
  std::uint32_t pre;  ///< global id
  std::uint32_t projection;
  std::uint32_t count;  ///< of synapses, above 0
  /// dense, sparse: synapses [first, first + count) of the projection's weights or synapses. shared: the index of `pre`
  /// in its population, whose patch has `count` synapses.
  std::size_t first;
  double delay;  ///< [steps]
  friend bool operator==(const fan_out&, const fan_out&) = default;
};

/// A validated network. Neurons have global ids: population order, then index. The structure is fixed; weights may
/// change.
///
/// Order of summation (docs/design.md, "Order"): a neuron sums its arrivals by (arrival time, rank of the presynaptic
/// population, presynaptic id, projection, delay), and synapses of one fan-out in the order of the description.
template <class Real>
class network {
 public:
  network() = default;
  /// Throws std::invalid_argument, with population or projection and the invalid value, if a field is out of the ranges
  /// above, the inputs of one population have different kernels, or projections of zero delay form a cycle.
  network(std::vector<population> populations, std::vector<projection<Real>> projections);

  std::span<const population> populations() const { return populations_; }
  std::size_t projection_count() const { return projections_.size(); }
  std::uint32_t neuron_count() const { return first_id_.empty() ? 0 : first_id_.back(); }
  std::uint32_t source_count() const { return source_count_; }
  std::uint32_t first_id(std::size_t population) const { return first_id_[population]; }
  std::uint32_t population_of(std::uint32_t id) const;

  /// Longest path of zero-delay projections that ends at the population.
  std::uint32_t rank(std::size_t population) const { return rank_[population]; }
  /// True for neurons that integrate until t_fire and then fire by a falling threshold.
  bool has_fire_phase(std::size_t population) const {
    const auto& p = populations_[population];
    return p.kind == population_kind::neurons && p.t_fire < never;
  }
  /// A spike that arrives at a population at this time or later is ignored [steps].
  double end_of_arrivals(std::size_t population, double t_max) const;
  /// A neuron of the population does not fire at this time or later: min(t_close, t_max) [steps].
  double end_of_firing(std::size_t population, double t_max) const {
    return std::min(populations_[population].t_close, t_max);
  }
  /// The kernel of a population's inputs; step if it has none.
  synapse_kernel kernel(std::size_t population) const { return kernel_[population]; }
  /// True if a dense projection ends at the population: then every arrival reaches all its neurons.
  bool dense_fed(std::size_t population) const { return dense_fed_[population]; }
  /// True if no path of projections, with any delays, is a cycle.
  bool acyclic() const { return topological_order_.size() == populations_.size(); }
  /// Populations in topological order; requires acyclic().
  std::span<const std::uint32_t> topological_order() const { return topological_order_; }

  std::uint32_t pre(std::size_t projection) const { return projections_[projection].pre; }
  std::uint32_t post(std::size_t projection) const { return projections_[projection].post; }
  /// As given to the constructor, except that synapses are in rows: sorted by (pre, delay, given order).
  const projection<Real>& describe(std::size_t projection) const { return projections_[projection]; }

  /// The shortest and the longest delay above 0 of all synapses [steps]; `never` and 0 if there is none.
  std::pair<double, double> delay_range() const { return delay_range_; }
  /// The projections that leave a population, by index.
  std::span<const std::uint32_t> leaving(std::size_t population) const { return leaving_[population]; }
  /// Calls visit(const fan_out&) for the fan-outs of neuron `id`, by (projection, delay).
  template <class Visit>
  void for_each_fan_out(std::uint32_t id, const Visit& visit) const;

  /// Calls visit(postsynaptic index, weight) for the synapses of a fan-out, in their order.
  template <class Visit>
  void for_each_synapse(const fan_out& out, const Visit& visit) const;
  /// Calls visit(weight) for those that lead to neuron `index` of the postsynaptic population.
  template <class Visit>
  void for_each_synapse_to(std::uint32_t index, const fan_out& out, const Visit& visit) const;
  /// The synapses of presynaptic neuron `index` in a projection with shared weights.
  patch patch_from(std::size_t projection, std::uint32_t index) const { return patches_[projection][index]; }
  /// The patches of all of them.
  const patch_table& patches(std::size_t projection) const { return patches_[projection]; }
  /// Calls visit(presynaptic index) for the synapses of postsynaptic neuron `index` in such a projection, in ascending
  /// order.
  template <class Visit>
  void for_each_presynaptic(std::size_t projection, std::uint32_t index, const Visit& visit) const {
    const auto& p = projections_[projection];
    firstspike::for_each_presynaptic(*p.shared, populations_[p.pre].shape, populations_[p.post].shape, index, visit);
  }
  /// The index into the weights of such a projection of the synapse between two neurons, by their indices; none if
  /// there is no synapse.
  std::optional<std::size_t> weight_between(std::size_t projection, std::uint32_t pre, std::uint32_t post) const {
    const auto& p = projections_[projection];
    return firstspike::weight_between(*p.shared, populations_[p.pre].shape, populations_[p.post].shape, pre, post);
  }

  /// Weights of a projection that is not sparse, as in `projection`, to read or to train (keep them finite).
  std::span<Real> weights(std::size_t projection) { return projections_[projection].weights; }
  std::span<const Real> weights(std::size_t projection) const { return projections_[projection].weights; }

  /// [neuron] the firing times that are known before a run: those of sources as given (`source_times` [source], sources
  /// in population order, [steps]) and of bias neurons. `never` for all other neurons and for times outside [0, t_max).
  std::vector<double> given_times(std::span<const double> source_times, double t_max) const;
  /// The same to `times` [neuron].
  void write_given_times(std::span<const double> source_times, double t_max, std::span<double> times) const;

 private:
  void check_projection(std::size_t index) const;
  void check_weight_count(std::size_t index, const std::string& where) const;
  void check_synapses(std::size_t index, const std::string& where) const;
  void derive_kernels();
  void derive_ranks();
  void derive_leaving();

  std::vector<population> populations_;
  std::vector<projection<Real>> projections_;  // synapses in rows
  std::vector<patch_table> patches_;           // [projection], where weights are shared
  std::vector<std::uint32_t> first_id_;        // [populations + 1]
  std::vector<std::uint32_t> rank_;
  std::vector<synapse_kernel> kernel_;
  std::vector<bool> dense_fed_;
  std::vector<std::uint32_t> topological_order_;
  std::vector<std::vector<std::uint32_t>> leaving_;  // [population]
  std::pair<double, double> delay_range_{never, 0};
  std::uint32_t source_count_ = 0;
};

template <class Real>
template <class Visit>
void network<Real>::for_each_fan_out(std::uint32_t id, const Visit& visit) const {
  const auto population = population_of(id);
  const auto index = id - first_id_[population];
  for (const auto i : leaving_[population]) {
    const auto& p = projections_[i];
    if (p.shared) {
      const auto count = patch_from(i, index).size();
      if (count > 0) visit(fan_out{id, i, count, index, p.delay});
      continue;
    }
    if (!p.sparse) {
      const auto count = populations_[p.post].size;
      visit(fan_out{id, i, count, std::size_t{index} * count, p.delay});
      continue;
    }
    const auto& delays = p.synapses.delays();
    const std::size_t row_end = p.synapses.first(index + 1);
    for (std::size_t first = p.synapses.first(index); first < row_end;) {
      auto end = first + 1;
      while (end < row_end && delays[end] == delays[first]) ++end;
      visit(fan_out{id, i, static_cast<std::uint32_t>(end - first), first, delays[first]});
      first = end;
    }
  }
}

template <class Real>
template <class Visit>
void network<Real>::for_each_synapse(const fan_out& out, const Visit& visit) const {
  const auto& p = projections_[out.projection];
  if (p.shared) {
    const auto factor = pooling_factor<Real>(*p.shared);
    firstspike::for_each_synapse(
        patch_from(out.projection, static_cast<std::uint32_t>(out.first)),
        [&](std::uint32_t post, std::size_t weight) { visit(post, p.weights[weight] * factor); });
    return;
  }
  for (std::uint32_t k = 0; k < out.count; ++k) {
    p.sparse ? visit(p.synapses.post()[out.first + k], p.synapses.weights()[out.first + k])
             : visit(k, p.weights[out.first + k]);
  }
}

template <class Real>
template <class Visit>
void network<Real>::for_each_synapse_to(std::uint32_t index, const fan_out& out, const Visit& visit) const {
  const auto& p = projections_[out.projection];
  if (p.shared) {
    const auto weight = weight_between(out.projection, static_cast<std::uint32_t>(out.first), index);
    if (weight) visit(p.weights[*weight] * pooling_factor<Real>(*p.shared));
  } else if (p.sparse) {
    for_each_synapse(out, [&](std::uint32_t post, Real weight) {
      if (post == index) visit(weight);
    });
  } else {
    visit(p.weights[out.first + index]);
  }
}

/// The same network with sparse projections instead of those with shared weights. Its results are bit-identical, unless
/// a projection without delay has no synapse at all: then ranks, and with them the order of sums, may differ.
template <class Real>
network<Real> expanded(const network<Real>& from);

/// The same network in the other precision.
template <class To, class From>
network<To> with_precision(const network<From>& from);

}  // namespace firstspike
