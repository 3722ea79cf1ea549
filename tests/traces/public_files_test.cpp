#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/network_file.hpp"
#include "firstspike/traces/spike_trace.hpp"

using namespace firstspike;

namespace {

// The files of public_files.py, with what h5py, csv and numpy read in them.
struct public_files {
  scratch_directory directory;
  public_files() { REQUIRE(run_script("tests/traces/public_files.py", directory.path())); }
  std::string at(const std::string& name) const { return directory / name; }
};

std::vector<std::vector<std::string>> words_of(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) {
    lines.emplace_back();
    std::istringstream words(line);
    for (std::string word; words >> word;) lines.back().push_back(word);
  }
  return lines;
}

std::vector<double> numbers_of(const std::vector<std::string>& words) {
  std::vector<double> numbers;
  for (const auto& word : words) numbers.push_back(std::stod(word));
  return numbers;
}

// Compares populations and synapses; a list of thresholds is one word, separated by commas.
void check_network(const network<double>& net, const std::string& expected) {
  std::size_t populations = 0, projection = 0, synapses = 0;
  std::string name;
  for (const auto& line : words_of(expected)) {
    if (line[0] == "population") {
      REQUIRE(populations < net.populations().size());
      const auto& p = net.populations()[populations++];
      CAPTURE(p.name);
      CHECK(p.name == line[1]);
      CHECK(p.kind == (line[2] == "source" ? population_kind::source : population_kind::neurons));
      CHECK(p.size == std::stoul(line[3]));
      auto thresholds = line[4];
      for (auto& c : thresholds) c = c == ',' ? ' ' : c;
      std::istringstream words(thresholds);
      double v_th = 0;
      for (const double is : p.v_th) {
        words >> v_th;  // the last one stands for the others
        CHECK(is == v_th);
      }
      continue;
    }
    if (line[1] != name) {
      projection += name.empty() ? 0 : 1;
      synapses = 0;
      name = line[1];
    }
    CAPTURE(name);
    REQUIRE(projection < net.projection_count());
    REQUIRE(synapses < net.describe(projection).synapses.size());
    const auto& s = net.describe(projection).synapses[synapses++];
    CHECK(s.pre == std::stoul(line[2]));
    CHECK(s.post == std::stoul(line[3]));
    CHECK(s.weight == std::stod(line[4]));
    CHECK(s.delay == std::stod(line[5]));
  }
  CHECK(populations == net.populations().size());
  CHECK(projection + 1 == net.projection_count());
}

import_options answers(double v_th) {
  import_options import{true, synapse_kernel::step, {}, {}, {}, {}};
  import.v_th = v_th;
  return import;
}

// NIR's index of a neuron, (channel, row, column) in a grid.
std::size_t nir_index(const population& p, std::uint32_t index) {
  if (p.shape.size() == 0) return index;
  const auto at = position_in(p.shape, index);
  return (std::size_t{at.channel} * p.shape.rows + at.row) * p.shape.columns + at.column;
}

// All synapses of a projection, [pre][post] in NIR's order; those of bias neurons as one sum.
std::vector<double> matrix_of(const network<double>& net, std::uint32_t projection) {
  const auto &pre = net.populations()[net.pre(projection)], &post = net.populations()[net.post(projection)];
  const bool is_bias = pre.kind == population_kind::bias;
  std::vector<double> matrix((is_bias ? 1 : std::size_t{pre.size}) * post.size);
  for (std::uint32_t i = 0; i < pre.size; ++i) {
    net.for_each_fan_out(net.first_id(net.pre(projection)) + i, [&](const fan_out& out) {
      if (out.projection != projection) return;
      net.for_each_synapse(out, [&](std::uint32_t j, double weight) {
        matrix[(is_bias ? 0 : nir_index(pre, i) * post.size) + nir_index(post, j)] += weight;
      });
    });
  }
  return matrix;
}

// Layers of a graph: threshold, bias and weights [pre][post], all exact.
void check_layers(const network<double>& net, const std::string& expected) {
  const auto lines = words_of(expected);
  std::map<std::string, std::size_t> index;
  for (std::size_t p = 0; p < net.populations().size(); ++p) index[net.populations()[p].name] = p;
  REQUIRE(index.contains(lines[0][1]));
  CHECK(net.populations()[index[lines[0][1]]].size == std::stoul(lines[0][2]));
  for (std::size_t at = 1; at < lines.size();) {
    const auto name = lines[at][1];
    CAPTURE(name);
    REQUIRE(index.contains(name));
    const auto& p = net.populations()[index[name]];
    CHECK(p.size == std::stoul(lines[at][2]));
    std::vector<double> v_th(p.size);
    for (std::uint32_t j = 0; j < p.size; ++j) v_th[nir_index(p, j)] = p.v_th[j];
    CHECK(v_th == numbers_of(lines[at + 1]));
    const auto bias = numbers_of(lines[at + 2]);
    std::vector<double> weights;
    for (at += 3; at < lines.size() && lines[at][0] != "layer"; ++at) {
      const auto row = numbers_of(lines[at]);
      weights.insert(weights.end(), row.begin(), row.end());
    }
    bool has_bias = false;
    for (std::uint32_t i = 0; i < net.projection_count(); ++i) {
      const auto& projection = net.describe(i);
      if (projection.post != index[name]) continue;
      const bool is_bias = net.populations()[projection.pre].kind == population_kind::bias;
      has_bias = has_bias || is_bias;
      CHECK(matrix_of(net, i) == (is_bias ? bias : weights));
    }
    CHECK((has_bias || bias == std::vector<double>(bias.size())));
  }
}

}  // namespace

