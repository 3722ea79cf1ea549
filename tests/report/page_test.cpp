// Data of a report: histograms, simplified voltage traces, neurons with large contributions, thinned spikes.
#include "firstspike/report/page.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "firstspike/data/random.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/report/drawing.hpp"
#include "firstspike/report/lanes.hpp"
#include "firstspike/report/report.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_convolutions.hpp"

namespace firstspike {
namespace {

using json = nlohmann::ordered_json;

constexpr auto ramp = synapse_kernel::ramp;

TEST_CASE("report histogram: by hand, bins are 1, 2 or 5 times a power of ten wide and start at a multiple of that") {
  CHECK(histogram_of({}).counts.empty());
  const auto few = histogram_of(std::vector<double>{3.5, 3, 7});
  CHECK(few.start == 3);
  CHECK(few.width == 1);
  CHECK(few.counts == std::vector<std::uint64_t>{2, 0, 0, 0, 1});
  const auto wide = histogram_of(std::vector<double>{101, 399});
  CHECK(wide.width == 10);
  CHECK(wide.start == 100);
  CHECK(wide.counts.size() == 30);
  CHECK(histogram_of(std::vector<double>{0, 39}).width == 1);
  CHECK(histogram_of(std::vector<double>{0, 40}).width == 2);
  CHECK(histogram_of(std::vector<double>{0, 80}).width == 5);
  CHECK(histogram_of(std::vector<double>{0, 3e9}).width == 1e8);
}

TEST_CASE("report histogram: counts every value once, in the bin of its range") {
  random_stream random(5, draw::tests);
  std::vector<double> values;
  for (int k = 0; k < 5000; ++k) values.push_back(random.uniform() * std::pow(10, k % 5));
  const auto h = histogram_of(values);
  CHECK(h.counts.size() <= most_bins);
  for (std::size_t bin = 0; bin < h.counts.size(); ++bin) {
    const double from = h.start + static_cast<double>(bin) * h.width;
    const auto inside = [&](double v) { return v >= from && v < from + h.width; };
    CHECK(h.counts[bin] == static_cast<std::uint64_t>(std::ranges::count_if(values, inside)));
  }
}

double on_trace(const std::vector<voltage_point>& points, double t) {
  std::size_t k = 1;
  while (k + 1 < points.size() && points[k].t < t) ++k;
  const auto &a = points[k - 1], &b = points[k];
  return a.v_m + (b.v_m - a.v_m) * (t - a.t) / (b.t - a.t);
}

TEST_CASE("report voltage trace: by hand, collinear points are removed, a jump stays") {
  const std::vector<voltage_point> points{{0, 0}, {1, 1}, {2, 2}, {3, 2}, {3, 5}, {4, 5}};
  CHECK(fewer_corners(points, 0) == std::vector<voltage_point>{{0, 0}, {2, 2}, {3, 2}, {3, 5}, {4, 5}});
  CHECK(fewer_corners(points, 10) == std::vector<voltage_point>{{0, 0}, {4, 5}});
  CHECK(fewer_corners(std::vector<voltage_point>{{0, 0}}, 1).size() == 1);
}

TEST_CASE("report voltage trace: no error exceeds the tolerance, and points are removed") {
  random_stream random(6, draw::tests);
  for (int number = 0; number < 50; ++number) {
    std::vector<voltage_point> points{{0, 0}};
    for (int k = 1; k < 200; ++k)
      points.push_back({points.back().t + 0.1 + random.uniform(), std::sin(k * 0.05) + 0.01 * random.uniform()});
    const auto fewer = fewer_corners(points, 0.02);
    CHECK(fewer.size() < points.size() / 2);
    for (const auto& p : points) CHECK(std::abs(on_trace(fewer, p.t) - p.v_m) <= 0.02 + 1e-12);
  }
}

TEST_CASE(
    "report neurons: all of a small output layer, and the hidden ones with the largest contributions to the first "
    "spike") {
  // Hidden neuron k fires at k, as the first source alone drives it; its weight to output 1, the first to fire, is k.
  const std::uint32_t hidden = 20;
  std::vector<double> in, out;
  std::vector<double> v_th;
  for (std::uint32_t k = 0; k < hidden; ++k) {
    in.push_back(1);
    v_th.push_back(1 + k);
    out.insert(out.end(), {0.01, static_cast<double>(k % 7 == 0 ? 5 : 1)});
  }
  auto layer = neurons("hidden", hidden, 1);
  layer.v_th = v_th;
  const network<double> net({sources("input", 1), layer, neurons("output", 2, 1000)},
                            {dense<double>(0, 1, ramp, 0, in), dense<double>(1, 2, ramp, 0, out)});
  const auto record = simulate(net, std::vector<double>{0}, {1024});
  const auto incoming = list_incoming(net);
  const auto ids = neurons_that_matter<double>({net, incoming, record.times_of(0), 1024, 1024});
  CHECK(ids.size() == 12 + 2);
  for (const std::uint32_t k : {0, 7, 14}) CHECK(std::ranges::count(ids, 1 + k) == 1);
  CHECK(std::ranges::count(ids, 1 + 19) == 0);  // the latest of equal weights contributes least
  CHECK(std::ranges::is_sorted(ids));
  CHECK(ids.back() == 22);
}

TEST_CASE("report neurons: with shared weights as with a list of the synapses, with the same voltage traces") {
  for (const std::uint64_t number : {3u, 6u, 7u, 11u, 14u, 18u}) {
    CAPTURE(number);
    const auto c = draw_chain(number, number % 3 != 0);
    const network<double> net(c.populations, c.projections);
    const auto listed = expanded(net);
    const auto record = simulate(net, c.source_times, {40, scheduler::heap, 1, true});
    report_scene scene;
    const auto shown = add_network(scene, net, 40), in_list = add_network(scene, listed, 40);
    shown_sample sample, other;
    CHECK(show(scene, shown, record.times_of(0), {}, sample));
    CHECK(show(scene, in_list, record.times_of(0), {}, other));
    REQUIRE(sample.membranes.size() == other.membranes.size());
    for (std::size_t i = 0; i < sample.membranes.size(); ++i)
      CHECK(sample.membranes[i].trace == other.membranes[i].trace);
    CHECK(sample.membranes.size() >= 8);
  }
}

TEST_CASE("report neurons: LAYER:ID is read, and other texts are refused") {
  CHECK(read_layer_neuron("generator_hidden:12").layer == "generator_hidden");
  CHECK(read_layer_neuron("a:b:7").id == 7);
  CHECK(read_layer_neuron("\"a:b,c d\":7").layer == "a:b,c d");
  const auto several = layer_neurons().read("\"a,b\":7,c:8");
  REQUIRE(several.size() == 2);
  CHECK(several[0].layer == "a,b");
  CHECK(several[1].id == 8);
  for (const auto* bad : {"hidden", ":3", "hidden:", "hidden:-1", "hidden:1.5", "hidden:99999999999999999999"})
    CHECK(refusal([&] { read_layer_neuron(bad); }) == "allowed: LAYER:ID, such as hidden:3");
}

TEST_CASE("report network: fire phases, bias neurons and what is not trained are in its rows") {
  const std::vector<population> populations{{"input", population_kind::source, 1784, {}},
                                            {"hidden_bias", population_kind::bias, 1, {}, 16},
                                            {"hidden", population_kind::neurons, 2, {1, 1}, 64, 0.25, 128},
                                            {"output_bias", population_kind::bias, 1, {}, 0},
                                            {"output", population_kind::neurons, 1, {1}}};
  const auto table = table_of("model", populations, "relu", std::vector<std::uint8_t>{0, 1, 0, 0, 0});
  using row = std::array<std::string, 6>;
  CHECK(table.name == "model");
  CHECK(table.regime == "relu");
  REQUIRE(table.rows.size() == 5);
  CHECK(table.rows[0] == row{"input", "source", "1,784", "", "", ""});
  CHECK(table.rows[1] == row{"hidden_bias", "bias", "1", "16", "", ""});
  CHECK(table.rows[2] == row{"hidden", "neurons", "2", "64", "0.25", "128"});
  CHECK(table.rows[3] == row{"output_bias", "bias, not trained", "1", "0", "", ""});
  CHECK(table.rows[4] == row{"output", "neurons", "1", "", "", "never"});
  CHECK(table_of("model", populations, "", {}).rows[3][1] == "bias");
}

// The page data of one scene.
json scene_json(const report_scene& scene) {
  page_content content;
  content.scenes = {scene};
  return json::parse(json_of(content))["scenes"][0];
}

TEST_CASE("report scene: of more than most_spikes_drawn every n-th is drawn, but all pixels of an image") {
  report_scene scene;
  const auto n = 3 * most_spikes_drawn;
  add_lane(scene, {"crowd", n, {}, 0});
  add_lane(scene, {"mute", 7, {}, 0});
  std::vector<double> times;
  for (std::size_t k = 0; k < n; ++k) times.push_back(static_cast<double>(n - k));
  shown_sample sample{"", "", {spikes_from(times), {}}, {}, {}};
  CHECK(sample.spikes[0].ids[0] == n - 1);
  count(scene.statistics[0], times);
  scene.samples.push_back(sample);
  const auto page = scene_json(scene);
  const auto& drawn = page["samples"][0]["spikes"][0];
  CHECK(drawn["of"] == n);
  CHECK(drawn["times"].size() == most_spikes_drawn);
  CHECK(drawn["times"][1] == 4);
  CHECK(page["lanes"][1]["n_nodes"] == 7);
  scene.image = image_lane{0, 1, n};
  CHECK(scene_json(scene)["samples"][0]["spikes"][0]["times"].size() == n);
}

TEST_CASE("report scene: a lane has the shape of its population, and is an image if that has one channel") {
  auto pixels = sources("input", 24);
  auto layer = neurons("hidden", 16, 1);
  pixels.shape = {4, 6, 1};
  layer.shape = {2, 4, 2};
  const network<double> net({pixels, layer, neurons("plain", 25, 1), neurons("output", 3, 1)}, {});
  report_scene scene;
  add_network(scene, net, 10);
  const auto lanes = scene_json(scene)["lanes"];
  CHECK(lanes[0]["shape"] == json{4, 6, 1});
  CHECK(lanes[1]["shape"] == json{2, 4, 2});
  CHECK(lanes[2]["shape"].is_null());
  const auto image = image_in(scene, 0);
  REQUIRE(image);
  CHECK(image->rows == 4);
  CHECK(image->columns == 6);
  CHECK_FALSE(image_in(scene, 1));
  REQUIRE(image_in(scene, 2));
  CHECK(image_in(scene, 2)->columns == 5);
  CHECK_FALSE(image_in(scene, 3));
}

TEST_CASE("report scene: the time axis ends after the last spike, or with the runs if they end earlier") {
  report_scene scene;
  add_lane(scene, {"output", 1, {}, 512});
  scene.end = 768;
  const auto end_with_spike_at = [&](double time) {
    scene.samples = {{"", "", {spikes_from(std::vector<double>{time})}, {}, {}}};
    return scene_json(scene)["end"].get<double>();
  };
  CHECK(end_with_spike_at(250) == 768);
  CHECK(end_with_spike_at(100) == 630);  // 1.02 * 612 + 1 = 625.24, rounded up to tens
}

TEST_CASE("report scene: the threshold of a neuron with a fire phase is drawn from its start to the spike") {
  report_scene scene;
  add_lane(scene, {"hidden", 3});
  shown_sample sample;
  sample.spikes.resize(1);
  sample.membranes.push_back({0, {0, 8, never, 0, 4, {{0, 0}, {4, 8}}}});
  sample.membranes.push_back({0, {1, 8, 20, 0.5, 28, {{0, 0}, {20, 4}, {28, 4}}}});
  sample.membranes.push_back({0, {2, 8, 20, 0.5, never, {{0, 0}, {16, 4}}}});
  scene.samples.push_back(sample);
  const auto membranes = scene_json(scene)["samples"][0]["membranes"];
  CHECK(membranes[0]["threshold"].is_null());
  CHECK(membranes[1]["v"] == json{0, 0.5, 0.5});
  CHECK(membranes[1]["threshold"] == json{{"times", {20, 28}}, {"v", {1, 0.5}}});
  CHECK(membranes[2]["threshold"]["times"].empty());
  CHECK(membranes[2]["spike"].is_null());
}

TEST_CASE("report scene: decisions and verdicts in words") {
  const std::vector<double> times{never, 12.5, 12.5};
  const std::vector<std::uint8_t> labels{4, 5, 6};
  CHECK(decision_text(times, std::vector<double>{0, 1, 2}, labels, 6u) == "decides 6 at step 12.50, correct");
  CHECK(decision_text(times, {}, labels, 6u) == "decides 5 at step 12.50, wrong: the label is 6");
  const std::vector<double> silent(3, never);
  CHECK(decision_text(silent, {}, labels, 6u) == "no output fires");
  CHECK(decision_text(silent, std::vector<double>{3, 1, 2}, labels, {}) ==
        "no output fires, the largest v_m decides 4");
  CHECK(verdict_text(std::vector<double>{never, 5}, 10) ==
        "the discriminator calls it fake (real silent, fake at step 15.00)");
  CHECK(verdict_text(std::vector<double>{5, 5}, 10) ==
        "the discriminator is undecided (real at step 15.00, fake at step 15.00)");
}

}  // namespace
}  // namespace firstspike
