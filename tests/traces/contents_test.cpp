// What is in a trace, what differs between two, and how its spikes feed a network: by hand.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/spike_input.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"
#include "firstspike/traces/trace_comparison.hpp"
#include "firstspike/traces/trace_description.hpp"

using namespace firstspike;

namespace {

using times = std::vector<double>;

/// Writes one population of 3 neurons over [0, 10), a row for each sample.
std::string write_trace(const scratch_directory& files, const std::string& name, const std::vector<times>& samples,
                        const std::string& population = "a") {
  const std::string path = files / name;
  spike_trace_writer writer(path, {{population, 3, 0, 10}}, {{"seed", std::int64_t{7}}}, true);
  for (const auto& sample : samples) writer.append(0, sample);
  writer.finish();
  return path;
}

const std::vector<population> fed{source_population("a", 3), {"n", population_kind::neurons, 1, {1.0}}};

}  // namespace

TEST_CASE("a description counts neurons, samples and spikes") {
  const scratch_directory files;
  const auto found =
      describe_trace(write_trace(files, "t.h5", {{1, never, 3}, {never, never, never}, {never, 0, never}}));
  REQUIRE(found.populations.size() == 1);
  const auto& p = found.populations[0];
  CHECK(p.name == "a");
  CHECK(p.neurons == 3);
  CHECK(p.samples == 3);
  CHECK(p.spikes == 3);
  CHECK(p.t_stop == 10);
  CHECK(p.sorting == "none");
  CHECK(std::get<std::int64_t>(found.metadata.at("seed")) == 7);
  CHECK(found.models.empty());
}

TEST_CASE("a file that is no trace fails the check, and a trace passes") {
  const scratch_directory files;
  check_trace(write_trace(files, "t.h5", {{1, 2, 3}}));
  CHECK(contains(message_of([&] { check_trace(files / "none.h5"); }), "none.h5"));
}

TEST_CASE("a comparison counts equal, moved, vanished and appeared spikes") {
  const scratch_directory files;
  const auto a = read_spike_trace(write_trace(files, "a.h5", {{1, 2, never}, {4, never, never}}));
  const auto b = read_spike_trace(write_trace(files, "b.h5", {{1, 3, 5}, {never, never, never}}));
  const auto found = compare_traces(a, b, 2);
  CHECK_FALSE(found.same);
  REQUIRE(found.populations.size() == 1);
  const auto& p = found.populations[0];
  CHECK(p.equal == 1);
  CHECK(p.moved == 1);
  CHECK(p.vanished == 1);
  CHECK(p.appeared == 1);
  REQUIRE(p.first.size() == 2);  // of three
  CHECK(p.first[0].neuron == 1);
  CHECK(p.first[0].a == 2);
  CHECK(p.first[0].b == 3);
  CHECK_FALSE(p.first[1].a);
  CHECK(compare_traces(a, a, 2).same);
  CHECK(compare_traces(a, a, 2).populations[0].equal == 3);
}

TEST_CASE("a comparison with a tolerance takes times that differ by it, and no more, for equal") {
  const scratch_directory files;
  const auto a = read_spike_trace(write_trace(files, "a.h5", {{1, 2, 3}}));
  const auto b = read_spike_trace(write_trace(files, "b.h5", {{1.25, 2.5, 3}}));
  CHECK(compare_traces(a, b, 9).populations[0].moved == 2);
  const auto some = compare_traces(a, b, 9, 0.25);
  CHECK_FALSE(some.same);
  CHECK(some.populations[0].equal == 2);
  CHECK(some.populations[0].moved == 1);
  CHECK(some.populations[0].largest == 0.5);
  CHECK(compare_traces(a, b, 9, 0.5).same);
  const auto fewer = read_spike_trace(write_trace(files, "c.h5", {{1, 2, never}}));
  CHECK(compare_traces(a, fewer, 9, 5).populations[0].vanished == 1);
  for (const double wrong : {-1.0, never}) {
    CHECK(message_of([&] { compare_traces(a, b, 9, wrong); }).starts_with("tolerance = "));
  }
}

TEST_CASE("traces of other populations are not the same, even without spikes") {
  const scratch_directory files;
  const auto a = read_spike_trace(write_trace(files, "a.h5", {{never, never, never}}));
  const auto b = read_spike_trace(write_trace(files, "b.h5", {{never, never, never}}, "b"));
  const auto found = compare_traces(a, b, 2);
  CHECK_FALSE(found.same);
  REQUIRE(found.populations.size() == 2);
  CHECK(found.populations[0].only_in_a);
  CHECK(found.populations[1].only_in_b);
}

TEST_CASE("recorded spikes feed the source of their name, sample by sample") {
  const scratch_directory files;
  const auto path = write_trace(files, "t.h5", {{1, never, 3}, {never, 5, never}});
  const auto input = read_spike_input(path, fed);
  CHECK(input.samples == 2);
  CHECK(input.sources == 3);
  CHECK(source_times(input, 0, 2) == times{1, never, 3, never, 5, never});
  CHECK(source_times(input, 1, 2) == times{never, 5, never});
  // One population feeds one source, whatever it is called; of two sources each needs its own.
  CHECK(read_spike_input(write_trace(files, "b.h5", {{1, 2, 3}}, "b"), fed).samples == 1);
  const std::vector<population> two{source_population("a", 3), source_population("b", 3)};
  CHECK(contains(message_of([&] { read_spike_input(path, two); }), "no population 'b'"));
  const std::vector<population> small{source_population("a", 2)};
  CHECK(contains(message_of([&] { read_spike_input(path, small); }), "has 2 neurons"));
}
