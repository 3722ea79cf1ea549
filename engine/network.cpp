#include "engine/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <tuple>

namespace firstspike {
namespace {

// Ranks share a 32-bit word with the kind of an event and a second rank (event_queue.hpp).
constexpr std::uint32_t highest_rank = (1u << 15) - 1;

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

void check_threshold(const population& p, double v_th, bool representable) {
  if (!(v_th > 0) || std::isinf(v_th) || !representable) {
    refuse(fmt::format("population {}: v_th = {}, allowed: finite and > 0 in the precision chosen", p.name, v_th));
  }
}

template <class Real>
void check_population(const population& p) {
  if (p.name.empty()) refuse("population: its name is empty; give each population a name");
  if (p.size == 0) refuse(fmt::format("population {}: size = 0, allowed: 1 or more", p.name));
  const std::size_t thresholds = p.kind == population_kind::neurons ? p.size : 0;
  if (p.v_th.size() != thresholds) {
    refuse(fmt::format("population {}: {} thresholds, needed: {}", p.name, p.v_th.size(), thresholds));
  }
  for (const double v_th : p.v_th) {
    const auto rounded = static_cast<Real>(v_th);
    check_threshold(p, v_th, rounded > 0 && !std::isinf(rounded));
  }
  if (!(p.t_open >= 0 && p.t_open < p.t_close) || p.t_open >= longest_window) {
    refuse(fmt::format("population {}: window [{}, {}), allowed: 0 <= t_open < t_close, t_open < 2^32", p.name, p.t_open,
                       p.t_close));
  }
}

void check_delay(const std::string& where, double delay) {
  if (delay == 0 || (delay >= shortest_delay && delay <= longest_window)) return;
  refuse(fmt::format("{}: delay = {}, allowed: 0, or from 2^-20 to 2^32 steps", where, delay));
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
    if (!names.insert(p.name).second) refuse(fmt::format("population {}: the name is used twice", p.name));
    id += p.size;
    if (id > 0xffffffffu) refuse(fmt::format("population {}: more than 2^32 - 1 neurons in all", p.name));
    first_id_.push_back(static_cast<std::uint32_t>(id));
    if (p.kind == population_kind::source) source_count_ += p.size;
  }
  for (std::size_t i = 0; i < projections_.size(); ++i) check_projection(i);
  derive_kernels();
  derive_ranks();
  derive_topological_order();
  derive_fan_outs();
}

template <class Real>
void network<Real>::check_projection(std::size_t index) const {
  const auto& p = projections_[index];
  if (p.pre >= populations_.size() || p.post >= populations_.size()) {
    refuse(fmt::format("projection {}: from population {} to {}, but there are {}", index, p.pre, p.post,
                       populations_.size()));
  }
  const auto& pre = populations_[p.pre];
  const auto& post = populations_[p.post];
  const auto where = fmt::format("projection {} ({} -> {})", index, pre.name, post.name);
  if (post.kind != population_kind::neurons) refuse(where + ": it ends at a source or reference, which takes no input");
  if (p.sparse ? !p.weights.empty() : !p.synapses.empty()) {
    refuse(where + ": a dense projection has weights, a sparse one has synapses, and neither has both");
  }
  const auto check_weight = [&where](Real weight) {
    if (!std::isfinite(weight)) refuse(fmt::format("{}: weight = {}, allowed: finite", where, weight));
  };
  if (!p.sparse) {
    check_delay(where, p.delay);
    const std::size_t needed = std::size_t{pre.size} * post.size;
    if (p.weights.size() != needed) {
      refuse(fmt::format("{}: {} weights, needed: {} x {}", where, p.weights.size(), pre.size, post.size));
    }
    std::for_each(p.weights.begin(), p.weights.end(), check_weight);
  }
  for (const auto& s : p.synapses) {
    if (s.pre >= pre.size || s.post >= post.size) {
      refuse(fmt::format("{}: synapse {} -> {}, allowed: pre below {}, post below {}", where, s.pre, s.post, pre.size,
                         post.size));
    }
    check_delay(where, s.delay);
    check_weight(static_cast<Real>(s.weight));
  }
}

template <class Real>
void network<Real>::derive_kernels() {
  kernel_.assign(populations_.size(), synapse_kernel::step);
  dense_fed_.assign(populations_.size(), false);
  std::vector<bool> seen(populations_.size());
  for (const auto& p : projections_) {
    if (seen[p.post] && kernel_[p.post] != p.kernel) {
      refuse(fmt::format("population {}: its inputs mix step and ramp; allowed: one kernel for all projections into a "
                         "population",
                         populations_[p.post].name));
    }
    seen[p.post] = true;
    kernel_[p.post] = p.kernel;
    if (!p.sparse) dense_fed_[p.post] = true;
  }
}

// Kahn's algorithm over the zero-delay projections; what is left over lies on, or behind, a cycle.
template <class Real>
void network<Real>::derive_ranks() {
  const auto has_zero_delay = [](const projection<Real>& p) {
    return p.sparse ? std::any_of(p.synapses.begin(), p.synapses.end(), [](const synapse& s) { return s.delay == 0; })
                    : p.delay == 0;
  };
  std::vector<std::vector<std::uint32_t>> next(populations_.size());
  std::vector<std::uint32_t> waiting_for(populations_.size());
  for (const auto& p : projections_) {
    if (!has_zero_delay(p)) continue;
    next[p.pre].push_back(p.post);
    ++waiting_for[p.post];
  }
  rank_.assign(populations_.size(), 0);
  std::vector<std::uint32_t> ready;
  for (std::uint32_t p = 0; p < populations_.size(); ++p) {
    if (waiting_for[p] == 0) ready.push_back(p);
  }
  for (std::size_t i = 0; i < ready.size(); ++i) {
    for (const auto post : next[ready[i]]) {
      rank_[post] = std::max(rank_[post], rank_[ready[i]] + 1);
      if (--waiting_for[post] == 0) ready.push_back(post);
    }
  }
  const auto deepest = std::max_element(rank_.begin(), rank_.end());
  if (deepest != rank_.end() && *deepest > highest_rank) refuse("network: more than 32,767 zero-delay projections in a row");
  if (ready.size() == populations_.size()) return;
  std::string stuck;
  for (std::size_t p = 0; p < populations_.size(); ++p) {
    if (waiting_for[p] != 0) stuck += (stuck.empty() ? "" : ", ") + populations_[p].name;
  }
  refuse("network: projections of zero delay form a cycle through or into " + stuck + "; give one of them a delay");
}

template <class Real>
void network<Real>::derive_topological_order() {
  std::vector<std::uint32_t> waiting_for(populations_.size());
  for (const auto& p : projections_) ++waiting_for[p.post];
  for (std::uint32_t p = 0; p < populations_.size(); ++p) {
    if (waiting_for[p] == 0) topological_order_.push_back(p);
  }
  for (std::size_t i = 0; i < topological_order_.size(); ++i) {
    for (const auto& p : projections_) {
      if (p.pre == topological_order_[i] && --waiting_for[p.post] == 0) topological_order_.push_back(p.post);
    }
  }
}

template <class Real>
void network<Real>::sort_synapses(std::size_t index) {
  auto& p = projections_[index];
  std::stable_sort(p.synapses.begin(), p.synapses.end(), [](const synapse& a, const synapse& b) {
    return std::tie(a.pre, a.delay) < std::tie(b.pre, b.delay);
  });
  for (const auto& s : p.synapses) {
    p.weights.push_back(static_cast<Real>(s.weight));
    targets_[index].push_back(s.post);
  }
}

template <class Real>
void network<Real>::derive_fan_outs() {
  std::vector<std::vector<std::uint32_t>> leaving(populations_.size());
  targets_.resize(projections_.size());
  for (std::uint32_t i = 0; i < projections_.size(); ++i) {
    leaving[projections_[i].pre].push_back(i);
    sort_synapses(i);
  }
  std::vector<std::size_t> next_synapse(projections_.size());
  for (std::uint32_t population = 0; population < populations_.size(); ++population) {
    for (std::uint32_t pre = 0; pre < populations_[population].size; ++pre) {
      first_fan_out_.push_back(static_cast<std::uint32_t>(fan_outs_.size()));
      for (const auto i : leaving[population]) {
        const auto& p = projections_[i];
        if (!p.sparse) {
          const auto count = populations_[p.post].size;
          fan_outs_.push_back({i, count, std::size_t{pre} * count, p.delay});
          continue;
        }
        auto& at = next_synapse[i];
        while (at < p.synapses.size() && p.synapses[at].pre == pre) {
          const auto first = at;
          while (at < p.synapses.size() && p.synapses[at].pre == pre && p.synapses[at].delay == p.synapses[first].delay) {
            ++at;
          }
          fan_outs_.push_back({i, static_cast<std::uint32_t>(at - first), first, p.synapses[first].delay});
        }
      }
    }
  }
  if (fan_outs_.size() > 0xffffffffu) refuse("network: more than 2^32 - 1 distinct (pre, projection, delay)");
  first_fan_out_.push_back(static_cast<std::uint32_t>(fan_outs_.size()));
  for (auto& p : projections_) p.synapses = {};
}

template <class Real>
std::uint32_t network<Real>::population_of(std::uint32_t id) const {
  assert(id < neuron_count());
  return static_cast<std::uint32_t>(std::upper_bound(first_id_.begin(), first_id_.end(), id) - first_id_.begin() - 1);
}

template <class Real>
std::uint32_t network<Real>::population_index(const std::string& name) const {
  std::string names;
  for (std::uint32_t p = 0; p < populations_.size(); ++p) {
    if (populations_[p].name == name) return p;
    names += (p == 0 ? "" : ", ") + populations_[p].name;
  }
  throw std::invalid_argument(fmt::format("no population {}; there are: {}", name, names));
}

template <class Real>
std::uint32_t network<Real>::pre_of_fan_out(std::uint32_t index) const {
  const auto after = std::upper_bound(first_fan_out_.begin(), first_fan_out_.end(), index);
  return static_cast<std::uint32_t>(after - first_fan_out_.begin() - 1);
}

template <class Real>
projection<Real> network<Real>::describe(std::size_t index) const {
  projection<Real> result = projections_[index];
  if (!result.sparse) return result;
  result.weights.clear();
  for (std::uint32_t id = first_id(result.pre); id < first_id(result.pre + 1); ++id) {
    for (auto f = first_fan_out(id); f < first_fan_out(id + 1); ++f) {
      const auto& out = fan_outs_[f];
      if (out.projection != index) continue;
      for (std::size_t s = out.first; s < out.first + out.count; ++s) {
        result.synapses.push_back({id - first_id(result.pre), targets_[index][s],
                                   static_cast<double>(projections_[index].weights[s]), out.delay});
      }
    }
  }
  return result;
}

template class network<float>;
template class network<double>;

template <class To, class From>
network<To> with_precision(const network<From>& from) {
  std::vector<projection<To>> projections;
  for (std::size_t i = 0; i < from.projection_count(); ++i) {
    auto p = from.describe(i);
    projections.push_back({p.pre, p.post, p.kernel, p.sparse, p.delay, {p.weights.begin(), p.weights.end()},
                           std::move(p.synapses)});
  }
  return {{from.populations().begin(), from.populations().end()}, std::move(projections)};
}

template network<float> with_precision(const network<float>&);
template network<float> with_precision(const network<double>&);
template network<double> with_precision(const network<float>&);
template network<double> with_precision(const network<double>&);

}  // namespace firstspike
