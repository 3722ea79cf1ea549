#include "firstspike/training/sample_runs.hpp"

#include <algorithm>

#include "firstspike/engine/require.hpp"
#include "firstspike/engine/text.hpp"

namespace firstspike {
namespace {

/// What is counted of a block of samples.
struct block_counts {
  std::uint64_t synaptic_events = 0;
  std::vector<std::uint64_t> spikes;  // [population]
  readout decisions{};
};

template <class Real>
block_counts count_block(const network<Real>& net, const loaded_model& model, const network_input& input,
                         std::size_t first, const spike_record& record) {
  block_counts counts;
  counts.synaptic_events = count_synaptic_events(net, record, model.t_max);
  for (std::uint32_t p = 0; p < net.populations().size(); ++p) counts.spikes.push_back(count_spikes(net, record, p));
  if (input.labels.empty()) return counts;
  const auto labels = std::span(input.labels).subspan(first, record.samples);
  counts.decisions = read_out(net, record, labels, model.label_of_output, model.t_max);
  return counts;
}

template <class Real>
sample_totals run_all(const network<Real>& net, const loaded_model& model, const network_input& input,
                      const sample_run_options& options, const progress_callback& progress) {
  const auto threads = options.run.threads;
  const auto engine = chosen_scheduler(net, options.run.engine, options.early_exit);
  const simulation_options run{model.t_max, engine, threads, options.potentials || !input.labels.empty(),
                               options.early_exit};
  std::optional<spike_trace_writer> trace;
  if (options.trace) {
    auto request = *options.trace;
    request.metadata.emplace("precision", model.precision == real_type::f32 ? "f32" : "f64");
    trace = open_trace(request, net.populations(), model.t_max);
  }
  sample_totals totals;
  totals.engine = engine;
  totals.spikes.resize(net.populations().size());
  totals.t_in = model.t_in;
  report_progress(progress, 0, input.count);
  const auto use = [&](std::size_t first, const spike_record& record) {
    return [&, counts = count_block(net, model, input, first, record)] {
      totals.samples += record.samples;
      totals.synaptic_events += counts.synaptic_events;
      for (std::size_t p = 0; p < totals.spikes.size(); ++p) totals.spikes[p] += counts.spikes[p];
      add(totals.decisions, counts.decisions);
      if (trace) append_record(*trace, net.populations(), record);
      if (options.on_record) options.on_record(record);
    };
  };
  totals.seconds = simulate_blocks(net, input.count, input.times, use, run, progress);
  for (std::size_t p = 0; p < totals.spikes.size(); ++p) {
    if (net.populations()[p].kind != population_kind::neurons) continue;
    totals.neurons += net.populations()[p].size;
    totals.emitted += totals.spikes[p];
  }
  if (trace) {
    trace->set_labels(input.known_labels);
    trace->finish();
  }
  return totals;
}

}  // namespace

decision_costs costs_of(const sample_totals& totals) {
  const auto samples = static_cast<double>(totals.samples);
  return {static_cast<double>(totals.emitted) / (samples * static_cast<double>(totals.neurons)),
          static_cast<double>(totals.synaptic_events) / samples,
          means_of(totals.decisions).decision_time / totals.t_in};
}

spike_trace_writer open_trace(const trace_request& request, std::span<const population> populations, double t_max) {
  auto recorded = trace_populations(populations, t_max);
  if (request.layers) {
    std::vector<std::string> names;
    for (const auto& p : recorded) names.push_back(p.name);
    for (const auto& layer : *request.layers) {
      require(std::ranges::find(names, layer) != names.end(), "no layer '{}', allowed: {}", layer, joined(names));
    }
    std::erase_if(recorded,
                  [&](const auto& p) { return std::ranges::find(*request.layers, p.name) == request.layers->end(); });
  }
  return {request.path, std::move(recorded), request.metadata, request.overwrite};
}

sample_totals run_samples(const loaded_model& model, const network_input& input, const sample_run_options& options,
                          const progress_callback& progress) {
  return std::visit([&](const auto& net) { return run_all(net, model, input, options, progress); }, model.net);
}

option_kind<sample_choice> sample_choices() {
  option_kind<sample_choice> kind{"N|wrong:N", {}, {}};
  kind.read = [](const std::string& value) {
    const bool wrong = value.starts_with("wrong:");
    return sample_choice{wrong, whole_number().read(wrong ? value.substr(6) : value)};
  };
  kind.show = [](const sample_choice& choice) {
    return fmt::format("{}{}", choice.wrong ? "wrong:" : "", choice.position);
  };
  return kind;
}

std::uint64_t chosen_sample(const sample_choice& choice, const loaded_model& model, const network_input& input,
                            const run_options& run, const progress_callback& progress) {
  const auto text = sample_choices().show(choice);
  if (!choice.wrong) {
    require(choice.position < input.count, "index = '{}', allowed: 0 to {}", text, input.count - 1);
    return choice.position;
  }
  require(!input.labels.empty(), "index = '{}' needs samples with labels, and a classifier", text);
  const auto totals = run_samples(model, input, {run}, progress);
  const auto wrong = misclassified(totals.decisions, input.labels, model.label_of_output);
  require(!wrong.empty(), "index = '{}', but no sample is misclassified", text);
  require(choice.position < wrong.size(), "index = '{}', allowed: 0 to {}", text, wrong.size() - 1);
  return wrong[choice.position];
}

}  // namespace firstspike
