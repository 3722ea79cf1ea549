// A small trace in every format, by library calls alone. The command's tests read the files with other tools.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "firstspike/exports/chrome_trace.hpp"
#include "firstspike/exports/membrane_export.hpp"
#include "firstspike/exports/spike_export.hpp"
#include "firstspike/exports/traced_model.hpp"
#include "firstspike/tests/exports/small_trace.hpp"

using namespace firstspike;
using testing::contains;
using testing::model_of;
using testing::small_network;
using testing::small_trace;

namespace {

const auto stop_at_once = [](auto...) { return false; };

}  // namespace

TEST_CASE("CSV: every spike is a line, by hand, and a part keeps the sample's number") {
  const small_trace trace;
  std::string text;
  const auto gather = [&](std::string_view more) { text += more; };
  CHECK(export_csv(trace.from, {}, gather) == 9);
  CHECK(text ==
        "sample,population,neuron,time\n"
        "0,input,0,2\n0,input,1,3\n0,output,1,3\n0,output,0,4\n"
        "1,input,1,1\n"
        "2,input,0,2.5\n2,input,1,5\n2,output,1,3.5\n2,output,0,6\n");
  text.clear();
  const spike_selection part{{{"output"}}, {{2, 3}}, 3.5, 6.0};
  CHECK(export_csv(trace.from, part, gather) == 1);
  CHECK(text == "sample,population,neuron,time\n2,output,1,3.5\n");
  text.clear();
  CHECK(export_csv(trace.from, part, trace.at("part.csv")) == 1);
  CHECK(testing::read_bytes(trace.at("part.csv")) == "sample,population,neuron,time\n2,output,1,3.5\n");
}

TEST_CASE("SONATA: a complete trace is reproduced byte for byte, a part with the metadata that still apply") {
  const small_trace trace;
  CHECK(export_sonata(trace.from, {}, trace.at("whole.h5")) == 9);
  CHECK(testing::read_bytes(trace.at("whole.h5")) == testing::read_bytes(trace.at("trace.h5")));
  CHECK(export_sonata(trace.from, {.samples = {{1, 3}}}, trace.at("part.h5")) == 5);
  const auto part = read_spike_trace(trace.at("part.h5"));
  CHECK(part.metadata == run_metadata{{"first_sample", std::int64_t{1}}, {"labels", std::string("0,1")}});
  CHECK(find_population(part, "output").timestamps == std::vector<double>{3.5, 6});
  CHECK(part.labels == std::vector<std::uint8_t>{0, 1});
}

TEST_CASE("NIR data and SHD: all spikes, and the labels of the chosen samples") {
  const small_trace trace;
  CHECK(export_nir(trace.from, {}, trace.at("a.nir")) == 9);
  const auto known = export_shd(trace.from, {}, {"output"}, trace.at("known.h5"));
  CHECK(known.spikes == 4);
  CHECK(known.layer == "output");
  CHECK(known.labels);
  CHECK(export_shd(trace.from, {}, {}, trace.at("input.h5")).layer == "input");
  const small_trace unknown((run_metadata()));
  CHECK_FALSE(export_shd(unknown.from, {}, {}, unknown.at("none.h5")).labels);
  CHECK(export_shd(unknown.from, {}, {{}, {{4, 5, 6}}}, unknown.at("given.h5")).labels);
  CHECK(refusal([&] { export_shd(trace.from, {}, {"hidden"}, trace.at("no.h5")); }) ==
        "layer: no layer 'hidden', allowed: input, output");
  CHECK(refusal([&] {
          export_shd(trace.from, {}, {{}, {{4, 5}}}, trace.at("no.h5"));
        }) == "labels: 2, needed: 3, one for each sample of input");
}

TEST_CASE("empty selections are refused by the name of the field") {
  const small_trace trace;
  const auto said = [&](const spike_selection& selection) {
    return refusal([&] { chosen_spikes(trace.from, selection); });
  };
  CHECK(said({.layers = {{"hiden"}}}) == "layers: no layer 'hiden', allowed: input, output");
  CHECK(said({.samples = {{2, 4}}}) == "samples = 2:4, allowed: within 0:3");
  CHECK(said({.from = 5, .until = 5}) == "until = 5, allowed: above from = 5");
  CHECK(said({.from = 10}) == "from = 10, allowed: below 10, where input ends");
}

