// Which output decides, by hand.
#include "firstspike/engine/decision.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "firstspike/engine/time.hpp"

using namespace firstspike;

TEST_CASE("decision: first place, ties by potential, then by index, silence by potential") {
  using numbers = std::vector<double>;
  const auto chosen = [](const numbers& times, const numbers& v_m) { return decide(times, v_m, 0, 20).output; };
  CHECK(chosen({9, 8, 9}, {5, 1, 5}) == 1);
  CHECK(chosen({8, 8, 9}, {1, 2, 5}) == 1);
  CHECK(chosen({8, 8, 8}, {2, 2, 2}) == 0);  // a full tie goes to the lower index
  CHECK(chosen({9, 8, 8}, {2, 3, 3}) == 1);
  CHECK(chosen({never, never, never}, {0.1, 0.3, 0.3}) == 1);
  const auto silent = decide(numbers{never, never}, numbers{0, 1}, 0, 20);
  CHECK((silent.silent && silent.tau == 20 && !silent.tie_includes));
  CHECK(decide(numbers{never, never}, numbers{0, 1}, 1, 20).tie_includes);
  const auto tie = decide(numbers{6, 6, 7}, numbers{0, 1, 0}, 0, 20);
  CHECK((!tie.silent && tie.tau == 6 && tie.tie_includes));
  CHECK_FALSE(decide(numbers{6, 6, 7}, numbers{0, 1, 0}, 2, 20).tie_includes);
}
