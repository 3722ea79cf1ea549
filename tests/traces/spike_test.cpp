#include <doctest/doctest.h>
#include <hdf5.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/spike_trace.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"

using namespace firstspike;

namespace {

std::vector<double> random_times(std::size_t n, std::mt19937& rng, double t_max) {
  std::vector<double> times(n, never);
  for (auto& t : times) {
    if (rng() % 4 != 0) t = std::uniform_real_distribution<double>(0, t_max)(rng);
  }
  return times;
}

void append_all(spike_trace_writer& writer, std::size_t population, const std::vector<double>& times, std::size_t n) {
  for (std::size_t first = 0; first < times.size(); first += n) {
    writer.append(population, std::span(times).subspan(first, n));
  }
}

void check_same_events(const population_spikes& a, const population_spikes& b) {
  CHECK(a.timestamps == b.timestamps);
  CHECK(a.node_ids == b.node_ids);
  CHECK(a.sample_ids == b.sample_ids);
  CHECK(a.sample_offsets == b.sample_offsets);
}

}  // namespace

TEST_CASE("spike trace: labels come back, one for each sample of the largest population") {
  const scratch_directory files;
  const std::vector<std::uint8_t> labels{7, 0, 255};
  const auto write = [&](const std::string& name, const std::vector<std::uint8_t>& of_samples) {
    spike_trace_writer writer(files / name, {{"long", 1, 0, 10}, {"short", 1, 0, 10}}, {});
    append_all(writer, 0, {1, never, 3}, 1);
    append_all(writer, 1, {1}, 1);
    writer.set_labels(of_samples);
    writer.finish();
  };
  write("t.h5", labels);
  CHECK(read_spike_trace(files / "t.h5").labels == labels);
  write("none.h5", {});
  CHECK(read_spike_trace(files / "none.h5").labels.empty());
  CHECK(contains(message_of([&] { write("few.h5", {7}); }), "1 labels, needed: none, or one for each of 3 samples"));
  CHECK(entries_in(files.path()) == 2);
}