TEST_CASE("Chrome trace: each spike of a neuron has a flow from each of its causes, by hand") {
  const small_trace trace;
  const auto models = models_behind(trace.from, model_of(small_network()));
  std::string text;
  const auto totals = export_chrome(trace.from, models, {}, {}, [&](std::string_view more) { text += more; });
  CHECK(totals.spikes == 9);
  CHECK(totals.flows == 2 * (1 + 2));
  CHECK(totals.spikes_left_out == 0);
  const auto events = nlohmann::json::parse(text)["traceEvents"];
  std::vector<double> from, to;
  for (const auto& e : events) {
    if (e["ph"] == "s") from.push_back(e["ts"]);
    if (e["ph"] == "f") to.push_back(e["ts"]);
  }
  CHECK(from == std::vector<double>{2000, 2000, 3000, 2500, 2500, 5000});
  CHECK(to == std::vector<double>{3000, 4000, 4000, 3500, 6000, 6000});
  const auto few = export_chrome(trace.from, models, {}, {8, 4}, trace.at("few.json"));
  CHECK(contains(text, R"("name":"process_labels","pid":2,"tid":0,"args":{"labels":"label 0"})"));
  CHECK(few.spikes == 8);
  CHECK(few.spikes_left_out == 1);
  CHECK(few.flows == 4);
  CHECK(few.spikes_without_flows == 0);
  CHECK(export_chrome(trace.from, {}, {}, {}, trace.at("none.json")).flows == 0);
}

TEST_CASE("membrane potentials: the layers and frames of one sample, and no others") {
  const small_trace trace;
  const auto models = models_behind(trace.from, model_of(small_network()));
  const auto run = [&](const spike_selection& selection) {
    return export_membranes(trace.from, models, selection, 0.5, trace.at("v_m.h5"), true);
  };
  const auto totals = run({.samples = {{0, 1}}, .from = 2});
  CHECK(totals.frames == 16);
  REQUIRE(totals.layers.size() == 1);
  CHECK(totals.layers[0].name == "output");
  CHECK(refusal([&] { run({}); }) == "samples: 3 are selected for membrane potentials, allowed: one, such as 0:1");
  CHECK(refusal([&] { run({.samples = {{0, 1}}, .until = 11}); }) == "until = 11, allowed: up to t_max = 10");
  CHECK(refusal([&] {
          run({.layers = {{"input"}}, .samples = {{0, 1}}});
        }) == "layers: 'input' is not a layer with membrane potentials, allowed: output");
  CHECK(contains(refusal([&] { export_membranes(trace.from, {}, {}, 1, trace.at("no.h5")); }), "model is needed"));
}

TEST_CASE("a network that did not make the trace is refused with the first spike that differs") {
  const small_trace trace;
  const auto other = models_behind(trace.from, model_of(small_network(0.4)));
  const auto said = "output:0 fires at 4 in sample 0, with this model at 3";
  CHECK(contains(testing::message_of([&] { export_chrome(trace.from, other, {}, {}, trace.at("no.json")); }), said));
  CHECK(contains(testing::message_of([&] {
                   export_membranes(trace.from, other, {.samples = {{0, 1}}}, 1, trace.at("no.h5"));
                 }),
                 said));
  CHECK(testing::entries_in(trace.files.path()) == 1);
}

TEST_CASE("exports: a callback that returns false cancels each, and no file is left") {
  const small_trace trace;
  const auto models = models_behind(trace.from, model_of(small_network()));
  const auto path = trace.at("no");
  CHECK_THROWS_AS(export_csv(trace.from, {}, path, false, stop_at_once), cancelled);
  CHECK_THROWS_AS(export_sonata(trace.from, {}, path, false, stop_at_once), cancelled);
  CHECK_THROWS_AS(export_nir(trace.from, {}, path, false, stop_at_once), cancelled);
  CHECK_THROWS_AS(export_shd(trace.from, {}, {}, path, false, stop_at_once), cancelled);
  CHECK_THROWS_AS(export_chrome(trace.from, models, {}, {}, path, false, stop_at_once), cancelled);
  CHECK_THROWS_AS(export_membranes(trace.from, models, {.samples = {{0, 1}}}, 1, path, false, stop_at_once), cancelled);
  CHECK(testing::entries_in(trace.files.path()) == 1);
}
