#include "firstspike/apps/model_input.hpp"

#include <fmt/core.h>

#include <array>

#include "firstspike/apps/output.hpp"
#include "firstspike/traces/network_file.hpp"

namespace firstspike {
namespace {

option_kind<std::vector<std::uint8_t>> label_list() {
  option_kind<std::vector<std::uint8_t>> kind{"L,L,...", {}, {}};
  kind.read = [](const std::string& value) {
    std::vector<std::uint8_t> labels;
    if (value == "none") return labels;
    for (const auto& label : text_list("").read(value)) {
      labels.push_back(static_cast<std::uint8_t>(whole_number(0, 255).read(label)));
    }
    return labels;
  };
  kind.show = [](const std::vector<std::uint8_t>& labels) {
    std::vector<std::string> texts;
    for (const auto label : labels) texts.push_back(std::to_string(label));
    return labels.empty() ? std::string("none") : joined(texts, ",");
  };
  return kind;
}

/// Labels belong to the outputs, which are the last population.
void check_label_map(const loaded_model& model, const std::string& file) {
  const auto populations = populations_of(model);
  const auto labels = model.label_of_output.size();
  if (labels == 0) return;
  const bool has_outputs = !populations.empty() && populations.back().kind == population_kind::neurons;
  if (has_outputs && labels == populations.back().size) return;
  throw usage_error(fmt::format("--label-map has {} labels, the last population in {} has {} output neurons", labels,
                                file, has_outputs ? populations.back().size : 0));
}

loaded_model load_network(const command_line& line, const model_options& options) {
  for (const auto* said_by_file : {"one-spike", "kernel", "delay"}) line.refuse_both("network", said_by_file);
  if (!options.import.t_max) throw usage_error("--network needs --t-max");
  auto model = in_precision(read_network(*options.network), options.precision.value_or(real_type::f64));
  model.t_in = options.import.t_in.value_or(model.t_in);
  model.t_max = *options.import.t_max;
  model.label_of_output = options.import.label_map.value_or(model.label_of_output);
  check_label_map(model, *options.network);
  return model;
}

}  // namespace

void add_model_options(command_line& line, model_options& options, bool any_network) {
  add_model_file_options(line, options, any_network);
  line.group("Run");
  line.add("engine", options.engine,
           one_of<scheduler>({{"heap", scheduler::heap}, {"sweep", scheduler::sweep}, {"naive", scheduler::naive}}),
           "scheduler: discrete events, layer by layer, or the slow oracle");
}

void add_model_file_options(command_line& line, model_options& options, bool any_network) {
  line.group("Model");
  line.add("model", options.model, file_path("M.h5"), "a trained network (NIR)");
  if (any_network) line.add("network", options.network, file_path("F.h5"), "any network (SONATA nodes and edges)");
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
            "the model's neurons shall fire at most once, where it does not say");
  line.add("kernel", options.import.kernel,
           one_of<synapse_kernel>({{"step", synapse_kernel::step}, {"ramp", synapse_kernel::ramp}}),
           "of the synapses, where the model does not say");
  line.add("delay", options.import.delay, real_number(0, longest_window),
           "from layer to layer [steps], where the model does not say");
}

loaded_model load_model(const command_line& line, const model_options& options) {
  if (options.network && options.model) line.refuse_both("model", "network");
  auto model = options.network ? load_network(line, options) : with_options_named(line, [&] {
    return load(read_model(*options.model, options.import), options.precision);
  });
  const bool recurrent = std::visit([](const auto& net) { return !net.acyclic(); }, model.net);
  if (recurrent && options.engine == scheduler::sweep) {
    throw usage_error("--engine = 'sweep', allowed for this recurrent network: heap or naive");
  }
  return model;
}

}  // namespace firstspike
