// Every file below is a valid file with a single fault; each must be refused with its own one-line message.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/checkpoint.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/network_file.hpp"
#include "firstspike/traces/spike_trace.hpp"

using namespace firstspike;

namespace {

struct fault {
  std::string file;   // KIND_NAME, as traces_malformed.py writes it
  std::string field;  // what the message must name besides the file
  std::string value;  // and what it must say about it
};

const std::vector<fault> trace_faults{
    {"trace_empty", "", "is empty (0 bytes)"},
    {"trace_text", "", "is not an HDF5 file"},
    {"trace_truncated", "", "truncated"},
    {"trace_no_spikes", "/spikes", "is missing"},
    {"trace_no_population", "/spikes", "no population"},
    {"trace_stray_dataset", "/spikes/stray", "is no group"},
    {"trace_wrong_magic", "magic", "0x7"},
    {"trace_later_version", "version", "2, 1, known: 0, 1"},
    {"trace_no_timestamps", "/spikes/hidden/timestamps", "is missing"},
    {"trace_no_node_ids", "/spikes/hidden/node_ids", "is missing"},
    {"trace_ids_too_few", "/spikes/hidden/node_ids", "3 entries, but timestamps 4"},
    {"trace_samples_too_few", "/spikes/hidden/sample_ids", "3 entries, but timestamps 4"},
    {"trace_time_nan", "/spikes/hidden/timestamps", "entry 1 = nan"},
    {"trace_time_inf", "/spikes/hidden/timestamps", "entry 2 = inf"},
    {"trace_time_negative", "/spikes/hidden/timestamps", "entry 0 = -1"},
    {"trace_time_after_stop", "/spikes/hidden/timestamps", "entry 1 = 300"},
    {"trace_times_2d", "/spikes/hidden/timestamps", "rank 2"},
    {"trace_times_strings", "/spikes/hidden/timestamps", "is string"},
    {"trace_times_group", "/spikes/hidden/timestamps", "is a group"},
    {"trace_times_huge", "/spikes/hidden/timestamps", "stores 0 bytes"},
    {"trace_times_overflow", "/spikes/hidden/timestamps", "overflows"},
    {"trace_units", "/spikes/hidden/timestamps", "units = 'fortnights'"},
    {"trace_ids_float", "/spikes/hidden/node_ids", "is f64"},
    {"trace_ids_negative", "/spikes/hidden/node_ids", "entry 2 = -1"},
    {"trace_id_too_large", "/spikes/hidden/node_ids", "entry 3 = 4"},
    {"trace_fires_twice", "/spikes/hidden/node_ids", "node 2 occurs twice in sample 0; a neuron fires at most once"},
    {"trace_by_time_untrue", "sorting says by_time", "timestamps[2] = 2 comes after 3"},
    {"trace_by_id_untrue", "sorting says by_id", "node_ids[2] = 1 comes after 2"},
    {"trace_sorting_word", "attribute sorting", "'by_mood'"},
    {"trace_sorting_value", "attribute sorting", "enum value 9"},
    {"trace_sorting_number", "attribute sorting", "is f64"},
    {"trace_offsets_first", "/spikes/hidden/sample_offsets", "begins with 1"},
    {"trace_offsets_drop", "/spikes/hidden/sample_offsets", "entry 2 = 2 is below"},
    {"trace_offsets_end", "/spikes/hidden/sample_offsets", "ends with 3"},
    {"trace_offsets_empty", "/spikes/hidden/sample_offsets", "is empty"},
    {"trace_sample_too_large", "/spikes/hidden/sample_ids", "entry 3 = 2, allowed: below 2"},
    {"trace_sample_wrong", "/spikes/hidden/sample_ids", "entry 1 = 1, but sample_offsets say 0"},
    {"trace_samples_unsorted", "/spikes/hidden/sample_ids", "entry 1 = 0 is below"},
    {"trace_samples_absurd", "/spikes/hidden/sample_ids", "4000000000"},
    {"trace_n_nodes_many", "attribute n_nodes", "2 values"},
    {"trace_t_start", "attribute t_start", "nan"},
    {"trace_t_stop", "attribute t_stop", "-1"},
};

const std::vector<fault> model_faults{
    {"model_empty", "", "is empty (0 bytes)"},
    {"model_text", "", "is not an HDF5 file"},
    {"model_truncated", "", "truncated"},
    {"model_later_version", "/version", "is '2.0', known: 0 and 1"},
    {"model_no_node", "/node", "is missing"},
    {"model_not_a_graph", "/node/type", "is 'LIF'"},
    {"model_no_edges", "/node/edges", "is missing"},
    {"model_edges_flat", "/node/edges", "shape is not [edges, 2]"},
    {"model_edge_unknown", "/node/edges", "names 'attic'"},
    {"model_edge_cycle", "/node/edges", "'hidden' -> 'input' closes a cycle"},
    {"model_edge_branch", "/node/edges", "two edges leave 'hidden'"},
    {"model_edge_lacking", "/node/edges", "no edge leaves 'hidden'"},
    {"model_edge_too_short", "/node/edges", "'hidden' is not on the way"},
    {"model_edge_order", "/node/nodes/hidden/v_threshold", "2 entries, needed: 3"},
    {"model_scale_long", "/node/nodes/extra/scale", "2 entries, needed: 3"},
    {"model_scale_inf", "/node/nodes/extra/scale", "entry 2 = inf"},
    {"model_flatten_size", "/node/nodes/extra/input_type", "is [4], but 3 signals"},
    {"model_flatten_start", "/node/nodes/extra/start_dim", "is 7, allowed: -1 to 0"},
    {"model_flatten_order", "/node/nodes/extra/start_dim", "is 1, allowed: up to end_dim = 0"},
    {"model_pool_rank", "/node/nodes/extra", "shape [3], needed: 3 dimensions"},
    {"model_pool_wide", "/node/nodes/extra", "reaches over 2 entries of 1"},
    {"model_pool_stride", "/node/nodes/extra/stride", "is 0, allowed: from 1 on"},
    {"model_conv_channels", "/node/nodes/extra/weight", "but 1 channels lead to it"},
    {"model_conv_groups", "/node/nodes/extra/weight", "in 0 groups"},
    {"model_conv_padding", "/node/nodes/extra/padding", "'full', allowed: same, valid"},
    {"model_conv_bias", "/node/nodes/extra/bias", "3 entries, needed: 1"},
    {"model_output_linear", "/node/edges", "a linear map leads to Output"},
    {"model_node_type", "/node/nodes/hidden/type", "'CubaLIF' is not supported"},
    {"model_no_type", "/node/nodes/hidden/type", "is missing"},
    {"model_two_inputs", "/node/nodes", "two Input nodes"},
    {"model_no_weight", "/node/nodes/linear/weight", "is missing"},
    {"model_weight_transposed", "/node/nodes/linear/weight", "[3, 2], needed: (out, in) = [1 or more, 3]"},
    {"model_weight_flat", "/node/nodes/linear/weight", "rank 1"},
    {"model_weight_nan", "/node/nodes/linear/weight", "entry 2 = nan"},
    {"model_weight_huge", "/node/nodes/linear/weight", "stores 0 bytes"},
    {"model_bias_step", "/node/nodes/linear/bias", "kernel step: zeros only"},
    {"model_bias_short", "/node/nodes/linear/bias", "3 entries, needed: 2"},
    {"model_threshold_zero", "/node/nodes/hidden/v_threshold", "entry 1 = 0"},
    {"model_threshold_inf", "/node/nodes/hidden/v_threshold", "entry 1 = inf"},
    {"model_threshold_long", "/node/nodes/hidden/v_threshold", "3 entries, needed: 2"},
    {"model_r_negative", "/node/nodes/hidden/r", "entry 1 = -1"},
    {"model_output_shape", "/node/nodes/output/shape", "is 5"},
    {"model_input_shape", "/node/nodes/input/shape", "product"},
    {"model_many_spikes", "/node/metadata/max_spikes", "is 3"},
    {"model_kernel_word", "/node/metadata/kernel", "'cosine'"},
    {"model_delay_negative", "/node/metadata/delay", "-1"},
    {"model_t_max_nan", "/node/metadata/t_max", "nan"},
    {"model_labels_many", "/node/metadata/label_of_output", "3 labels"},
    {"model_precision_word", "/node/metadata/precision", "'f16'"},
    {"model_populations_other", "/node/metadata/populations", "'attic'"},
    {"model_kinds_short", "/node/metadata/population_kinds", "1 entries, but populations 2"},
    {"model_projection_other", "/node/metadata/projections", "'hidden' -> 'hidden'"},
};

const std::vector<fault> phases_faults{
    {"phases_empty", "", "is empty (0 bytes)"},
    {"phases_text", "", "is not an HDF5 file"},
    {"phases_truncated", "", "truncated"},
    {"phases_kind_word", "/node/metadata/population_kinds", "'glia', allowed: source, bias, neurons"},
    {"phases_kind_reference", "/node/metadata/population_kinds", "'reference'; firstspike 0.1.0 reads this model"},
    {"phases_t_open", "/node/metadata/t_open", "3; firstspike 0.1.0 reads this model"},
    {"phases_t_fire_short", "/node/metadata/t_fire", "2 entries, needed: 3"},
    {"phases_t_fire_nan", "/node/metadata/t_fire", "of 'hidden' is nan"},
    {"phases_t_fire_negative", "/node/metadata/t_fire", "of 'hidden' is -1"},
    {"phases_t_fire_at_t_close", "/node/metadata/t_fire", "of 'hidden' is 16, allowed: below t_close = 16"},
    {"phases_t_fire_of_bias", "/node/metadata/t_fire", "of 'bias' is inf, allowed: [0, 2^32)"},
    {"phases_t_fire_of_source", "/node/metadata/t_fire", "of 'input' is 0, allowed: infinity"},
    {"phases_t_fire_text", "/node/metadata/t_fire", "is string"},
    {"phases_slope_negative", "/node/metadata/threshold_slope", "of 'hidden' is -0.5"},
    {"phases_slope_nan", "/node/metadata/threshold_slope", "of 'hidden' is nan"},
    {"phases_slope_inf", "/node/metadata/threshold_slope", "of 'hidden' is inf"},
    {"phases_slope_long", "/node/metadata/threshold_slope", "4 entries, needed: 3"},
    {"phases_slope_of_bias", "/node/metadata/threshold_slope", "of 'bias' is 0.5"},
    {"phases_slope_without_phase", "/node/metadata/threshold_slope", "of 'hidden' is 0.5"},
    {"phases_t_close_zero", "/node/metadata/t_close", "of 'hidden' is 0, allowed: above 0"},
    {"phases_t_close_nan", "/node/metadata/t_close", "of 'input' is nan"},
    {"phases_t_close_short", "/node/metadata/t_close", "1 entries, needed: 3"},
    {"phases_trainable_short", "/node/metadata/trainable", "2 entries, but populations 3"},
    {"phases_trainable_value", "/node/metadata/trainable", "7, allowed: 0, 1"},
    {"phases_trainable_float", "/node/metadata/trainable", "is f64"},
    {"phases_regime_number", "/node/metadata/regime", "is i64"},
    {"phases_regime_many", "/node/metadata/regime", "has 2 values"},
    {"phases_no_bias", "/node/metadata/bias.bias", "is missing"},
    {"phases_bias_long", "/node/metadata/bias.bias", "3 entries, needed: 2"},
    {"phases_bias_nan", "/node/metadata/bias.bias", "entry 1 = nan"},
    {"phases_bias_2d", "/node/metadata/bias.bias", "rank 2"},
    {"phases_bias_f64", "/node/metadata/bias.bias", "0.1 is no f32"},
    {"phases_bias_unknown", "/node/metadata/bias.attic", "belongs to no bias neuron"},
    {"phases_bias_for_ramp", "/node/metadata/bias.bias", "allowed for kernel step only"},
    {"phases_bias_twice", "/node/metadata/projections", "2 leave the bias neuron 'bias', needed: 1"},
    {"phases_bias_unused", "/node/metadata/projections", "0 leave the bias neuron 'bias', needed: 1"},
    {"phases_no_bias_neuron", "/node/metadata/projections", "1 inputs and 0 bias neurons, needed: 1 and 1"},
    {"phases_two_biases", "/node/metadata/projections", "1 inputs and 2 bias neurons, needed: 1 and at most 1"},
};

const std::vector<fault> network_faults{
    {"network_empty", "", "is empty (0 bytes)"},
    {"network_text", "", "is not an HDF5 file"},
    {"network_truncated", "", "truncated"},
    {"network_wrong_magic", "magic", "0x7"},
    {"network_later_version", "version", "2, 1, known: 0, 1"},
    {"network_no_nodes", "/nodes", "is missing"},
    {"network_no_edges", "/edges", "is missing"},
    {"network_kind_word", "/nodes/pair: attribute kind", "'glia'"},
    {"network_v_th_negative", "/nodes/pair/0/v_th", "entry 1 = -1"},
    {"network_v_th_short", "/nodes/pair/0/v_th", "1 entries"},
    {"network_no_size", "/nodes/input: attribute n_nodes", "are missing"},
    {"network_size_zero", "/nodes/input: attribute n_nodes", "= 0"},
    {"network_size_vast", "/nodes/pair/0/v_th", "is missing, allowed for up to 268435456 neurons, not 4294967295"},
    {"network_size_contradicts", "/nodes/pair/node_type_id", "3 entries"},
    {"network_t_fire_negative", "/nodes/pair: attribute t_fire", "= -5, allowed: [0, 2^32) or infinity"},
    {"network_t_fire_nan", "/nodes/pair: attribute t_fire", "= nan"},
    {"network_t_fire_late", "/nodes/pair: attribute t_fire", "= 4294967296"},
    {"network_t_fire_text", "/nodes/pair: attribute t_fire", "is string"},
    {"network_t_fire_many", "/nodes/pair: attribute t_fire", "2 values"},
    {"network_t_fire_at_t_close", "/nodes/pair: attribute t_fire", "= 16, allowed: below t_close = 16"},
    {"network_t_fire_of_source", "/nodes/input: attribute t_fire", "= 3, allowed: infinity"},
    {"network_t_fire_of_bias", "/nodes/input: attribute t_fire", "= inf, allowed: [0, 2^32)"},
    {"network_t_close_zero", "/nodes/pair: attribute t_close", "= 0, allowed: above 0"},
    {"network_t_close_nan", "/nodes/input: attribute t_close", "= nan"},
    {"network_slope_negative", "/nodes/pair: attribute threshold_slope", "= -0.5, allowed: finite, >= 0"},
    {"network_slope_nan", "/nodes/pair: attribute threshold_slope", "= nan"},
    {"network_slope_inf", "/nodes/pair: attribute threshold_slope", "= inf"},
    {"network_slope_without_phase", "/nodes/pair: attribute threshold_slope", "= 0.5, allowed: 0 without a fire phase"},
    {"network_slope_of_source", "/nodes/input: attribute threshold_slope", "= 1"},
    {"network_t_open_negative", "/nodes/input: attribute t_open", "= -5"},
    {"network_t_open_of_neurons", "/nodes/pair: attribute t_open", "= 3, allowed of neurons: 0; firstspike 0.1.0"},
    {"network_t_open_and_t_fire", "/nodes/pair: attributes t_open and t_fire", "both there"},
    {"network_kernel_word", "/edges/loop: attribute kernel", "'alpha'"},
    {"network_kernel_mixed", "/edges", "pair: its inputs mix step and ramp"},
    {"network_layout_word", "/edges/loop: attribute layout", "'round'"},
    {"network_layout_dense", "/edges/loop/source_node_id", "dense, but 2 edges"},
    {"network_target_out_of_range", "/edges/loop/target_node_id", "entry 1 = 2"},
    {"network_source_out_of_range", "/edges/loop/source_node_id", "entry 1 = 77"},
    {"network_target_too_few", "/edges/loop/target_node_id", "1 entries"},
    {"network_population_unknown", "/edges/loop/source_node_id: attribute node_population", "'attic'"},
    {"network_population_missing", "/edges/loop/source_node_id: attribute node_population", "is missing"},
    {"network_two_delays", "/edges/loop/0/delay", "so is the attribute delay"},
    {"network_delay_negative", "/edges/loop/0/delay", "entry 1 = -2"},
    {"network_delay_short", "/edges/loop/0/delay", "1 entries"},
    {"network_delay_zero_cycle", "/edges", "zero delay form a cycle"},
    {"network_weight_inf", "/edges/loop/0/syn_weight", "entry 1 = inf"},
    {"network_no_weight", "/edges/loop/0/syn_weight", "entry 0 is missing"},
    {"network_group_index_lacking", "/edges/loop/edge_group_index", "is missing, but edge_group_id is there"},
    {"network_group_id_lacking", "/edges/loop/edge_group_id", "is missing, but edge_group_index is there"},
    {"network_group_ids_lacking", "/edges/loop/edge_group_id", "as there is group 1"},
    {"network_group_missing", "/edges/loop/edge_group_id", "entry 1 = 3, but there is no group 3"},
    {"network_group_index_large", "/edges/loop/edge_group_index", "entry 1 = 2, allowed: below 2"},
    {"network_group_too_long", "/edges/loop/0/syn_weight", "3 entries, needed: 2"},
    {"network_group_index_short", "/edges/loop/edge_group_index", "1 entries, needed: 2"},
    {"network_edge_id_twice", "/edges/loop/edge_id", "entry 1 = 1, allowed: each of 0 to 1 once"},
    {"network_node_id_twice", "/nodes/pair/node_id", "entry 1 = 0"},
    {"network_node_id_large", "/nodes/pair/node_id", "entry 0 = 10"},
    {"network_node_group_index_large", "/nodes/pair/node_group_index", "entry 1 = 5, allowed: below 2"},
    {"network_model_type_word", "/nodes/pair/0/model_type", "entry 1 = 'biophysical'"},
    {"network_model_type_mixed", "/nodes/pair", "1 of 2 nodes are virtual"},
    {"network_model_type_library", "/nodes/pair/0/model_type", "has 1, allowed: below 1"},
    {"network_model_type_number", "/nodes/pair/0/model_type", "is no string"},
    {"network_synapse_template", "/edges/loop/0/model_template", "entry 1 = 'Exp2Syn'"},
    {"network_weight_function", "/edges/loop/0/weight_function", "entry 1 = 'gaussianLL'"},
    {"network_synapse_parameters", "/edges/loop/0/dynamics_params", "is not supported"},
    {"network_index_half", "/nodes", "some have none"},
    {"network_index_large", "/nodes/pair: attribute index", "= 9"},
};

const std::vector<fault> conv_faults{
    {"conv_empty", "", "is empty (0 bytes)"},
    {"conv_text", "", "is not an HDF5 file"},
    {"conv_truncated", "", "truncated"},
    {"conv_weight_rank", "/node/nodes/conv/weight", "[2, 2, 3], needed: rank 4"},
    {"conv_weight_inf", "/node/nodes/conv/weight", "entry 0 = inf"},
    {"conv_channels", "/node/nodes/conv/weight", "[2, 1, 3, 2] in 1 groups, but 2 channels"},
    {"conv_kernel_tall", "/node/nodes/conv", "reaches over 4 entries of 3"},
    {"conv_groups", "/node/nodes/conv/weight", "in 3 groups, but 2 channels"},
    {"conv_stride_zero", "/node/nodes/conv/stride", "is 0, allowed: from 1 on"},
    {"conv_stride_many", "/node/nodes/conv/stride", "3 entries, needed: 1 or 2"},
    {"conv_bias_short", "/node/nodes/conv/bias", "3 entries, needed: 2"},
    {"conv_flat", "/node/nodes/conv", "shape [12], needed: 3 dimensions, channels first"},
    {"conv_threshold_short", "/node/nodes/small/v_threshold", "3 entries, needed: 2"},
    {"conv_product_inf", "/node/nodes/conv/weight", "r * w at 0 = inf, allowed: finite"},
    {"conv_bias_inf", "/node/nodes/conv/bias", "r * b at 0 = inf, allowed: finite"},
    {"conv_vast", "/node/nodes/small", "90000 x 44850 weights lead to it, allowed: 2^28, or shared ones"},
    {"conv_up_weight", "/node/nodes/up/weight", "[1, 2, 3, 2], needed: (2, out, rows, columns)"},
    {"conv_up_stride", "/node/nodes/up/stride", "is (1, 2), allowed: the same for rows and columns"},
    {"conv_up_padding", "/node/nodes/up/padding", "is (1, 0), allowed: the same for rows and columns"},
    {"conv_up_padding_wide", "/node/nodes/up", "padding 2 and pool 1 does not fit"},
    {"conv_up_dilation", "/node/nodes/up/dilation", "is 2, allowed: 1"},
    {"conv_up_groups", "/node/nodes/up/groups", "is 2, allowed: 1"},
    {"conv_up_output_padding", "/node/nodes/up/output_padding", "is (1, 0), allowed: below stride = 1"},
    {"conv_up_bias", "/node/nodes/up/bias", "2 entries, needed: 1"},
    {"conv_output_shape", "/node/nodes/output/shape", "is 9, but 6 neurons"},
};

const std::vector<fault> shared_faults{
    {"shared_empty", "", "is empty (0 bytes)"},
    {"shared_text", "", "is not an HDF5 file"},
    {"shared_truncated", "", "truncated"},
    {"shared_no_delay", "/shared_edges/conv: attribute delay", "is missing"},
    {"shared_delay_negative", "/shared_edges/conv: attribute delay", "= -1, allowed: 0, or from 2^-20"},
    {"shared_kernel_word", "/shared_edges/conv: attribute kernel", "'alpha', allowed: step, ramp"},
    {"shared_source_unknown", "/shared_edges/conv: attribute source_population", "'attic', which is not in /nodes"},
    {"shared_target_missing", "/shared_edges/conv: attribute target_population", "is missing"},
    {"shared_target_source", "/edges", "projection 0 (input -> input): it ends at a source"},
    {"shared_kernel_rows_zero", "/shared_edges/conv", "kernel_rows = 0, allowed: 1 to 65536"},
    {"shared_kernel_columns_wide", "/shared_edges/conv", "3 x 5 with padding 0 and pool 1 does not fit"},
    {"shared_stride_vast", "/shared_edges/conv: attribute stride", "= 70000, allowed: up to 65536"},
    {"shared_stride_negative", "/shared_edges/conv: attribute stride", "-1"},
    {"shared_padding", "/shared_edges/conv", "2 x 2 neurons, needed: 4 x 4"},
    {"shared_pool_zero", "/shared_edges/conv", "pool = 0, allowed: 1 to 65536"},
    {"shared_pool_missing", "/shared_edges/conv: attribute pool", "is missing"},
    {"shared_transposed", "/shared_edges/conv: attribute transposed", "= 2, allowed: 0, 1"},
    {"shared_rows_half", "/nodes/out: attributes rows, columns, channels",
     "= 2, 0, 3, needed: none, or a product of 12"},
    {"shared_rows_zero", "/nodes/out: attribute rows", "= 0, allowed: 1 to 12"},
    {"shared_rows_many", "/nodes/out: attributes rows, columns, channels", "= 3, 2, 3, needed"},
    {"shared_rows_text", "/nodes/out: attribute rows", "is string"},
    {"shared_no_grid", "/shared_edges/conv", "presynaptic population has no grid"},
    {"shared_no_weight", "/shared_edges/conv/weight", "is missing"},
    {"shared_weight_flat", "/shared_edges/conv/weight", "has shape (27), needed: (1, 3, 3, 3)"},
    {"shared_weight_order", "/shared_edges/conv/weight", "has shape (3, 3, 3, 1), needed: (1, 3, 3, 3)"},
    {"shared_weight_nan", "/shared_edges/conv/weight", "entry 0 = nan, allowed: finite"},
    {"shared_weight_huge", "/shared_edges/conv/weight", "stores 0 bytes"},
    {"shared_index_half", "/edges", "some have none"},
    {"shared_no_edges", "/edges", "is missing"},
};

const std::vector<fault> checkpoint_faults{
    {"checkpoint_empty", "", "is empty (0 bytes)"},
    {"checkpoint_text", "", "is not an HDF5 file"},
    {"checkpoint_truncated", "", "truncated"},
    {"checkpoint_no_format", "attribute format", "'missing'"},
    {"checkpoint_other_format", "attribute format", "'shopping list'"},
    {"checkpoint_array_type", "/weights", "is i16"},
    {"checkpoint_array_2d", "/weights", "rank 2"},
    {"checkpoint_array_group", "/weights", "is group"},
    {"checkpoint_array_huge", "/weights", "stores 0 bytes"},
};

void read(const std::string& kind, const std::string& path) {
  if (kind == "trace") read_spike_trace(path);
  if (kind == "model" || kind == "phases" || kind == "conv") read_model(path);
  if (kind == "network" || kind == "shared") read_network(path);
  if (kind == "checkpoint") read_checkpoint(path);
}

// All files of the script, except the valid ones, must be in the table.
void check_all(const scratch_directory& files, const std::string& kind, const std::vector<fault>& faults) {
  CHECK(message_of([&] { read(kind, files / (kind + "_good.h5")); }) == "");
  std::set<std::string> messages;
  for (const auto& fault : faults) {
    CAPTURE(fault.file);
    const std::string path = files / (fault.file + ".h5");
    const auto message = message_of([&] { read(kind, path); });
    CHECK(message.starts_with(path + ": "));
    CHECK(contains(message, fault.field));
    CHECK(contains(message, fault.value));
    CHECK(!contains(message, "\n"));
    CHECK(!contains(message.substr(std::min(path.size(), message.size())), path));
    messages.insert(message.substr(std::min(path.size(), message.size())));
  }
  CHECK(messages.size() == faults.size());
}

}  // namespace

