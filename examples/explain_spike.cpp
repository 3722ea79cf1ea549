// Why did this neuron fire, and why did that one not?
#include <firstspike/firstspike.hpp>
#include <iostream>
#include <vector>

namespace fs = firstspike;

int main() {
  // Three sources, two neurons with the step kernel: a spike adds its weight to v_m at once, and a neuron fires when
  // v_m exceeds v_th.
  const fs::population in{.name = "in", .kind = fs::population_kind::source, .size = 3, .v_th = {}};
  const fs::population out{.name = "out", .kind = fs::population_kind::neurons, .size = 2, .v_th = {1, 1}};
  const fs::projection<double> synapses{.pre = 0,
                                        .post = 1,
                                        .kernel = fs::synapse_kernel::step,
                                        .delay = 1,
                                        .weights = {0.75, 0.75, 0.5, -0.5, 0.5, 0.5},  // [pre][post]
                                        .synapses = {}};
  const fs::network<double> net({in, out}, {synapses});
  const std::vector<double> times{2, 4, 6};  // of the sources [steps]
  const auto record = fs::simulate(net, times, {.t_max = 20});

  // An explanation uses the whole run of a sample, up to the end of its window.
  const fs::explanation why = fs::explain(net, record, {.population = "out", .neuron = 0, .t_max = 20});
  std::cout << "out:0 fired at step " << why.spike_time << ", v_m " << why.v_m << " above v_th " << why.v_th << '\n';
  for (const auto& cause : why.causes) {
    std::cout << "  in:" << cause.pre << " arrived at step " << cause.arrival << ": " << cause.share << " of v_th\n";
  }
  std::cout << "  critical: in:" << why.critical.value() << "; without it, at step " << why.without_critical << '\n';

  const fs::silence why_not = fs::explain_silence(net, record, {.population = "out", .neuron = 1, .t_max = 20});
  std::cout << "out:1 was silent, v_m at most " << why_not.peak_v_m;
  if (why_not.what == fs::stopped_by::inhibition) std::cout << ": inhibition by in:" << why_not.holder.value();
  std::cout << '\n';
}