TEST_CASE("public files: SONATA networks of others have the synapses that h5py and csv read") {
  const public_files files;
  const std::map<std::string, double> v_th{{"intfire", 1}, {"pointneurons", 500}, {"ten_cells", 10}, {"libsonata", 3}};
  for (const auto& network : v_th) {
    const auto& name = network.first;
    CAPTURE(name);
    auto import = answers(network.second);
    if (name == "pointneurons") import.delay = 4;
    check_network(read_network(files.at(name + "/circuit_config.json"), import), files.at(name + ".network"));
  }
  auto import = answers(0);
  import.v_th.reset();  // the file has thresholds
  check_network(read_network(files.at("layer4/circuit_config.json"), import), files.at("layer4.network"));
}

TEST_CASE("public files: a configuration may name the one that lists the network") {
  const public_files files;
  check_network(read_network(files.at("intfire/config.json"), answers(1)), files.at("intfire.network"));
}

TEST_CASE("public files: all that a SONATA network leaves open is asked for at once") {
  const public_files files;
  const auto path = files.at("pointneurons/circuit_config.json");
  const auto message = message_of([&] { read_network(path); });
  CHECK(message.starts_with("delay is needed, with kernel, one_spike, v_th: "));
  CHECK(contains(message, "external_internal_edges.h5: /edges/external_to_internal/0/delay: entry 0 is missing"));
  CHECK(contains(message, "attribute kernel is missing"));
  CHECK(contains(message, "internal_node_types.csv: node_type_id 100: model_type is another model of neurons"));
  CHECK(contains(message, "/nodes/internal/0/v_th: entry 0 is missing"));
}

TEST_CASE("public files: an answer that fills in nothing is refused") {
  const public_files files;
  auto import = answers(1);
  import.delay = 2;
  CHECK(message_of([&] { read_network(files.at("intfire/circuit_config.json"), import); }) ==
        "delay has no effect: " + files.at("intfire/circuit_config.json") + " has all values; leave it out");
}

TEST_CASE("public files: SONATA spike files of others are read with each neuron's first spike, and refused without") {
  const public_files files;
  for (const std::string name : {"lgn", "external", "excvirt", "v1", "pysonata", "libsonata_spikes"}) {
    CAPTURE(name);
    const auto path = files.at(name + ".h5");
    CHECK(
        contains(message_of([&] { read_spike_trace(path); }), "occurs twice in sample 0; a neuron fires at most once"));
    const auto trace = read_spike_trace(path, repeated_spikes::keep_first);
    std::size_t spikes = 0;
    std::uint64_t left_out = 0;
    for (const auto& line : words_of(files.at(name + ".spikes"))) {
      const auto& p = find_population(trace, line[0]);
      const auto node = std::stoul(line[1]);
      CHECK(dense_times(p, p.n_nodes)[node] == std::stod(line[2]));
      left_out += std::stoul(line[3]);
      ++spikes;
    }
    CHECK(spikes_left_out(trace) == left_out);
    for (const auto& p : trace.populations) {
      spikes -= p.timestamps.size();
      CHECK(p.sample_offsets == std::vector<std::uint64_t>{0, p.timestamps.size()});
    }
    CHECK(spikes == 0);
  }
}

TEST_CASE("public files: NIR graphs of others have the weights, biases and thresholds that numpy computes") {
  const public_files files;
  const std::vector<std::uint8_t> no_labels;
  // The layers whose weights are shared; those of the others are matrices.
  const std::map<std::string, std::vector<std::string>> shared{
      {"cnn_sinabs", {"1"}}, {"norse_iaf", {}}, {"spikingjelly", {"sn2"}},     {"bindsnet", {}},
      {"spyx", {}},          {"nir_tests", {}}, {"torch_cnn", {"if1", "if2"}}, {"transposed", {"if_up", "if_whole"}}};
  for (const auto& [graph, layers] : shared) {
    const auto& name = graph;
    CAPTURE(name);
    const auto path = files.at(name + ".h5");
    const auto model = read_model(path, {true, synapse_kernel::ramp, 0, 256, 256, no_labels});
    check_layers(model.net, files.at(name + ".layers"));
    CHECK(model.single_precision == (name != "spikingjelly" && name != "nir_tests"));
    std::vector<std::string> found;
    for (std::size_t i = 0; i < model.net.projection_count(); ++i) {
      const auto& p = model.net.describe(i);
      const bool is_bias = model.net.populations()[p.pre].kind == population_kind::bias;
      if (p.shared && !is_bias) found.push_back(model.net.populations()[p.post].name);
    }
    CHECK(found == layers);
  }
}
