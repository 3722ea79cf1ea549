#include "firstspike/engine/decision.hpp"

#include <cassert>

#include "firstspike/engine/time.hpp"

namespace firstspike {

decision decide(std::span<const double> times, std::span<const double> v_m, std::uint32_t wanted, double t_max) {
  assert(times.size() == v_m.size() && wanted < times.size());
  decision d;
  for (std::uint32_t k = 1; k < times.size(); ++k) {
    const auto best = d.output;
    if (times[k] < times[best] || (times[k] == times[best] && v_m[k] > v_m[best])) d.output = k;
  }
  d.silent = times[d.output] == never;
  d.tau = d.silent ? t_max : times[d.output];
  d.tie_includes = d.silent ? wanted == d.output : times[wanted] == d.tau;
  return d;
}

}  // namespace firstspike
