// One call explains a neuron of a record: by hand, and as the parts do on random networks.
#include "firstspike/inspect/explain.hpp"

#include <doctest/doctest.h>

#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/tests/engine/build.hpp"

namespace firstspike {
namespace {

constexpr auto ramp = synapse_kernel::ramp;

/// Sample 0: a:0 and a:1 at 1 and 2 drive n:0 to 6 at 10/3: 2 (t - 1) + (t - 2) = 6. Sample 1: nothing.
struct two_samples {
  network<double> net{{sources("a", 2), neurons("n", 1, 6)}, {dense<double>(0, 1, ramp, 0, {2, 1})}};
  spike_record record = simulate(net, std::vector<double>{1, 2, never, never}, {.t_max = 10});
};

TEST_CASE("explain: a recorded spike has its causes, and without the critical one it comes later") {
  const two_samples c;
  const auto found = explain(c.net, c.record, {.sample = 0, .population = "n", .neuron = 0, .t_max = 10});
  CHECK(found.spike_time == doctest::Approx(10.0 / 3));
  REQUIRE(found.causes.size() == 2);
  CHECK(found.causes[0].share == doctest::Approx(2 * (10.0 / 3 - 1) / 6));
  CHECK(found.critical == 1);
  CHECK(found.without_critical == 4);  // 2 (t - 1) = 6
  CHECK(explain(c.net, c.record, {.population = "n"}).without_critical == 4);
  // In a window that ends at 4 it would not have fired.
  CHECK(explain(c.net, c.record, {.population = "n", .t_max = 4}).without_critical == never);
}

TEST_CASE("explain: silence of a recorded run needs the window's end") {
  const two_samples c;
  const auto found = explain_silence(c.net, c.record, {.sample = 1, .population = "n", .t_max = 10});
  CHECK(found.what == stopped_by::nothing_arrived);
  CHECK(found.until == 10);
  CHECK(refusal([&] { explain_silence(c.net, c.record, {.sample = 1, .population = "n"}); }) ==
        "t_max is missing, allowed: the end of the run's window [steps]");
}

TEST_CASE("explain: what is not there is refused in one line") {
  const two_samples c;
  const auto refused = [&](const recorded_neuron& which) { return refusal([&] { explain(c.net, c.record, which); }); };
  CHECK(refused({.sample = 2, .population = "n"}) == "sample 2 of a record, allowed: below 2");
  CHECK(refused({.population = "m"}) == "no layer 'm', allowed: a, n");
  CHECK(refused({.population = "n", .neuron = 1}) == "'n:1' is no neuron, allowed: n:0 to n:0");
  CHECK(refused({.sample = 1, .population = "n"}) == "n:0 stays silent in this run; ask why-not n:0");
  CHECK(refused({.population = "a"}).find("source") != std::string::npos);
  CHECK(refusal([&] { explain(c.net, {}, {.population = "n"}); }) == "a record of 0 neurons, the network has 3");
}

TEST_CASE("neuron names: ids and names are each other's inverse") {
  const network<float> net({sources("a", 2), neurons("b:c", 3, 1)}, {});
  for (std::uint32_t id = 0; id < 5; ++id)
    CHECK(neuron_id(net.populations(), neuron_name(net.populations(), id)) == id);
  CHECK(neuron_name(net.populations(), 4) == "b:c:2");
  CHECK(neuron_id(net.populations(), "b:c", 2) == 4);
  CHECK(population_index(net.populations(), "b:c") == 1);
  CHECK(population_name("b:c") == "\"b:c\"");
  CHECK(neuron_name("my \"layer\"", 7) == "\"my \\\"layer\\\"\":7");
  CHECK(read_neuron_address(neuron_name("my \"layer\"", 7)).population == "my \"layer\"");
  CHECK(read_neuron_address("\"a:b\"").population == "a:b");
  CHECK_FALSE(read_neuron_address("\"a:b\"").index);
  CHECK(neuron_id(net.populations(), "\"b:c\":2") == 4);
  const auto refused = [&](const std::string& name) { return refusal([&] { neuron_id(net.populations(), name); }); };
  CHECK(refused("1") == "'1' is no neuron, write LAYER:ID, such as b:c:1");
  CHECK(refused("99") == "'99' is no neuron, write LAYER:ID, such as b:c:0");
  CHECK(refused("a") == "'a' is no neuron, write LAYER:ID, such as a:0");
  CHECK(refused("b") == "'b' is no neuron, write LAYER:ID, such as b:c:0; layers: a, \"b:c\"");
  for (const auto* wrong : {"a:2", "a:-1", "a:1x", "a:"}) {
    CHECK(refusal([&] { neuron_id(net.populations(), wrong); }).find("is no neuron, allowed: ") != std::string::npos);
  }
}

}  // namespace
}  // namespace firstspike
