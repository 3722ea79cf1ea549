// Time of a simulation relative to its weight-row additions alone. See bench/README.md.
#include <fmt/core.h>

#include <boost/heap/d_ary_heap.hpp>
#include <cstdlib>
#include <filesystem>
#include <queue>

#include "firstspike/bench/measure.hpp"
#include "firstspike/bench/row_additions.hpp"
#include "firstspike/data/coding.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/engine/event_queue.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/evaluation/readout.hpp"

namespace firstspike {
namespace {

constexpr std::size_t images = 500;
constexpr std::size_t rounds = 9;
constexpr std::uint32_t pixels = 784, hidden = 400, outputs = 10;

/// MNIST's first test images, or noise with as many lit pixels (one in five).
std::vector<double> input_times() {
  const char* folder = std::getenv("FIRSTSPIKE_DATA");
  const std::filesystem::path file =
      std::filesystem::path(folder ? folder : "../shared/data/mnist") / "t10k-images-idx3-ubyte.gz";
  if (std::filesystem::exists(file)) {
    fmt::print("input: the first {} images of {}\n", images, file.string());
    return encode_image(images_between(read_idx_images(file), 0, images).pixels);
  }
  fmt::print("input: {} images of noise, as {} is missing\n", images, file.string());
  random_stream random(1, draw::tests);
  std::vector<std::uint8_t> noise(images * pixels);
  for (auto& p : noise) p = random.uniform() < 0.2 ? static_cast<std::uint8_t>(1 + random.below(255)) : 0;
  return encode_image(noise);
}

/// 784-400-10 with S4NN's initial weights (step kernel), or weights with which three in four hidden neurons fire
/// (ramp).
network<double> s4nn_sized(synapse_kernel kernel) {
  random_stream random(2, draw::tests);
  const bool step = kernel == synapse_kernel::step;
  std::vector<double> hidden(pixels * 400), output(400 * 10);
  for (auto& w : hidden) w = step ? 5 * random.uniform() : 0.01 + 0.05 * random.normal();
  for (auto& w : output) w = step ? 48 * random.uniform() : 0.05 + 0.1 * random.normal();
  const double v_th = step ? 100 : 150;
  return {{{"input", population_kind::source, pixels, {}},
           {"hidden", population_kind::neurons, 400, std::vector<double>(400, v_th)},
           {"output", population_kind::neurons, 10, std::vector<double>(10, v_th)}},
          {{0, 1, kernel, false, 1, hidden, {}}, {1, 2, kernel, false, 1, output, {}}}};
}

/// The rows of all spikes of one image that arrive in a run, by projection.
template <class Real>
struct spike_rows {
  std::vector<weight_row<Real>> hidden, output;
};

template <class Real>
std::vector<spike_rows<Real>> rows_of(const network<Real>& net, const spike_record& record, double t_max) {
  std::vector<spike_rows<Real>> rows(record.samples);
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto times = record.times_of(sample);
    for (std::uint32_t id = 0; id < pixels + hidden; ++id) {
      const bool input = id < pixels;
      const auto arrival = times[id] + net.describe(input ? 0 : 1).delay;
      if (!(arrival < t_max)) continue;
      const Real* w = input ? &net.weights(0)[id * hidden] : &net.weights(1)[(id - pixels) * outputs];
      (input ? rows[sample].hidden : rows[sample].output).push_back({static_cast<Real>(arrival), w});
    }
  }
  return rows;
}

template <class Real>
void compare_kernel(synapse_kernel kernel, const std::vector<double>& input, std::vector<candidate>& candidates) {
  const bool step = kernel == synapse_kernel::step;
  const double t_max = step ? 256 : 768;
  const auto net = with_precision<Real>(s4nn_sized(kernel));
  const auto record = simulate(net, input, {t_max});
  const auto name = fmt::format("{} f{}", step ? "step" : "ramp", 8 * sizeof(Real));
  fmt::print("{}: {} synaptic events and {} spikes an image\n", name,
             count_synaptic_events(net, record, t_max) / images,
             std::count_if(record.times.begin(), record.times.end(), [](double t) { return t < never; }) / images);
  candidates.push_back(
      {name + " additions", images, [=, rows = rows_of(net, record, t_max)] {
         for (const auto& image : rows) {
           step ? add_rows<Real, false, hidden>(image.hidden) : add_rows<Real, true, hidden>(image.hidden);
           step ? add_rows<Real, false, outputs>(image.output) : add_rows<Real, true, outputs>(image.output);
         }
       }});
  for (const auto engine : {scheduler::heap, scheduler::sweep}) {
    candidates.push_back({name + (engine == scheduler::heap ? " heap" : " sweep"), images, [=] {
                            simulate(net, input, {t_max, engine});
                          }});
  }
}

using standard_queue = std::priority_queue<event, std::vector<event>, std::greater<>>;

struct later {
  bool operator()(const event& a, const event& b) const { return a > b; }
};
using boost_queue = boost::heap::d_ary_heap<event, boost::heap::arity<4>, boost::heap::compare<later>>;

event first_of(const standard_queue& queue) { return queue.top(); }
event first_of(const boost_queue& queue) { return queue.top(); }
event first_of(event_queue& queue) {
  queue.open_next();
  return queue.next();
}

/// Hold model: with `pending` events in the queue, removes the earliest and inserts one that is 1 to 256 steps later.
template <class Queue>
candidate hold_model(const std::string& name, std::size_t pending) {
  random_stream random(3, draw::tests);
  std::vector<double> delays(1 << 16);
  for (auto& d : delays) d = 1 + 255 * random.uniform();
  Queue queue;
  for (std::uint32_t i = 0; i < pending; ++i)
    queue.push(event(delays[i % delays.size()], 0, event_kind::delivery, 0, i));
  return {name, 1 << 18, [=]() mutable {
            for (std::uint32_t i = 0; i < 1 << 18; ++i) {
              const auto e = first_of(queue);
              queue.pop();
              queue.push(event(e.time + delays[i % delays.size()], 0, event_kind::delivery, 0, e.id()));
            }
          }};
}

void print_table(const std::vector<candidate>& candidates, std::size_t group, double unit, const char* unit_name) {
  const auto times = medians(candidates, rounds);
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    fmt::print("{:<28} {:>9.1f} {}  {:>6.2f}\n", candidates[c].name, times[c] / unit, unit_name,
               times[c] / times[c / group * group]);
  }
}

void compare_schedulers() {
  const auto input = input_times();
  std::vector<candidate> candidates;
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    compare_kernel<float>(kernel, input, candidates);
    compare_kernel<double>(kernel, input, candidates);
  }
  fmt::print("\n784-400-10, one thread: time an image, and ratio to its weight-row additions\n");
  print_table(candidates, 3, 1000, "us");
}

void compare_queues() {
  fmt::print("\nhold model: time of a pop and a push, and ratio to event_queue\n");
  for (std::size_t pending = 1000; pending <= 10'000'000; pending *= 10) {
    const std::vector<candidate> candidates{
        hold_model<event_queue>(fmt::format("event_queue {}", pending), pending),
        hold_model<boost_queue>(fmt::format("d_ary_heap {}", pending), pending),
        hold_model<standard_queue>(fmt::format("std::priority_queue {}", pending), pending)};
    print_table(candidates, 3, 1, "ns");
  }
}

}  // namespace
}  // namespace firstspike

// engine_bench queues: only the queues.
int main(int count, char**) {
  if (count == 1) firstspike::compare_schedulers();
  firstspike::compare_queues();
}
