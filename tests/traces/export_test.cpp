// NIRGraphData, SHD and membrane reports, read back by h5py.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/membrane_report.hpp"
#include "firstspike/traces/nir_data_write.hpp"
#include "firstspike/traces/shd_write.hpp"

using namespace firstspike;

namespace {

/// Three samples of a layer of four: {3 at 2, 0 at 0.5}, none, {1 at 7}. Sorted by_id, not by time.
population_spikes three_samples(const std::string& name) {
  population_spikes p;
  p.name = name;
  p.n_nodes = 4;
  p.t_stop = 10;
  p.timestamps = {2, 0.5, 7};
  p.node_ids = {3, 0, 1};
  p.sample_ids = {0, 0, 2};
  p.sample_offsets = {0, 2, 2, 3};
  return p;
}

/// More samples than one block of rows: sample s has s % 3 spikes, neuron i at s + i.
population_spikes many_samples() {
  population_spikes p;
  p.name = "many";
  p.n_nodes = 2;
  p.sample_offsets = {0};
  for (std::uint32_t s = 0; s < 40'000; ++s) {
    for (std::uint32_t i = 0; i < s % 3; ++i) {
      p.timestamps.push_back(s + i);
      p.node_ids.push_back(i);
      p.sample_ids.push_back(s);
    }
    p.sample_offsets.push_back(p.timestamps.size());
  }
  return p;
}

}  // namespace

TEST_CASE("spike times: the events of a sample by time, then id") {
  auto p = three_samples("a");
  CHECK(events_by_time(p, 0) == std::vector<std::size_t>{1, 0});
  CHECK(events_by_time(p, 1).empty());
  CHECK(events_by_time(p, 2) == std::vector<std::size_t>{2});
  p.timestamps = {2, 2, 7};
  CHECK(events_by_time(p, 0) == std::vector<std::size_t>{1, 0});
}

