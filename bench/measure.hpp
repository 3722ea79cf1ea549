// Interleaved timing: the runs of all candidates alternate, so that load on the machine affects all of them alike.
// Times are processor times of this process, not wall-clock times, because other processes may use the machine.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace firstspike {

struct candidate {
  std::string name;
  std::size_t operations;  ///< of one call of `run`
  std::function<void()> run;
};

/// [candidate] median time of one operation over `rounds` rounds [ns], after one warm-up round.
inline std::vector<double> medians(const std::vector<candidate>& candidates, std::size_t rounds) {
  std::vector<std::vector<double>> taken(candidates.size());
  for (std::size_t round = 0; round <= rounds; ++round) {
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      const auto start = std::clock();
      candidates[c].run();
      const auto elapsed = 1e9 / CLOCKS_PER_SEC * static_cast<double>(std::clock() - start);
      if (round > 0) taken[c].push_back(elapsed / static_cast<double>(candidates[c].operations));
    }
  }
  std::vector<double> middle;
  for (auto& times : taken) {
    const auto half = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), half, times.end());
    middle.push_back(*half);
  }
  return middle;
}

}  // namespace firstspike
