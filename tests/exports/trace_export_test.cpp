// export_trace: each format equals its own function, and what does not go together is refused.
#include "firstspike/exports/trace_export.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "firstspike/data/idx.hpp"
#include "firstspike/exports/chrome_trace.hpp"
#include "firstspike/exports/membrane_export.hpp"
#include "firstspike/exports/spike_export.hpp"
#include "firstspike/tests/exports/small_trace.hpp"

using namespace firstspike;
using testing::contains;
using testing::model_of;
using testing::read_bytes;
using testing::small_network;
using testing::small_trace;

namespace {

/// A part of the trace, for formats that take more than one sample.
const spike_selection part{.samples = {{0, 2}}, .until = 4.0};

struct two_files {
  export_result result;
  std::string bytes, direct;
};

/// What export_trace writes, and what `direct` writes to the path it is given.
template <class Direct>
two_files both(const small_trace& trace, const trace_export_options& options, const Direct& direct) {
  two_files files;
  files.result = export_trace(trace.at("trace.h5"), trace.at("call"), options);
  direct(trace.at("direct"));
  files.bytes = read_bytes(trace.at("call"));
  files.direct = read_bytes(trace.at("direct"));
  CHECK(files.result.format == options.format);
  return files;
}

std::string refusal_of(const trace_export_options& options) {
  return refusal([&] { export_trace("no trace is read", "no file is written.csv", options); });
}

}  // namespace

TEST_CASE("export_trace writes the same CSV as export_csv, to a file and as text") {
  const small_trace trace;
  const auto files = both(trace, {.format = "csv", .selection = part},
                          [&](const std::string& path) { CHECK(export_csv(trace.from, part, path) == 4); });
  CHECK(files.bytes == files.direct);
  CHECK(files.result.spikes == 4);
  std::string text;
  const auto gather = [&](std::string_view more) { text += more; };
  CHECK(export_trace(trace.at("trace.h5"), gather, {.selection = part}).format == "csv");
  CHECK(text == files.direct);
}

TEST_CASE("export_trace writes the same SONATA and NIR files as their functions") {
  const small_trace trace;
  const auto sonata = both(trace, {.format = "sonata", .selection = part},
                           [&](const std::string& path) { export_sonata(trace.from, part, path); });
  CHECK(sonata.bytes == sonata.direct);
  CHECK(sonata.result.spikes == 4);
  const small_trace other;
  const auto nir = both(other, {.format = "nir", .selection = part},
                        [&](const std::string& path) { export_nir(other.from, part, path); });
  CHECK(nir.bytes == nir.direct);
  CHECK(nir.result.spikes == 4);
}

TEST_CASE("export_trace reads the labels of an SHD file, one for each sample of the trace") {
  const small_trace trace;
  const std::vector<std::uint8_t> labels{4, 5, 6};
  write_idx_labels(trace.at("labels.idx"), labels, false);
  const auto files =
      both(trace, {.format = "shd", .selection = part, .layer = "output", .labels = trace.at("labels.idx")},
           [&](const std::string& path) {
             export_shd(trace.from, part, {"output", labels}, path);
           });
  CHECK(files.bytes == files.direct);
  CHECK(files.result.layer == "output");
  CHECK(files.result.labels);
  write_idx_labels(trace.at("few.idx"), std::vector<std::uint8_t>{4, 5}, false);
  CHECK(testing::message_of([&] {
          export_trace(trace.from, trace.at("no"), {.format = "shd", .labels = trace.at("few.idx")});
        }) == trace.at("few.idx") + ": 2 labels, /spikes/input of " + trace.at("trace.h5") + " has 3 samples");
}

TEST_CASE("export_trace writes the same Chrome trace as export_chrome, with the limits of the options") {
  const small_trace trace;
  const auto models = models_behind(trace.from, model_of(small_network()));
  const auto files =
      both(trace, {.format = "chrome", .most_spikes = 8, .most_flows = 3, .model = model_of(small_network())},
           [&](const std::string& path) {
             export_chrome(trace.from, models, {}, {8, 3}, path);
           });
  CHECK(files.bytes == files.direct);
  CHECK(files.result.models == 1);
  CHECK(files.result.spikes == 8);
  CHECK(files.result.spikes_left_out == 1);
  CHECK(files.result.flows == 3);
  CHECK(files.result.spikes_without_flows == 1);
  CHECK(export_trace(trace.from, trace.at("none.json")).models == 0);
}

TEST_CASE(
    "export_trace writes the same membrane potentials as export_membranes, with the model given or in the trace") {
  const small_trace trace;
  const auto models = models_behind(trace.from, model_of(small_network()));
  const spike_selection one{.samples = {{0, 1}}};
  const auto files =
      both(trace, {.format = "membrane", .selection = one, .dt = 0.5, .model = model_of(small_network())},
           [&](const std::string& path) { export_membranes(trace.from, models, one, 0.5, path); });
  CHECK(files.bytes == files.direct);
  CHECK(files.result.frames == 20);
  REQUIRE(files.result.layers.size() == 1);
  CHECK(files.result.layers[0].name == "output");
  CHECK(refusal([&] { export_trace(trace.from, trace.at("no"), {.format = "membrane", .selection = one}); }) ==
        "model is needed for membrane potentials, " + trace.at("trace.h5") + " has none");
}

