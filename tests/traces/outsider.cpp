// Writes one file of each format, which traces_outsider.py checks. Usage: traces_outsider DIRECTORY
#include <string>
#include <vector>

#include "firstspike/traces/checkpoint.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/network_file.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"

using namespace firstspike;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string directory = argv[1];
  spike_trace_writer trace(directory + "/trace.h5", {{"input", 3, 0, 256}, {"one", 2, 0, 256}},
                           {{"seed", std::int64_t{7}}, {"command", std::string("simulate")}, {"t_max", 256.0}});
  for (int sample = 0; sample < 9000; ++sample) trace.append(0, std::vector<double>{2.0 + sample % 7, never, 1});
  trace.append(1, std::vector<double>{5, 4});
  network<double> net({{"input", population_kind::source, 3, {}},
                       {"output_bias", population_kind::bias, 1, {}, 16},
                       {"output", population_kind::neurons, 2, {10, 20}, 32, 0.625, 64}},
                      {{0, 2, synapse_kernel::ramp, false, 1, {1, 2, 3, 4, 5, 6}, {}},
                       {1, 2, synapse_kernel::ramp, false, 0, {0.5, 0.25}, {}}});
  const stored_model model{net, true, 32, 96, {1, 0}, {}, "relu", {1, 0, 1}};
  add_model(trace, "generator", model);
  trace.finish();
  write_model(directory + "/model.h5", model);
  write_network(directory + "/network.h5", net);
  checkpoint state;
  state.arrays["weights"] = std::vector<float>{1, 2};
  state.values["step"] = std::int64_t{3};
  write_checkpoint(directory + "/checkpoint.h5", state);
}
