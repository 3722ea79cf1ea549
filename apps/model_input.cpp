#include "firstspike/apps/model_input.hpp"

#include <fmt/core.h>

#include <array>

#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/training/pretrained.hpp"

namespace firstspike {
namespace {

void check_combination(const command_line& line, const sample_options& options) {
  line.refuse_both("images", "spikes");
  line.refuse_both("count", "samples");
  if (options.first_spikes && !options.spikes) throw usage_error("--first-spikes needs --spikes, a file of spikes");
  for (const auto* file : {"images", "spikes"}) {
    line.refuse_both(file, "data");
    line.refuse_both(file, "set");
  }
  if (options.labels && !options.images && !options.spikes) {
    throw usage_error("--labels needs --images or --spikes, whose labels they are");
  }
}

}  // namespace

void add_model_options(command_line& line, model_options& options, bool any_network) {
  add_model_file_options(line, options, any_network);
  line.group("Run");
  line.add(
      "engine", options.engine, schedulers(),
      "scheduler: heap (discrete events), sweep (layer by layer), naive (the slow oracle); auto takes the faster one");
}

void add_model_file_options(command_line& line, model_options& options, bool any_network) {
  line.group("Model");
  line.add("model", options.model, file_path("M.h5|NAME"),
           "a trained network (NIR), or a pretrained one: digits-classifier");
  if (any_network) {
    line.add("network", options.network, file_path("F.h5"), "any network (SONATA: a file, or circuit_config.json)");
    line.add("v-th", options.import.v_th, real_number(0, longest_window, false),
             "thresholds, where the network has none");
  }
  line.add(
      "precision", options.precision, one_of<real_type>({{"f32", real_type::f32}, {"f64", real_type::f64}}),
      any_network ? "of the sums (default: the model's; f64 for --network)" : "of the sums (default: the model's)");
  line.add("t-max", options.import.t_max, real_number(0, longest_window, false),
           any_network ? "end of the window [steps], for --network or where the model does not say"
                       : "end of the window [steps], where the model does not say");
  line.add("t-in", options.import.t_in, real_number(1, longest_window),
           "length of the input code [steps], where the model does not say");
  line.add("label-map", options.import.label_map, label_list(),
           "label of each output, or none, where the model does not say");
  line.flag("one-spike", options.import.one_spike,
            "neurons shall fire at most once, where the model or network does not say");
  line.add("kernel", options.import.kernel, kernels(), "of the synapses, where the model or network does not say");
  line.add("delay", options.import.delay, real_number(0, longest_window),
           "of the synapses [steps], where the model or network does not say");
}

void check_early_exit(bool wanted, scheduler engine) {
  if (wanted && engine != scheduler::heap && engine != scheduler::automatic) {
    throw usage_error("--early-exit needs --engine heap, which can stop");
  }
}

loaded_model load_model(const command_line& line, const model_options& options) {
  if (options.network && options.model) line.refuse_both("model", "network");
  auto model = with_options_named(line, [&] {
    if (!options.network) return load(read_model(model_file(*options.model), options.import), options.precision);
    return load_network(*options.network, options.import, options.precision.value_or(real_type::f64));
  });
  const bool recurrent = std::visit([](const auto& net) { return !net.acyclic(); }, model.net);
  if (recurrent && options.engine == scheduler::sweep) {
    throw usage_error("--engine = 'sweep', allowed for this recurrent network: auto, heap or naive");
  }
  return model;
}

void add_sample_options(command_line& line, sample_options& options, bool spikes_and_range) {
  line.group("Input");
  line.add("images", options.images, file_path("F.idx[.gz]"), "images (default: those of the data set)");
  line.add("labels", options.labels, file_path("F.idx[.gz]"), "their labels");
  if (spikes_and_range)
    line.add("spikes", options.spikes, file_path("F.h5"), "input spikes (SONATA) instead of images");
  line.add("data", options.data, directory_path("DIR"), "where MNIST's files are, and nowhere else");
  line.add("set", options.set, one_of({"test", "train"}), "which of the data set's images");
  line.add("count", options.count, whole_number(1), "the first N samples only");
  if (spikes_and_range) line.add("samples", options.samples, index_range(), "samples A up to, not including, B only");
  if (spikes_and_range) line.flag("first-spikes", options.first_spikes, first_spikes_help);
  name_data_folders(line);
}

void check_network_and_input(const command_line& line, const model_options& model, const sample_options& samples) {
  line.require_one_of(std::array<std::string, 2>{"model", "network"});
  if (model.network && !samples.images && !samples.spikes && !samples.data) {
    throw usage_error("--network needs --images, --spikes or --data");
  }
}

network_input load_samples(const command_line& line, const sample_options& options, const loaded_model& model) {
  check_combination(line, options);
  input_request request{
      {options.images, options.labels, {}, options.set}, options.spikes, options.count, options.samples};
  request.first_spikes = options.first_spikes;
  download_bar bar;
  auto input = with_options_named(line, [&] {
    // A directory means MNIST, whatever the model was trained on.
    if (!options.images && !options.spikes && !options.data) request.images.data_set = data_set_of(model.metadata);
    request.images.data_set.directory = options.data;
    return load_input(model, request, bar.function());
  });
  for (const auto& note : input.notes) message(note);
  return input;
}

}  // namespace firstspike
