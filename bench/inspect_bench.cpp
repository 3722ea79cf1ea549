// Time of opening, next and back in an inspection of a network of 10^6 neurons, and its memory. See README.md.
#include <fmt/core.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/data/random.hpp"
#include "firstspike/inspect/instants.hpp"
#include "firstspike/inspect/timeline.hpp"

namespace firstspike {
namespace {

constexpr std::uint32_t source_total = 100'000, neuron_total = 900'000, synapses_each = 10;
constexpr double t_max = 256;
constexpr std::size_t checkpoint_bytes = std::size_t{1024} << 20;
constexpr double mib = 1 << 20;

struct setting {
  synapse_kernel kernel;
  bool whole;  // whole-number delays and times: up to 10^5 events an instant instead of one, so it has no time limit
};

network<double> draw_network(const setting& s) {
  random_stream random(5, draw::tests);
  const auto projection_from = [&](std::uint32_t pre, std::uint32_t pre_size) {
    projection<double> p{pre, 1, s.kernel, true, 0, {}, {}};
    p.synapses = synapse_table<double>::with_row_sizes(std::vector<std::uint32_t>(pre_size, synapses_each));
    for (std::uint32_t i = 0; i < pre_size; ++i) {
      for (std::uint32_t k = 0; k < synapses_each; ++k) {
        const double delay = s.whole ? 1 + random.below(32) : 1 + 31 * random.uniform();
        p.synapses.place(i, random.below(neuron_total), 1.5 * random.uniform() - 0.3, delay);
      }
    }
    p.synapses.finish();
    return p;
  };
  const double v_th = s.kernel == synapse_kernel::step ? 1 : 20;
  std::vector<population> layers{{"in", population_kind::source, source_total, {}},
                                 {"net", population_kind::neurons, neuron_total, {}}};
  layers[1].v_th.assign(neuron_total, v_th);
  std::vector<projection<double>> projections;
  projections.push_back(projection_from(0, source_total));
  projections.push_back(projection_from(1, neuron_total));
  return {std::move(layers), std::move(projections)};
}

std::vector<double> draw_times(const setting& s) {
  random_stream random(6, draw::tests);
  std::vector<double> times;
  for (std::uint32_t i = 0; i < source_total; ++i) {
    times.push_back(s.whole ? random.below(64) : 64 * random.uniform());
  }
  return times;
}

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A field of /proc/self/status [bytes].
double memory_field(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == name + ":" && status >> kib) return kib * 1024;
  }
  return 0;
}

/// A hundred moves, sorted, each in processor time (without other work on the machine) and wall-clock time.
struct hundred_moves {
  std::vector<double> processor, wall;  // [ms]
};

hundred_moves hundred(const std::function<void()>& move) {
  hundred_moves taken;
  for (int i = 0; i < 100; ++i) {
    const auto start = std::clock();
    taken.wall.push_back(1e3 * seconds(move));
    taken.processor.push_back(1e3 / CLOCKS_PER_SEC * static_cast<double>(std::clock() - start));
  }
  std::ranges::sort(taken.processor);
  std::ranges::sort(taken.wall);
  return taken;
}

void print_moves(std::string_view what, double t, const hundred_moves& taken) {
  fmt::print("  {:<22} {:>8.2f} {:>9.2f} {:>9.2f} {:>12.2f}\n", what, t, taken.processor[49], taken.processor[98],
             taken.wall[98]);
}

bool measure(const setting& s) {
  const auto net = draw_network(s);
  const auto times = draw_times(s);
  std::ofstream("/proc/self/clear_refs") << 5;  // resets the peak
  const auto before = memory_field("VmRSS");
  const auto bound = static_cast<double>(checkpoint_bytes + most_bytes_of_run(net));
  std::optional<timeline<double>> line;
  const auto opening = seconds([&] { line.emplace(net, times, t_max, checkpoint_bytes); });
  fmt::print("{} neurons, {} synapses, {}, {} times: opened in {:.2f} s\n", source_total + neuron_total,
             10 * (source_total + neuron_total), s.kernel == synapse_kernel::step ? "step" : "ramp",
             s.whole ? "whole" : "any", opening);
  fmt::print("  {:<22} {:>8} {:>9} {:>9} {:>12}\n", "100 moves of one", "from t", "median ms", "99th ms", "99th wall");
  bool fast = opening < 2;
  const auto moves = [&](std::string_view what, const std::function<void()>& move) {
    const auto from = line->now();
    const auto taken = hundred(move);
    fast = fast && taken.processor[98] < 50;
    print_moves(what, from, taken);
  };
  const auto next = [&] { next_instant(*line); };
  const auto back = [&] { line->go_to(line->position() - 1); };
  moves("next", next);
  for (const double t : {8.0, 40.0}) {
    const auto jump = seconds([&] { line->go_to_time(t); });
    fmt::print("  goto {} in {:.2f} s, instant {}\n", t, jump, line->position());
    if (line->position() > 110) moves("back", back);
    moves("next", next);
  }
  const auto jump = seconds([&] { line->go_to_time(20); });
  fmt::print("  goto 20 in {:.2f} s, instant {}\n", jump, line->position());
  next();
  const auto peak = memory_field("VmHWM") - before;
  const auto memory = line->memory();
  fmt::print("  peak memory {:.0f} MiB beside the network, bound {:.0f} MiB; {} checkpoints of {:.0f} MiB in all\n\n",
             peak / mib, bound / mib, memory.count, static_cast<double>(memory.held) / mib);
  return (fast || s.whole) && peak < bound;
}

}  // namespace
}  // namespace firstspike

int main() {
  using namespace firstspike;
  mallopt(M_MMAP_THRESHOLD, 1 << 20);  // as in the command: freed large arrays are returned to the system
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  bool all = true;
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    for (const bool whole : {false, true}) all = measure({kernel, whole}) && all;
  }
  fmt::print("{}\n", all ? "all within 2 s, 50 ms (99th of 100) and the bound" : "NOT all within the limits");
  return all ? 0 : 1;
}
