// Time of a simulation on one and on two threads. See bench/README.md.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/data_sets.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/training/network_input.hpp"
#include "firstspike/training/sample_runs.hpp"

namespace firstspike {
namespace {

constexpr std::size_t rounds = 9;

/// Of one call [s].
struct call_time {
  double elapsed, processor;
};

struct call {
  std::string name;
  /// Returns the time that the call itself measures [s]; 0: none.
  std::function<double(unsigned threads)> run;
};

call_time timed(const call& c, unsigned threads) {
  const auto processor = std::clock();
  const auto start = std::chrono::steady_clock::now();
  const auto own = c.run(threads);
  const auto elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {own > 0 ? own : elapsed, static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC};
}

double median(std::vector<double> values) {
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), half, values.end());
  return *half;
}

std::vector<call> calls_of(const loaded_model& model, const network_input& input, const image_set& set,
                           const std::vector<std::uint32_t>& images, const std::vector<double>& times,
                           spike_record& kept, scheduler engine) {
  const auto& net = std::get<network<float>>(model.net);
  const auto options = [&model, engine](unsigned threads) { return simulation_options{model.t_max, engine, threads}; };
  return {
      {"`firstspike simulate`, its `seconds`",
       [&, engine](unsigned threads) {
         return run_samples(model, input, {{engine, threads}}).seconds;
       }},
      {"`run_samples`, with encoding and counts",
       [&, engine](unsigned threads) {
         return run_samples(model, input, {{engine, threads}}), 0.0;
       }},
      {"`simulate`, one call", [&, options](unsigned threads) { return simulate(net, times, options(threads)), 0.0; }},
      {"`simulate_into`, one call",
       [&, options](unsigned threads) { return simulate_into(kept, net, times, options(threads)), 0.0; }},
      {"`evaluate`, one call", [&, engine](unsigned threads) {
         evaluate(net, set, images, model.label_of_output, model.t_in, model.t_max, {engine, threads});
         return 0.0;
       }}};
}

void compare_threads(const std::string& path) {
  const auto model = load(read_model(path), real_type::f32);
  input_request request;
  if (const char* folder = std::getenv("FIRSTSPIKE_DATA")) request.images.data_set.directory = folder;
  request.images.data_set.allow_fetch = false;
  const auto input = load_input(model, request);
  const auto set = load_images(request.images).set;
  std::vector<std::uint32_t> images(set.count);
  std::iota(images.begin(), images.end(), 0);
  const auto times = encode_images(set, images, model.t_in);
  spike_record kept;
  fmt::print("| 10,000 images of {} | scheduler | 1 thread | 2 threads | times as fast | processor time |\n",
             input.from);
  fmt::print("|---|---|--:|--:|--:|--:|\n");
  for (const auto engine : {scheduler::sweep, scheduler::heap}) {
    for (const auto& c : calls_of(model, input, set, images, times, kept, engine)) {
      std::vector<double> one, two, faster, processor;
      for (std::size_t round = 0; round <= rounds; ++round) {
        const auto a = timed(c, 1), b = timed(c, 2);
        if (round == 0) continue;  // warm-up
        one.push_back(1e6 * a.elapsed / static_cast<double>(set.count));
        two.push_back(1e6 * b.elapsed / static_cast<double>(set.count));
        faster.push_back(a.elapsed / b.elapsed);
        processor.push_back(b.processor / a.processor);
      }
      fmt::print("| {} | {} | {:.2f} us | {:.2f} us | {:.2f} | {:.2f} |\n", c.name,
                 engine == scheduler::sweep ? "sweep" : "heap", median(one), median(two), median(faster),
                 median(processor));
    }
  }
}

}  // namespace
}  // namespace firstspike

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: threads_bench MODEL.h5\n");
    return 2;
  }
  try {
    firstspike::compare_threads(arguments[1]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "threads_bench: {}\n", error.what());
    return 1;
  }
}
