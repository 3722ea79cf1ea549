#include "firstspike/engine/network.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>
#include <stdexcept>

#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

// Ranks share a 32-bit word with the kind of an event and a second rank (event_queue.hpp).
constexpr std::uint32_t highest_rank = (1u << 15) - 1;

template <class Real>
void check_population(const population& p) {
  require(!p.name.empty(), "population: its name is empty; give each population a name");
  require(p.size > 0, "population {}: size = 0, allowed: 1 or more", p.name);
  const std::size_t thresholds = p.kind == population_kind::neurons ? p.size : 0;
  require(p.v_th.size() == thresholds, "population {}: {} thresholds, needed: {}", p.name, p.v_th.size(), thresholds);
  require(p.shape == grid{} || p.shape.size() == p.size,
          "population {}: shape = {} x {} x {}, allowed: rows x columns x channels = size = {}", p.name, p.shape.rows,
          p.shape.columns, p.shape.channels, p.size);
  for (const double v_th : p.v_th) {
    const auto rounded = static_cast<Real>(v_th);
    require(rounded > 0 && std::isfinite(rounded),
            "population {}: v_th = {}, allowed: finite and > 0 in the precision chosen", p.name, v_th);
  }
  require(p.t_close > 0, "population {}: t_close = {}, allowed: above 0", p.name, p.t_close);
  const auto slope = static_cast<Real>(p.threshold_slope);
  if (p.kind == population_kind::bias) {
    require(p.t_fire >= 0 && p.t_fire < longest_window,
            "population {}: t_fire = {}, allowed for a bias neuron: [0, 2^32)", p.name, p.t_fire);
  } else if (p.kind == population_kind::source) {
    require(p.t_fire == never, "population {}: t_fire = {}, allowed for a source: infinity", p.name, p.t_fire);
  } else if (p.t_fire != never) {
    require(p.t_fire >= 0 && p.t_fire < p.t_close && p.t_fire < longest_window,
            "population {}: fire phase [{}, {}), allowed: 0 <= t_fire < t_close, t_fire < 2^32", p.name, p.t_fire,
            p.t_close);
    require(slope >= 0 && std::isfinite(slope),
            "population {}: threshold_slope = {}, allowed: finite and >= 0 in the precision chosen", p.name,
            p.threshold_slope);
    return;
  }
  require(p.threshold_slope == 0, "population {}: threshold_slope = {}, allowed without a fire phase: 0", p.name,
          p.threshold_slope);
}

void check_delay(const std::string& where, double delay) {
  require(delay == 0 || (delay >= shortest_delay && delay <= longest_window),
          "{}: delay = {}, allowed: 0, or from 2^-20 to 2^32 steps", where, delay);
}

using edge = std::pair<std::uint32_t, std::uint32_t>;

struct path_lengths {
  std::vector<std::uint32_t> order;  // every edge leads forward; nodes on or behind a cycle are missing
  std::vector<std::uint32_t> depth;  // [node] longest path that ends there
};

// Kahn's algorithm.
path_lengths longest_paths(std::size_t nodes, const std::vector<edge>& edges) {
  path_lengths result{{}, std::vector<std::uint32_t>(nodes)};
  std::vector<std::vector<std::uint32_t>> next(nodes);
  std::vector<std::uint32_t> waiting_for(nodes);
  for (const auto& [pre, post] : edges) {
    next[pre].push_back(post);
    ++waiting_for[post];
  }
  for (std::uint32_t n = 0; n < nodes; ++n) {
    if (waiting_for[n] == 0) result.order.push_back(n);
  }
  for (std::size_t i = 0; i < result.order.size(); ++i) {
    const auto pre = result.order[i];
    for (const auto post : next[pre]) {
      result.depth[post] = std::max(result.depth[post], result.depth[pre] + 1);
      if (--waiting_for[post] == 0) result.order.push_back(post);
    }
  }
  return result;
}

}  // namespace

template <class Real>
network<Real>::network(std::vector<population> populations, std::vector<projection<Real>> projections)
    : populations_(std::move(populations)), projections_(std::move(projections)) {
  std::set<std::string> names;
  std::uint64_t id = 0;
  first_id_.push_back(0);
  for (const auto& p : populations_) {
    check_population<Real>(p);
    require(names.insert(p.name).second, "population {}: the name is used twice", p.name);
    id += p.size;
    require(id <= 0xffffffffu, "population {}: more than 2^32 - 1 neurons in all", p.name);
    first_id_.push_back(static_cast<std::uint32_t>(id));
    if (p.kind == population_kind::source) source_count_ += p.size;
  }
  for (std::size_t i = 0; i < projections_.size(); ++i) check_projection(i);
  derive_kernels();
  derive_ranks();
  derive_leaving();
}

