// A network made by hand: two sources, one neuron. When does it fire? Writes the network and its spikes to net.h5 and
// spikes.h5, in the folder that is given, or here.
#include <firstspike/firstspike.hpp>
#include <iostream>
#include <string>
#include <vector>

namespace fs = firstspike;

int main(int count, char** arguments) {
  // From each spike on, the potential of `out` rises by the synapse's weight in every time step. It fires at 1.5.
  const fs::population in{.name = "in", .kind = fs::population_kind::source, .size = 2, .v_th = {}};
  const fs::population out{.name = "out", .kind = fs::population_kind::neurons, .size = 1, .v_th = {1.5}};
  const fs::projection<double> synapses{.pre = 0,  // index of the population
                                        .post = 1,
                                        .kernel = fs::synapse_kernel::ramp,
                                        .delay = 0,
                                        .weights = {0.5, 0.25},  // [pre][post]
                                        .synapses = {}};
  const fs::network<double> net({in, out}, {synapses});

  // Four samples: when each source fires [steps].
  const std::vector<double> times{0,         2,           //
                                  0,         fs::never,   //
                                  fs::never, 0,           //
                                  fs::never, fs::never};  //
  const fs::spike_record record = fs::simulate(net, times, {.t_max = 100, .engine = fs::scheduler::heap});

  // 0.5 t + 0.25 (t - 2) = 1.5 at t = 8 / 3. In the last sample nothing fires: `never` is infinity.
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto fired = record.times_of(sample);  // [neuron], populations in their order
    std::cout << "in " << fired[0] << ", " << fired[1] << ": out " << fired[2] << '\n';
  }

  // Any SONATA reader opens the files, and so does `firstspike simulate --network net.h5 --spikes spikes.h5 --t-max
  // 100`.
  const std::string folder = count > 1 ? arguments[1] : ".";
  fs::write_network(folder + "/net.h5", net, true);
  fs::spike_trace_writer writer(folder + "/spikes.h5", fs::trace_populations(net.populations(), 100), {}, true);
  fs::append_record(writer, net.populations(), record);
  writer.finish();
}