TEST_CASE("NIR data: rows are by time and filled up with -1 and inf") {
  const scratch_directory files;
  write_nir_data(files / "d.nir", {{three_samples("a")}, {}}, 5, false);
  CHECK(run_python(files, files / "d.nir", R"(
f = h5py.File(path)
s = f['nodes/a/observables/spikes']
assert f.attrs['first_sample'] == 5
assert s['idx'][()].tolist() == [[0, 3], [-1, -1], [1, -1]], s['idx'][()]
assert s['time'][()].tolist() == [[0.5, 2], [np.inf, np.inf], [7, np.inf]], s['time'][()]
assert s.attrs['n_neurons'] == 4 and s.attrs['t_max'] == 10
)"));
}

TEST_CASE("NIR data and SHD: files of many blocks have every row in its place") {
  const scratch_directory files;
  std::vector<std::uint64_t> done;
  write_nir_data(files / "d.nir", {{many_samples()}, {}}, 0, false, [&](std::uint64_t now, std::uint64_t total) {
    CHECK(total == 40'000);
    done.push_back(now);
    return true;
  });
  CHECK(done.size() > 1);
  CHECK(done.front() == 0);
  CHECK(std::ranges::is_sorted(done));
  write_shd(files / "d.h5", many_samples(), {}, 0, false);
  CHECK(run_python(files, files / "d.nir", R"(
s = np.arange(40000)
idx, time = (h5py.File(path)['nodes/many/observables/spikes'][name][()] for name in ('idx', 'time'))
assert (idx == np.where(s[:, None] % 3 > [0, 1], [0, 1], -1)).all()
assert (time == np.where(s[:, None] % 3 > [0, 1], s[:, None] + [0, 1], np.inf)).all()
f = h5py.File(path.replace('d.nir', 'd.h5'))
assert 'labels' not in f
assert all((t == np.float32((i + np.arange(i % 3)) / 1000)).all() and len(t) == i % 3 for i, t in enumerate(f['spikes/times'][()]))
assert all(u.tolist() == list(range(i % 3)) for i, u in enumerate(f['spikes/units'][()]))
)"));
}

TEST_CASE("SHD: a list for each sample, in seconds, with labels") {
  const scratch_directory files;
  write_shd(files / "d.h5", three_samples("a"), std::vector<std::uint8_t>{7, 0, 255}, 2, false);
  CHECK(run_python(files, files / "d.h5", R"(
f = h5py.File(path)
assert [t.tolist() for t in f['spikes/times']] == [np.float32([0.0005, 0.002]).tolist(), [], np.float32([0.007]).tolist()]
assert [u.tolist() for u in f['spikes/units']] == [[0, 3], [], [1]] and f['spikes/units'][0].dtype == 'u2'
assert f['labels'][()].tolist() == [7, 0, 255] and dict(f.attrs) == {'layer': 'a', 'n_units': 4, 'first_sample': 2}
)"));
  CHECK(contains(
      message_of([&] { write_shd(files / "e.h5", three_samples("a"), std::vector<std::uint8_t>{1}, 0, false); }),
      "1 labels, needed: one for each of 3 samples"));
  CHECK(contains(message_of([&] { write_shd(files / "d.h5", three_samples("a"), {}, 0, false); }),
                 "exists; choose another name"));
  CHECK(entries_in(files.path()) == 1);
}

TEST_CASE("exports: errors and cancellation leave no file") {
  const scratch_directory files;
  const auto stop = [](auto...) { return false; };
  CHECK_THROWS_AS(write_nir_data(files / "a", {{three_samples("a")}, {}}, 0, false, stop), cancelled);
  CHECK_THROWS_AS(write_shd(files / "b", three_samples("a"), {}, 0, false, stop), cancelled);
  { membrane_report_writer unfinished(files / "c", {{"a", 2}}, {0, 10, 1}, {}, false); }
  CHECK(entries_in(files.path()) == 0);
}

TEST_CASE("membrane report: frames up to, not including, t_stop") {
  CHECK(frame_count({0, 256, 1}) == 256);
  CHECK(frame_count({0, 256, 0.1}) == 2560);
  CHECK(frame_count({20.5, 180, 0.3}) == 532);
  CHECK(frame_count({0, 1, 3}) == 1);
  CHECK(frame_count({0, 3, 1.5}) == 2);
  CHECK(frame_time({20.5, 180, 0.25}, 3) == 21.25);
  for (const auto& times : std::vector<report_times>{
           {0, 0, 1}, {2, 1, 1}, {-1, 1, 1}, {0, never, 1}, {0, 1, 0}, {0, 1, -1}, {0, 1, 1e-4}, {0, 0x1p32, 0.5}}) {
    CHECK(contains(message_of([&] { frame_count(times); }), "allowed: 0 <= from < to"));
  }
}

TEST_CASE("membrane report: frames come in pieces, and all of them") {
  const scratch_directory files;
  membrane_report_writer writer(files / "m.h5", {{"a", 2}, {"b", 1}}, {1, 4, 1}, {{"seed", std::int64_t{3}}}, false);
  writer.append(0, std::vector<float>{1, 2, 3, 4});
  CHECK(contains(message_of([&] { writer.append(0, std::vector<float>{5}); }), "1 potentials of 2 neurons"));
  CHECK(contains(message_of([&] { writer.append(1, std::vector<float>(4)); }), "4 potentials of 1 neurons for 3"));
  writer.append(1, std::vector<float>{7, 8, 9});
  CHECK(contains(message_of([&] { writer.finish(); }), "population a: 2 of 3 frames are written"));
  writer.append(0, std::vector<float>{5, 6});
  writer.finish();
  CHECK(run_python(files, files / "m.h5", R"(
f = h5py.File(path)
assert f['report/a/data'][()].tolist() == [[1, 2], [3, 4], [5, 6]] and f['report/b/data'][()].tolist() == [[7], [8], [9]]
assert f['report/a/mapping/time'][()].tolist() == [1, 4, 1] and f.attrs['seed'] == 3
)"));
}

TEST_CASE("membrane report: populations that cannot be written") {
  const scratch_directory files;
  const auto refused = [&](std::vector<report_population> populations) {
    return message_of([&] { membrane_report_writer(files / "m.h5", std::move(populations), {0, 1, 1}, {}, false); });
  };
  CHECK(contains(refused({}), "at least one population"));
  CHECK(contains(refused({{"a", 1}, {"a", 1}}), "each name once"));
  CHECK(contains(refused({{"a", 0}}), "at least one neuron"));
  CHECK(contains(refused({{"a/b", 1}}), "a/b"));
  CHECK(entries_in(files.path()) == 0);
}