template <class Real>
void network<Real>::check_projection(std::size_t index) const {
  const auto& p = projections_[index];
  require(p.pre < populations_.size() && p.post < populations_.size(),
          "projection {}: from population {} to {}, but there are {}", index, p.pre, p.post, populations_.size());
  const auto& pre = populations_[p.pre];
  const auto& post = populations_[p.post];
  const auto where = fmt::format("projection {} ({} -> {})", index, pre.name, post.name);
  require(post.kind == population_kind::neurons, "{}: it ends at a source or bias neuron, which takes no input", where);
  require(p.sparse ? p.weights.empty() : p.synapses.empty(),
          "{}: a dense projection has weights, a sparse one has synapses, and neither has both", where);
  require(!p.shared || !p.sparse, "{}: a projection with shared weights is not sparse", where);
  check_weight_count(index, where);
  check_delay(where, p.delay);
  for (const auto w : p.weights) require(std::isfinite(w), "{}: weight = {}, allowed: finite", where, w);
  check_synapses(index, where);
}

template <class Real>
void network<Real>::check_weight_count(std::size_t index, const std::string& where) const {
  const auto& p = projections_[index];
  const auto &pre = populations_[p.pre], &post = populations_[p.post];
  if (p.shared) {
    try {
      check(*p.shared, pre.shape, post.shape);
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(where + ": " + e.what());
    }
    require(p.weights.size() == weight_count(*p.shared, pre.shape, post.shape),
            "{}: {} weights, needed: {} x {} x {} x {} (presynaptic channels, kernel, postsynaptic channels)", where,
            p.weights.size(), pre.shape.channels, p.shared->kernel_rows, p.shared->kernel_columns, post.shape.channels);
    return;
  }
  const std::size_t needed = p.sparse ? 0 : std::size_t{pre.size} * post.size;
  require(p.weights.size() == needed, "{}: {} weights, needed: {} x {}", where, p.weights.size(), pre.size, post.size);
}

template <class Real>
void network<Real>::check_synapses(std::size_t index, const std::string& where) const {
  const auto& synapses = projections_[index].synapses;
  const auto pre_size = populations_[projections_[index].pre].size;
  const auto post_size = populations_[projections_[index].post].size;
  require(!synapses.in_rows() || synapses.row_count() == pre_size, "{}: synapses in {} rows, needed: {}", where,
          synapses.row_count(), pre_size);
  if (synapses.in_rows()) {  // column by column, as there may be many; the loop below is for the message
    const bool all_exist = std::ranges::all_of(synapses.post(), [=](auto post) { return post < post_size; });
    const bool all_finite = std::ranges::all_of(synapses.weights(), [](auto w) { return std::isfinite(w); });
    for (const double delay : synapses.delays().values()) check_delay(where, delay);
    if (all_exist && all_finite) return;
  }
  for (const auto& s : synapses) {
    require(s.pre < pre_size && s.post < post_size, "{}: synapse {} -> {}, allowed: pre below {}, post below {}", where,
            s.pre, s.post, pre_size, post_size);
    require(std::isfinite(s.weight), "{}: weight = {}, allowed: finite", where, s.weight);
    check_delay(where, s.delay);
  }
}

template <class Real>
void network<Real>::derive_kernels() {
  kernel_.assign(populations_.size(), synapse_kernel::step);
  dense_fed_.assign(populations_.size(), false);
  std::vector<bool> seen(populations_.size());
  for (const auto& p : projections_) {
    require(!seen[p.post] || kernel_[p.post] == p.kernel,
            "population {}: its inputs mix step and ramp; allowed: one kernel for all projections into a population",
            populations_[p.post].name);
    seen[p.post] = true;
    kernel_[p.post] = p.kernel;
    if (!p.sparse && !p.shared) dense_fed_[p.post] = true;
  }
}