TEST_CASE("SHD: times that differ are different numbers, and f32 where that is enough") {
  const small_trace trace;
  spike_trace_writer writer(trace.at("near.h5"), {{"input", 2, 0, testing::t_max}}, {});
  writer.append(0, std::vector<double>{3, 3});
  writer.append(0, std::vector<double>{3, 3 + 0x1p-40});
  writer.finish();
  const auto script = trace.at("read.py");
  const auto stored = [&](const spike_selection& selection, const std::string& values) {
    export_trace(trace.at("near.h5"), trace.at("shd.h5"), {.format = "shd", .selection = selection, .overwrite = true});
    std::ofstream(script) << "import h5py\nt = h5py.File('" << trace.at("shd.h5") << "')['spikes/times'][()]\n"
                          << "assert [(str(s.dtype), len(set(s))) for s in t] == " << values;
    return std::system(("/usr/bin/python3 " + script).c_str()) == 0;
  };
  CHECK(stored({.samples = {{0, 1}}}, "[('float32', 1)]"));
  CHECK(stored({}, "[('float64', 1), ('float64', 2)]"));
  CHECK(refusal_of({.format = "shd", .lossy = true}) == "lossy has no effect on format shd, allowed for: chrome");
}

TEST_CASE("a Chrome trace of more spikes than the default bound is refused, a bound that is given is kept") {
  const small_trace trace;
  const std::uint64_t most = chrome_limits().most_spikes, neurons = most + 2;
  spike_trace_writer writer(trace.at("large.h5"), {{"input", neurons, 0, testing::t_max}}, {});
  writer.append(0, std::vector<double>(neurons, 1));
  writer.finish();
  trace_export_options options{.format = "chrome"};
  CHECK(refusal([&] {
          export_trace(trace.at("large.h5"), trace.at("large.json"), options);
        }).starts_with("most_spikes = 100000, but 100002 spikes are chosen; "));
  CHECK_FALSE(std::filesystem::exists(trace.at("large.json")));
  options.most_spikes = 7;
  CHECK(export_trace(trace.at("large.h5"), trace.at("few.json"), options).spikes == 7);
  options = {.format = "chrome", .lossy = true};
  CHECK(export_trace(trace.at("large.h5"), trace.at("lossy.json"), options).spikes_left_out == 2);
}

TEST_CASE("lossy beside bounds of one's own is refused") {
  CHECK(refusal_of({.format = "chrome", .most_spikes = 1, .most_flows = 1, .lossy = true}) ==
        "lossy has no effect with most_spikes and most_flows, which replace the default bounds");
}

TEST_CASE("the ending of the file chooses the format, and an ending of no format is refused with those there are") {
  CHECK(export_format_of({}, "a.csv") == "csv");
  CHECK(export_format_of({}, "a.h5") == "sonata");
  CHECK(export_format_of({}, "a.hdf5") == "sonata");
  CHECK(export_format_of({}, "a.nir") == "nir");
  CHECK(export_format_of({}, "a.json") == "chrome");
  for (const auto* wrong : {"a.h5.txt", "a.JSON", "a.csv.gz", "a.npz", "csv"}) {
    CHECK(refusal([&] { export_format_of({}, wrong); }) ==
          fmt::format("out = '{}' names no format by its ending, allowed: .csv (csv), .h5 (sonata), .hdf5 (sonata), "
                      ".nir (nir), .json (chrome); or choose format",
                      wrong));
  }
  CHECK(export_format_of({}) == "csv");
  CHECK(export_format_of({.format = "shd"}, "a.nir") == "shd");
  const small_trace trace;
  CHECK(export_trace(trace.from, trace.at("a.json")).format == "chrome");
  CHECK(read_bytes(trace.at("a.json")).starts_with("{\"displayTimeUnit\""));
  CHECK(export_trace(trace.from, trace.at("a.nir")).format == "nir");
  CHECK(contains(testing::message_of([&] { export_trace(trace.from, trace.at("a.nir")); }), "a.nir: exists"));
  CHECK(export_trace(trace.from, trace.at("a.nir"), {.format = "csv", .overwrite = true}).format == "csv");
}

TEST_CASE("a field without effect on the format is refused by its name, before the trace is read") {
  CHECK(refusal_of({.format = "csv", .layer = "input"}) == "layer has no effect on format csv, allowed for: shd");
  CHECK(refusal_of({.format = "nir", .labels = "l.idx"}) == "labels has no effect on format nir, allowed for: shd");
  CHECK(refusal_of({.format = "shd", .selection = {.layers = {{"input"}}}}) ==
        "layers has no effect on format shd, allowed for: csv, sonata, nir, chrome, membrane");
  CHECK(refusal_of({.format = "membrane", .most_spikes = 1}) ==
        "most_spikes has no effect on format membrane, allowed for: chrome");
  CHECK(refusal_of({.most_flows = 1}) == "most_flows has no effect on format csv, allowed for: chrome");
  CHECK(refusal_of({.format = "chrome", .dt = 1.0}) == "dt has no effect on format chrome, allowed for: membrane");
  CHECK(refusal_of({.format = "sonata", .model = model_of(small_network())}) ==
        "model has no effect on format sonata, allowed for: chrome, membrane");
  CHECK(refusal_of({.format = "shd", .precision = real_type::f32}) ==
        "precision has no effect on format shd, allowed for: chrome, membrane");
  CHECK(refusal_of({.format = "chrome", .model = model_of(small_network()), .precision = real_type::f32}) ==
        "precision has no effect with model, which has its own");
}

TEST_CASE("unknown formats, and files as text, are refused") {
  CHECK(refusal_of({.format = "vcd"}) == "format = 'vcd', allowed: csv, sonata, nir, shd, chrome, membrane");
  CHECK(refusal([] { export_format_of({.format = "shd"}); }) ==
        "out is needed for format shd, a file; as text, allowed: csv, chrome");
  const auto sink = [](std::string_view) {};
  CHECK(refusal([&] { export_trace("no trace is read", sink, {.format = "nir"}); }) ==
        "out is needed for format nir, a file; as text, allowed: csv, chrome");
}