TEST_CASE("malformed files: each is refused with one line that names file, field and value") {
  const scratch_directory files;
  REQUIRE(run_script("tests/traces/malformed.py", files.path()));
  const std::map<std::string, std::vector<fault>> all{
      {"trace", trace_faults}, {"model", model_faults},   {"phases", phases_faults},        {"network", network_faults},
      {"conv", conv_faults},   {"shared", shared_faults}, {"checkpoint", checkpoint_faults}};
  std::size_t count = 0;
  for (const auto& [kind, faults] : all) {
    check_all(files, kind, faults);
    count += faults.size() + 1;
  }
  CHECK(entries_in(files.path()) == count);
}

TEST_CASE("malformed files: a truncated trace is refused without a crash") {
  const scratch_directory files;
  REQUIRE(run_script("tests/traces/malformed.py", files.path()));
  const auto whole = read_bytes(files / "trace_good.h5");
  const std::string path = files / "cut.h5";
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, length);
    CAPTURE(length);
    CHECK(message_of([&] { read_spike_trace(path); }).starts_with(path + ": "));
  }
}

TEST_CASE("malformed files: a missing file and a directory are named as what they are") {
  const scratch_directory files;
  CHECK(message_of([&] { read_spike_trace(files / "none.h5"); }) == (files / "none.h5").string() + ": no such file");
  CHECK(message_of([&] { read_spike_trace(files.path()); }) ==
        files.path().string() + ": is a directory, needed: an HDF5 file");
}
