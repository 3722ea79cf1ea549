#include "firstspike/apps/simulation.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/progress.hpp"

namespace firstspike {
namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

/// Blocks that take a fraction of a second, however slow the network: progress moves, Ctrl-C is heard, memory stays
/// bounded.
std::size_t next_block(std::size_t block, double seconds) {
  constexpr std::size_t most = 512;
  if (seconds < 0.1) return std::min(most, block * 2);
  return seconds > 0.4 ? std::max<std::size_t>(1, block / 2) : block;
}

template <class Real>
simulation_totals run_all(const std::string& what, const network<Real>& net, const loaded_model& model,
                          const sample_input& input, const simulation_options& options, const record_sink& sink) {
  simulation_totals totals;
  totals.spikes.resize(net.populations().size());
  progress bar(what, input.count, "images");
  std::size_t block = options.engine == scheduler::naive ? options.threads : 8 * std::size_t{options.threads};
  for (std::size_t first = 0; first < input.count;) {
    if (interrupted()) throw interruption();
    const auto end = std::min(input.count, first + block);
    const auto times = input.times(first, end);
    const auto start = clock::now();
    const auto record = simulate(net, times, options);
    const auto seconds = seconds_since(start);
    totals.seconds += seconds;
    totals.samples += record.samples;
    totals.synaptic_events += count_synaptic_events(net, record, options.t_max);
    for (std::uint32_t p = 0; p < totals.spikes.size(); ++p) totals.spikes[p] += count_spikes(net, record, p);
    if (!input.labels.empty()) {
      const auto labels = std::span(input.labels).subspan(first, end - first);
      add(totals.decisions, read_out(net, record, labels, model.label_of_output, options.t_max));
    }
    if (sink) sink(record);
    first = end;
    bar.at(first);
    block = next_block(block, seconds);
  }
  bar.finish();
  return totals;
}

}  // namespace

simulation_totals run_samples(const std::string& what, const loaded_model& model, const sample_input& input,
                              simulation_options options, const record_sink& sink) {
  options.t_max = model.t_max;
  options.potentials = options.potentials || !input.labels.empty();
  return std::visit([&](const auto& net) { return run_all(what, net, model, input, options, sink); }, model.net);
}

void check_early_exit(bool wanted, scheduler engine) {
  if (wanted && engine != scheduler::heap) throw usage_error("--early-exit needs --engine heap, which can stop");
}

std::string images_text(std::size_t count) { return grouped(count) + (count == 1 ? " image" : " images"); }

void add_decisions(json_object& object, const readout& decisions) {
  const auto means = means_of(decisions);
  object["accuracy"] = means.accuracy;
  object["accuracy_ties_counted"] = means.accuracy_ties_counted;
  object["accuracy_silent_wrong"] = means.accuracy_silent_wrong;
  object["no_spike"] = decisions.no_spike;
  object["decision_time"] = means.decision_time;
  object["spikes_to_decision"] = means.spikes_to_decision;
  object["spikes_full"] = means.spikes_full;
}

void add_decisions(json_object& object, const simulation_totals& totals) {
  add_decisions(object, totals.decisions);
  object["seconds_per_image"] = seconds_per_image(totals);
}

double seconds_per_image(const simulation_totals& totals) {
  return totals.seconds / static_cast<double>(totals.samples);
}

std::string decisions_text(const simulation_totals& totals) {
  const auto means = means_of(totals.decisions);
  const auto percent = [](double fraction) { return fmt::format("{:.2f}", 100 * fraction); };
  return table_text({{"accuracy, ties broken", percent(means.accuracy), "%"},
                     {"accuracy, ties counted as correct", percent(means.accuracy_ties_counted), "%"},
                     {"accuracy, silent counted as wrong", percent(means.accuracy_silent_wrong), "%"},
                     {"images without an output spike", grouped(totals.decisions.no_spike), ""},
                     {"decision time", fmt::format("{:.2f}", means.decision_time), "steps"},
                     {"spikes up to the decision", fmt::format("{:.2f}", means.spikes_to_decision), "per image"},
                     {"spikes in the whole window", fmt::format("{:.2f}", means.spikes_full), "per image"},
                     {"engine time", fmt::format("{:.4g}", 1000 * seconds_per_image(totals)), "ms per image"}},
                    false);
}

}  // namespace firstspike