TEST_CASE("spike trace: what others call labels is ignored, and damaged labels of ours are refused") {
  const scratch_directory files;
  const std::string path = files / "t.h5";
  const auto labels_after = [&](const std::string& lines) {
    REQUIRE(run_python(files, path, R"(
with h5py.File(path, 'w') as f:
    f['spikes/a/timestamps'], f['spikes/a/node_ids'], f['spikes/a/sample_ids'] = [1.0, 2.0], [0, 0], [0, 1]
)" + lines));
    return read_spike_trace(path).labels;
  };
  CHECK(labels_after("    f['labels'] = ['left', 'right']").empty());
  CHECK(labels_after("    f['labels/left'] = [1, 2]").empty());
  CHECK(labels_after("    f.attrs['labels'] = 'mine, not classes'").empty());
  CHECK(labels_after("    f.attrs['labels'] = '1,2,3'").empty());
  CHECK(labels_after("    f.attrs['labels'] = '1,2'") == std::vector<std::uint8_t>{1, 2});  // firstspike 0.2.0
  CHECK(labels_after("    f['labels'] = np.array([3, 4], 'i8')") == std::vector<std::uint8_t>{3, 4});
  CHECK(
      contains(message_of([&] { labels_after("    f['labels'] = [3]"); }), "/labels: has 1 entries, but the trace 2"));
  CHECK(contains(message_of([&] { labels_after("    f['labels'] = [3, 256]"); }), "entry 1 = 256 does not fit u8"));
}

TEST_CASE("spike trace: the first spike of each neuron in each sample is kept, in the order of the file") {
  const scratch_directory files;
  const std::string path = files / "t.h5";
  REQUIRE(run_python(files, path, R"(
with h5py.File(path, 'w') as f:
    g = f.create_group('spikes/a')
    g['timestamps'] = [5.0, 1.0, 3.0, 1.0, 9.0, 2.0, 2.0, 4.0]
    g['node_ids'] = [0, 2, 0, 1, 2, 0, 0, 1]
    g['sample_ids'] = [0, 0, 0, 0, 0, 1, 1, 1]
)"));
  const auto p = read_spike_trace(path, repeated_spikes::keep_first).populations.at(0);
  CHECK(p.timestamps == std::vector<double>{1, 3, 1, 2, 4});
  CHECK(p.node_ids == std::vector<std::uint64_t>{2, 0, 1, 0, 1});
  CHECK(p.sample_ids == std::vector<std::uint32_t>{0, 0, 0, 1, 1});
  CHECK(p.sample_offsets == std::vector<std::uint64_t>{0, 3, 5});
  CHECK(p.left_out == 3);
  CHECK(p.n_nodes == 3);
}

TEST_CASE("spike trace: silent neurons are left out, the others come by time, then id") {
  const scratch_directory files;
  spike_trace_writer writer(files / "t.h5", {{"hidden", 5, 0, 10}}, {});
  writer.append(0, std::vector<double>{7, never, 2, never, 2});
  writer.append(0, std::vector<double>(5, never));
  writer.append(0, std::vector<double>{never, 0, never, never, never});
  writer.finish();
  const auto p = find_population(read_spike_trace(files / "t.h5"), "hidden");
  CHECK(p.timestamps == std::vector<double>{2, 2, 7, 0});
  CHECK(p.node_ids == std::vector<std::uint64_t>{2, 4, 0, 1});
  CHECK(p.sample_ids == std::vector<std::uint32_t>{0, 0, 0, 2});
  CHECK(p.sample_offsets == std::vector<std::uint64_t>{0, 3, 3, 4});
  CHECK(p.n_nodes == 5);
  CHECK(p.t_start == 0);
  CHECK(p.t_stop == 10);
  CHECK(p.sorting == spike_sorting::none);
  CHECK(dense_times(p, 5) == std::vector<double>{7, never, 2, never, 2, never, never, never, never, never,  //
                                                 never, 0, never, never, never});
}

TEST_CASE("spike trace: one sample is sorted by time, and says so") {
  const scratch_directory files;
  spike_trace_writer writer(files / "t.h5", {{"a", 2, 0, 10}, {"b", 1, 0, 10}, {"none", 1, 0, 10}}, {});
  writer.append(0, std::vector<double>{5, 4});
  writer.append(1, std::vector<double>{1});
  writer.append(1, std::vector<double>{1});
  writer.finish();
  const auto trace = read_spike_trace(files / "t.h5");
  CHECK(find_population(trace, "a").sorting == spike_sorting::by_time);
  CHECK(find_population(trace, "b").sorting == spike_sorting::none);
  CHECK(find_population(trace, "none").samples() == 0);
}

TEST_CASE("spike trace: many blocks of events read back bit-identical, in populations of unequal samples") {
  const scratch_directory files;
  std::mt19937 rng(1);
  const auto a = random_times(300 * 257, rng, 1e6);
  const auto b = random_times(20 * 31, rng, 3);
  spike_trace_writer writer(files / "t.h5", {{"a", 300, 0, 1e6}, {"b", 31, 0, 3}}, {});
  append_all(writer, 0, a, 300);
  append_all(writer, 1, b, 31);
  writer.finish();
  const auto trace = read_spike_trace(files / "t.h5");
  CHECK(find_population(trace, "a").timestamps.size() > 3 * 16384);
  CHECK(dense_times(find_population(trace, "a"), 300) == a);
  CHECK(dense_times(find_population(trace, "b"), 31) == b);
}

TEST_CASE("spike trace: export, import and export again give the same file, byte for byte") {
  const scratch_directory files;
  std::mt19937 rng(2);
  const auto times = random_times(100 * 60, rng, 256);
  const run_metadata metadata{{"seed", std::int64_t{7}}, {"t_max", 256.0}, {"command", std::string("simulate")}};
  spike_trace_writer first(files / "1.h5", {{"hidden", 100, 0, 256}}, metadata);
  append_all(first, 0, times, 100);
  first.finish();
  const auto trace = read_spike_trace(files / "1.h5");
  CHECK(trace.metadata == metadata);
  const auto& p = trace.populations.at(0);
  spike_trace_writer second(files / "2.h5", {{p.name, p.n_nodes, p.t_start, p.t_stop}}, trace.metadata);
  append_all(second, 0, dense_times(p, p.n_nodes), p.n_nodes);
  second.finish();
  check_same_events(read_spike_trace(files / "2.h5").populations.at(0), p);
  CHECK(read_bytes(files / "1.h5") == read_bytes(files / "2.h5"));
}

TEST_CASE("spike trace: a network's record goes in and comes out, bias neurons included") {
  const scratch_directory files;
  const std::vector<population> populations{
      source_population("input", 3), {"bias", population_kind::bias, 1, {}, 2}, neuron_population("output", {1, 1})};
  spike_record record{2, 6, {0, 1, never, 2, 9, never, never, never, 3, 2, never, 4.5}, {}};
  spike_trace_writer writer(files / "t.h5", trace_populations(populations, 10, "d_"), {});
  append_record(writer, populations, record, "d_");
  writer.finish();
  const auto trace = read_spike_trace(files / "t.h5");
  CHECK(trace.populations.size() == 3);
  const auto back = record_from_trace(trace, populations, "d_");
  CHECK(back.samples == record.samples);
  CHECK(back.neurons == record.neurons);
  CHECK(back.times == record.times);
  CHECK(contains(message_of([&] { record_from_trace(trace, populations); }), "no population input"));
}

TEST_CASE("spike trace: a record fills the populations of the writer, at least one") {
  const scratch_directory files;
  const std::vector<population> populations{source_population("input", 1), neuron_population("output", {1})};
  const spike_record record{1, 2, {3, 4}, {}};
  spike_trace_writer writer(files / "t.h5", {{"output", 1, 0, 10}}, {});
  append_record(writer, populations, record);
  CHECK(contains(message_of([&] { append_record(writer, populations, record, "x_"); }), "has no population"));
  CHECK(contains(message_of([&] { append_record(writer, populations, {1, 3, {1, 2, 3}, {}}); }), "3 neurons"));
  writer.finish();
  CHECK(read_spike_trace(files / "t.h5").populations.at(0).timestamps == std::vector<double>{4});
}

TEST_CASE("spike trace: without finish no file remains, and files are replaced only with overwrite") {
  const scratch_directory files;
  { spike_trace_writer writer(files / "t.h5", {{"a", 1, 0, 10}}, {}); }
  CHECK(entries_in(files.path()) == 0);
  {
    spike_trace_writer writer(files / "t.h5", {{"a", 1, 0, 10}}, {});
    writer.append(0, std::vector<double>{1});
    CHECK(entries_in(files.path()) == 1);
    CHECK(contains(message_of([&] { read_spike_trace(files / "t.h5"); }), "no such file"));
    writer.finish();
  }
  CHECK(entries_in(files.path()) == 1);
  const auto before = read_bytes(files / "t.h5");
  const auto open_again = [&](bool overwrite) {
    spike_trace_writer writer(files / "t.h5", {{"b", 1, 0, 10}}, {}, overwrite);
    writer.finish();
  };
  CHECK(message_of([&] { open_again(false); }) ==
        (files / "t.h5").string() + ": exists; choose another name, or overwrite it");
  CHECK(read_bytes(files / "t.h5") == before);
  open_again(true);
  CHECK(read_spike_trace(files / "t.h5").populations.at(0).name == "b");
}

TEST_CASE("spike trace: a sample that cannot be written is refused completely") {
  const scratch_directory files;
  spike_trace_writer writer(files / "t.h5", {{"a", 2, 1, 10}}, {});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double bad : {nan, -1.0, 0.5, 10.0, -never}) {
    CHECK(contains(message_of([&] { writer.append(0, std::vector<double>{2, bad}); }), "node 1 = "));
  }
  CHECK(contains(message_of([&] { writer.append(0, std::vector<double>{2}); }), "1 firing times, needed: 2"));
  CHECK(contains(message_of([&] { writer.append(1, std::vector<double>{2, 3}); }), "no population 1"));
  writer.append(0, std::vector<double>{2, 9.5});
  writer.finish();
  CHECK(contains(message_of([&] { writer.append(0, std::vector<double>{2, 3}); }), "until it is finished"));
  const auto p = read_spike_trace(files / "t.h5").populations.at(0);
  CHECK(p.samples() == 1);
  CHECK(p.timestamps == std::vector<double>{2, 9.5});
}

TEST_CASE("spike trace: populations and metadata that no trace can have are refused before any file is made") {
  const scratch_directory files;
  const auto open = [&](std::vector<trace_population> populations, const run_metadata& metadata = {}) {
    return message_of([&] { spike_trace_writer(files / "t.h5", populations, metadata); });
  };
  CHECK(contains(open({}), "at least one population"));
  CHECK(contains(open({{"a/b", 1, 0, 1}}), "'a/b'"));
  CHECK(contains(open({{"a", 1, 0, 1}, {"a", 1, 0, 1}}), "used twice"));
  CHECK(contains(open({{"a", 0, 0, 1}}), "n_nodes = 0"));
  CHECK(contains(open({{"a", 1, 2, 1}}), "[2, 1)"));
  CHECK(contains(open({{"a", 1, 0, 1}}, {{"version", std::string("0.1")}}), "metadata 'version'"));
  CHECK(entries_in(files.path()) == 0);
  CHECK(contains(message_of([&] { spike_trace_writer(files / "no/t.h5", {{"a", 1, 0, 1}}, {}); }), "No such file"));
}

TEST_CASE("spike trace: files by other tools are read, with string sorting, gids, other widths, no samples") {
  const scratch_directory files;
  const std::string path = files / "other.h5";
  REQUIRE(run_python(files, path, R"(
with h5py.File(path, 'w') as f:
    g = f.create_group('spikes/V1')
    g['timestamps'] = np.array([0.5, 2, 2], 'f4')
    g['gids'] = np.array([9, 3, 4], 'i2')
    g.attrs['sorting'] = 'by_time'
    h = f.create_group('spikes/LGN')
    h['timestamps'] = np.array([7, 3], '>i4')
    h['timestamps'].attrs['units'] = np.bytes_('milliseconds')
    h['node_ids'] = np.array([1, 2], 'u1')
    h.attrs['sorting'] = np.bytes_('by_id')
    f.attrs['note'] = 'hello'
    f.attrs['list'] = [1, 2, 3]
)"));
  const auto trace = read_spike_trace(path);
  CHECK(trace.metadata == run_metadata{{"note", std::string("hello")}});
  const auto& v1 = find_population(trace, "V1");
  CHECK(v1.timestamps == std::vector<double>{0.5, 2, 2});
  CHECK(v1.node_ids == std::vector<std::uint64_t>{9, 3, 4});
  CHECK(v1.n_nodes == 10);
  CHECK(v1.sample_ids == std::vector<std::uint32_t>{0, 0, 0});
  CHECK(v1.sample_offsets == std::vector<std::uint64_t>{0, 3});
  CHECK(v1.t_stop == never);
  CHECK(v1.sorting == spike_sorting::by_time);
  const auto& lgn = find_population(trace, "LGN");
  CHECK(lgn.timestamps == std::vector<double>{7, 3});
  CHECK(lgn.sorting == spike_sorting::by_id);
  CHECK(dense_times(lgn, 4) == std::vector<double>{never, 7, 3, never});
  CHECK(contains(message_of([&] { dense_times(lgn, 2); }), "node_ids entry 1 = 2, allowed: below 2"));
  CHECK(contains(message_of([&] { dense_times(lgn, std::size_t{1} << 40); }), "2^31"));
  CHECK(message_of([&] { find_population(trace, "V2"); }) == "trace: no population V2; there are: LGN, V1");
}

TEST_CASE("spike trace: spikes from before SONATA had populations are one population") {
  const scratch_directory files;
  const std::string path = files / "old.h5";
  REQUIRE(run_python(files, path, R"(
with h5py.File(path, 'w') as f:
    f['spikes/timestamps'] = [1.0, 2.0]
    f['spikes/gids'] = [5, 6]
)"));
  const auto trace = read_spike_trace(path);
  REQUIRE(trace.populations.size() == 1);
  CHECK(trace.populations[0].name == "spikes");
  CHECK(trace.populations[0].node_ids == std::vector<std::uint64_t>{5, 6});
}

TEST_CASE("spike trace: samples follow from sample_ids alone, and from sample_offsets alone") {
  const scratch_directory files;
  const std::string path = files / "t.h5";
  REQUIRE(run_python(files, path, R"(
with h5py.File(path, 'w') as f:
    for name in ('ids', 'offsets'):
        g = f.create_group('spikes/' + name)
        g['timestamps'] = [1.0, 1.0, 1.0]
        g['node_ids'] = [0, 0, 1]
    f['spikes/ids/sample_ids'] = [1, 3, 3]
    f['spikes/offsets/sample_offsets'] = [0, 0, 1, 1, 3]
)"));
  const auto trace = read_spike_trace(path);
  check_same_events(find_population(trace, "ids"), find_population(trace, "offsets"));
  CHECK(find_population(trace, "ids").samples() == 4);
}

TEST_CASE("spike trace: a caller's HDF5 error output settings are restored") {
  H5E_auto2_t before = nullptr;
  void* data = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &data);
  const bool prints = before != nullptr;
  REQUIRE(prints);
  const scratch_directory files;
  std::ofstream(files / "x.h5") << "nothing of the kind";
  CHECK(message_of([&] { read_spike_trace(files / "x.h5"); }) != "");
  H5E_auto2_t after = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &after, &data);
  const bool same = after == before;
  CHECK(same);
}
