// Side-by-side timing: contenders take turns, so that what slows the machine slows them all. Processor time of this
// process, not the clock on the wall: others may be using the machine.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace firstspike {

struct contender {
  std::string name;
  std::size_t operations;  ///< one call of `run` does so many
  std::function<void()> run;
};

/// [contender] median time of one operation over `rounds` rounds [ns], after one round that is not counted.
inline std::vector<double> medians(const std::vector<contender>& contenders, std::size_t rounds) {
  std::vector<std::vector<double>> taken(contenders.size());
  for (std::size_t round = 0; round <= rounds; ++round) {
    for (std::size_t c = 0; c < contenders.size(); ++c) {
      const auto start = std::clock();
      contenders[c].run();
      const auto elapsed = 1e9 / CLOCKS_PER_SEC * static_cast<double>(std::clock() - start);
      if (round > 0) taken[c].push_back(elapsed / static_cast<double>(contenders[c].operations));
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
