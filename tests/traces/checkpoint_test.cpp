#include "firstspike/traces/checkpoint.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "firstspike/tests/traces/files.hpp"

using namespace firstspike;

namespace {

checkpoint some_state() {
  checkpoint state;
  state.arrays["weights"] = std::vector<float>{1.5f, -0.0f, std::numeric_limits<float>::denorm_min(), 3e38f};
  state.arrays["moments"] = std::vector<double>{0.1, never, -1e-300};
  state.arrays["rng_key"] = std::vector<std::uint64_t>{~std::uint64_t{0}, 1};
  state.arrays["labels"] = std::vector<std::uint8_t>{0, 255};
  state.arrays["nothing"] = std::vector<double>{};
  state.values["step"] = std::int64_t{-7};
  state.values["lr"] = 0.1;
  state.values["options"] = std::string("--kernel ramp\n--seed 1");
  return state;
}

std::string copy_of(const scratch_directory& files) {
  const std::string path = files / "c.h5";
  write_checkpoint(path, some_state());
  return path;
}

}  // namespace

TEST_CASE("checkpoint: every array and value reads back bit-identical, and is written again to the same bytes") {
  const scratch_directory files;
  const auto path = copy_of(files);
  const auto back = read_checkpoint(path);
  CHECK(back.path == path);
  CHECK(back.arrays == some_state().arrays);
  CHECK(back.values == some_state().values);
  CHECK(std::signbit(array_of<float>(back, "weights")[1]));
  write_checkpoint(files / "2.h5", back);
  CHECK(read_bytes(files / "2.h5") == read_bytes(path));
}

TEST_CASE("checkpoint: fields are read by type and size") {
  const scratch_directory files;
  const auto state = read_checkpoint(copy_of(files));
  CHECK(array_of<std::uint64_t>(state, "rng_key", 2)[0] == ~std::uint64_t{0});
  CHECK(array_of<double>(state, "nothing", 0).empty());
  CHECK(value_of<std::int64_t>(state, "step") == -7);
  CHECK(value_of<double>(state, "lr") == 0.1);
  CHECK(value_of<std::string>(state, "options") == "--kernel ramp\n--seed 1");
}

TEST_CASE("checkpoint: a field that is missing, of another type or size is named with its file") {
  const scratch_directory files;
  const auto path = copy_of(files);
  const auto state = read_checkpoint(path);
  const auto bias = message_of([&] { array_of<float>(state, "bias"); });
  CHECK(bias == path + ": bias: is missing in the checkpoint");
  CHECK(message_of([&] { array_of<double>(state, "weights"); }) == path + ": weights: is f32, needed: f64");
  CHECK(message_of([&] { array_of<float>(state, "weights", 5); }) == path + ": weights: has 4 entries, needed: 5");
  CHECK(message_of([&] { value_of<double>(state, "epoch"); }) == path + ": epoch: is missing in the checkpoint");
  CHECK(message_of([&] { value_of<double>(state, "step"); }) == path + ": step: is a whole number, needed: float");
}

TEST_CASE("checkpoint: it replaces the last one, which is kept if writing fails") {
  const scratch_directory files;
  const auto path = copy_of(files);
  auto next = some_state();
  next.values["step"] = std::int64_t{8};
  write_checkpoint(path, next);
  CHECK(value_of<std::int64_t>(read_checkpoint(path), "step") == 8);
  next.values["step"] = std::string("a\0b", 3);
  CHECK(contains(message_of([&] { write_checkpoint(path, next); }), "NUL"));
  next.arrays["a/b"] = std::vector<double>{1};
  CHECK(contains(message_of([&] { write_checkpoint(path, next); }), "'a/b'"));
  CHECK(value_of<std::int64_t>(read_checkpoint(path), "step") == 8);
  CHECK(entries_in(files.path()) == 1);
}