template <class Real>
void network<Real>::derive_ranks() {
  std::vector<edge> all, of_zero_delay;
  for (const auto& p : projections_) {
    bool some_zero = false;
    for (const double d : p.sparse ? p.synapses.delays().values() : std::span(&p.delay, 1)) {
      some_zero = some_zero || d == 0;
      if (d > 0) delay_range_ = {std::min(delay_range_.first, d), std::max(delay_range_.second, d)};
    }
    all.emplace_back(p.pre, p.post);
    if (some_zero) of_zero_delay.emplace_back(p.pre, p.post);
  }
  topological_order_ = longest_paths(populations_.size(), all).order;
  auto [order, depth] = longest_paths(populations_.size(), of_zero_delay);
  rank_ = std::move(depth);
  require(rank_.empty() || *std::max_element(rank_.begin(), rank_.end()) <= highest_rank,
          "network: more than 32,767 zero-delay projections in a row; give some of them a delay");
  std::string stuck;
  for (std::uint32_t p = 0; p < populations_.size(); ++p) {
    if (std::ranges::find(order, p) == order.end()) stuck += " " + populations_[p].name;
  }
  require(stuck.empty(), "network: projections of zero delay form a cycle through or into:{}; give one of them a delay",
          stuck);
}

template <class Real>
void network<Real>::derive_leaving() {
  leaving_.resize(populations_.size());
  for (std::uint32_t i = 0; i < projections_.size(); ++i) {
    auto& p = projections_[i];
    leaving_[p.pre].push_back(i);
    patches_.push_back(p.shared ? patch_table(*p.shared, populations_[p.pre].shape, populations_[p.post].shape)
                                : patch_table());
    if (p.sparse) p.synapses.put_in_rows(populations_[p.pre].size);
  }
}

template <class Real>
std::uint32_t network<Real>::population_of(std::uint32_t id) const {
  assert(id < neuron_count());
  return static_cast<std::uint32_t>(std::upper_bound(first_id_.begin(), first_id_.end(), id) - first_id_.begin() - 1);
}

template <class Real>
double network<Real>::end_of_arrivals(std::size_t population, double t_max) const {
  const auto& p = populations_[population];
  return std::min(has_fire_phase(population) ? std::nextafter(p.t_fire, never) : p.t_close, t_max);
}

template <class Real>
std::vector<double> network<Real>::given_times(std::span<const double> source_times, double t_max) const {
  std::vector<double> times(neuron_count());
  write_given_times(source_times, t_max, times);
  return times;
}

template <class Real>
void network<Real>::write_given_times(std::span<const double> source_times, double t_max,
                                      std::span<double> times) const {
  assert(source_times.size() == source_count_ && times.size() == neuron_count());
  auto next = source_times.begin();
  for (std::uint32_t p = 0; p < populations_.size(); ++p) {
    const auto of_population = times.subspan(first_id_[p], populations_[p].size);
    std::ranges::fill(of_population, never);
    if (populations_[p].kind == population_kind::neurons) continue;
    for (auto& time : of_population) {
      const auto t = populations_[p].kind == population_kind::bias ? populations_[p].t_fire : *next++;
      if (t >= 0 && t < t_max) time = t;
    }
  }
}

template class network<float>;
template class network<double>;

template <class Real>
network<Real> expanded(const network<Real>& from) {
  std::vector<projection<Real>> projections;
  for (std::uint32_t i = 0; i < from.projection_count(); ++i) {
    auto p = from.describe(i);
    if (p.shared) {
      const auto first = from.first_id(p.pre), count = from.populations()[p.pre].size;
      std::vector<std::uint32_t> sizes(count);
      for (std::uint32_t pre = 0; pre < count; ++pre) sizes[pre] = from.patch_from(i, pre).size();
      auto synapses = synapse_table<Real>::with_row_sizes(sizes);
      for (std::uint32_t pre = 0; pre < count; ++pre) {
        from.for_each_synapse({first + pre, i, sizes[pre], pre, p.delay},
                              [&](std::uint32_t post, Real w) { synapses.place(pre, post, w, p.delay); });
      }
      synapses.finish();
      p = {p.pre, p.post, p.kernel, true, 0, {}, std::move(synapses)};
    }
    projections.push_back(std::move(p));
  }
  return {{from.populations().begin(), from.populations().end()}, std::move(projections)};
}

template network<float> expanded(const network<float>&);
template network<double> expanded(const network<double>&);

template <class To, class From>
network<To> with_precision(const network<From>& from) {
  std::vector<projection<To>> projections;
  for (std::size_t i = 0; i < from.projection_count(); ++i) {
    const auto& p = from.describe(i);
    projections.push_back({p.pre,
                           p.post,
                           p.kernel,
                           p.sparse,
                           p.delay,
                           {p.weights.begin(), p.weights.end()},
                           synapse_table<To>(p.synapses),
                           p.shared});
  }
  return {{from.populations().begin(), from.populations().end()}, std::move(projections)};
}

template network<float> with_precision(const network<float>&);
template network<float> with_precision(const network<double>&);
template network<double> with_precision(const network<float>&);
template network<double> with_precision(const network<double>&);

}  // namespace firstspike
