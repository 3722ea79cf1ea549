#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/data/data_sets.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/tests/data/files.hpp"
#include "firstspike/tests/data/loopback.hpp"

using namespace firstspike;
using namespace firstspike::testing;

namespace {

/// A machine without data or network: home, cache and working directory are empty.
struct bare_machine {
  scratch_directory root;
  scoped_variable data{"FIRSTSPIKE_DATA", std::nullopt};
  scoped_variable cache{"XDG_CACHE_HOME", (root / "cache").string()};
  scoped_variable home{"HOME", (root / "home").string()};
  scoped_working_directory here{(std::filesystem::create_directory(root / "work"), root / "work")};
};

/// MNIST's own files, if they are next to this checkout.
std::optional<std::filesystem::path> real_mnist() {
  for (const auto* place : {"../shared/data/mnist", "../../shared/data/mnist", "../../../shared/data/mnist"}) {
    const auto path = std::filesystem::absolute(place);
    if (std::filesystem::exists(path / "train-images-idx3-ubyte.gz")) return std::filesystem::canonical(path);
  }
  MESSAGE("MNIST is not here: a part of this test is left out");
  return std::nullopt;
}

void link_mnist(const std::filesystem::path& real, const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  for (const auto& file : mnist_files()) {
    std::filesystem::create_symlink(real / (file.name + ".gz"), directory / (file.name + ".gz"));
  }
}

std::string sha256_of(std::string_view text) {
  return sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::array<known_file, 2> two_files() { return {{{"a", sha256_of("alpha")}, {"b", sha256_of("beta")}}}; }

bool is_one_line(const std::string& text) { return !text.empty() && !contains(text, "\n"); }

}  // namespace

TEST_CASE("data: directories are searched in order: variable, shared, cache") {
  const bare_machine machine;
  const auto cache = machine.root / "cache/firstspike/mnist";
  CHECK(data_directories() == std::vector<std::filesystem::path>{"../shared/data/mnist", cache});
  const scoped_variable named("FIRSTSPIKE_DATA", "/named");
  CHECK(data_directories() == std::vector<std::filesystem::path>{"/named", "../shared/data/mnist", cache});
  const scoped_variable no_cache("XDG_CACHE_HOME", std::nullopt);
  CHECK(cache_directory() == machine.root / "home/.cache/firstspike/mnist");
  const scoped_variable no_home("HOME", std::nullopt);
  CHECK(cache_directory() == std::nullopt);
  CHECK(data_directories() == std::vector<std::filesystem::path>{"/named", "../shared/data/mnist"});
}

TEST_CASE("data: the first directory with intact files is used, and a note says why others were skipped") {
  const auto real = real_mnist();
  if (!real) return;
  const bare_machine machine;
  std::vector<std::string> notes;
  CHECK(find_mnist({}, notes) == std::nullopt);
  CHECK(notes.empty());
  link_mnist(*real, *cache_directory());
  CHECK(find_mnist({}, notes) == cache_directory());
  link_mnist(*real, machine.root / "shared/data/mnist");
  CHECK(find_mnist({}, notes) == std::filesystem::path("../shared/data/mnist"));
  link_mnist(*real, machine.root / "named");
  const scoped_variable named("FIRSTSPIKE_DATA", (machine.root / "named").string());
  CHECK(find_mnist({}, notes) == machine.root / "named");
  CHECK(notes.empty());

  std::filesystem::remove(machine.root / "named/t10k-labels-idx1-ubyte.gz");
  CHECK(find_mnist({}, notes) == std::filesystem::path("../shared/data/mnist"));
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], (machine.root / "named").string() + ": t10k-labels-idx1-ubyte[.gz] is missing"));
  CHECK(find_mnist(machine.root / "named", notes) == std::nullopt);
}

TEST_CASE("data: MNIST is read from a given directory, plain or gzip") {
  const auto real = real_mnist();
  if (!real) return;
  const bare_machine machine;
  link_mnist(*real, machine.root / "given");
  const auto labels = read_idx_labels(*real / "t10k-labels-idx1-ubyte.gz");
  std::filesystem::remove(machine.root / "given/t10k-labels-idx1-ubyte.gz");
  write_idx_labels(machine.root / "given/t10k-labels-idx1-ubyte", labels);
  data_request request;
  request.directory = machine.root / "given";
  const auto data = load_digits(request);
  CHECK(data.name == "mnist");
  CHECK(data.where == (machine.root / "given").string());
  CHECK(data.notes.empty());
  CHECK(data.train.count == 60000);
  CHECK(data.train.labels.size() == 60000);
  CHECK(data.test.count == 10000);
  CHECK(data.test.labels == labels);
  CHECK(data.test.labels[0] == 7);  // the first test image is a seven
}

TEST_CASE("data: only the files of the part that is needed are read, and need to be there") {
  const auto real = real_mnist();
  if (!real) return;
  const bare_machine machine;
  data_request request;
  request.directory = machine.root / "given";
  link_mnist(*real, *request.directory);
  for (const auto* gone : {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"}) {
    std::filesystem::remove(*request.directory / gone);
  }
  CHECK(contains(message_of([&] { load_digits(request); }), "train-images-idx3-ubyte[.gz] is missing"));
  request.parts = data_parts::test;
  const auto data = load_digits(request);
  CHECK(data.train.count == 0);
  CHECK(data.test.count == 10000);
  CHECK(load_images({{}, {}, {"mnist", request.directory}}).set == data.test);
  CHECK(contains(message_of([&] { load_images({{}, {}, {"mnist", request.directory}, "train"}); }), "is missing"));
  const auto drawn = load_digits({"strokes", {}, false, 3, {}, data_parts::train});
  CHECK((drawn.train.count == 60000 && drawn.test.count == 0));
}

TEST_CASE("data: MNIST is found as torchvision keeps it, and under names with a dot") {
  const auto real = real_mnist();
  if (!real) return;
  for (const auto* folder : {"MNIST/raw", "raw", ""}) {
    const bare_machine machine;
    const auto given = machine.root / "given";
    link_mnist(*real, given / folder);
    std::vector<std::string> notes;
    CHECK(find_mnist(given, notes, data_parts::test) == given);
    std::filesystem::rename(given / folder / "t10k-images-idx3-ubyte.gz", given / folder / "t10k-images.idx3-ubyte.gz");
    std::filesystem::rename(given / folder / "train-labels-idx1-ubyte.gz",
                            given / folder / "train-labels.idx1-ubyte.gz");
    CHECK(find_mnist(given, notes, data_parts::test) == given);
    CHECK(notes.empty());
    CHECK(load_digits({"mnist", given, false, 1, {}, data_parts::test}).test.labels[0] == 7);
  }
}

TEST_CASE("data: missing or damaged files in a given directory are an error, never replaced by strokes") {
  const bare_machine machine;
  data_request request;
  request.directory = machine.root / "given";
  CHECK(contains(message_of([&] { load_digits(request); }), "train-images-idx3-ubyte[.gz] is missing"));
  std::filesystem::create_directory(*request.directory);
  const auto path = *request.directory / "train-images-idx3-ubyte";
  write_idx_images(path, make_strokes(1, 10));
  const auto message = message_of([&] { load_digits(request); });
  CHECK(message.starts_with(path.string() + ": SHA-256 of its content is "));
  CHECK(contains(message, "wanted ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"));
  CHECK(is_one_line(message));
  write_bytes(*request.directory / "train-images-idx3-ubyte.gz", gzipped("abc").substr(0, 15));
  CHECK(contains(message_of([&] { load_digits(request); }), "cut short"));
}

TEST_CASE("data: MNIST that is neither found nor fetched is refused with the reasons, and nothing takes its place") {
  const bare_machine machine;
  std::filesystem::create_directories(machine.root / "shared/data/mnist");
  write_bytes(machine.root / "shared/data/mnist/train-images-idx3-ubyte", "damaged");
  data_request request;
  request.mirrors = {closed_base()};
  const auto message = message_of([&] { load_digits(request); });
  CHECK(message.starts_with("mnist: not found in ../shared/data/mnist, "));
  CHECK(contains(message, "../shared/data/mnist/train-images-idx3-ubyte: SHA-256"));
  CHECK(contains(message, request.mirrors[0] + "train-images-idx3-ubyte.gz: cannot be fetched"));
  CHECK(contains(message, "strokes are built in"));
  CHECK(is_one_line(message));
}

TEST_CASE("data: there is no download if it is not allowed, and requested strokes are drawn with the seed") {
  const bare_machine machine;
  const loopback_server server({});
  data_request request;
  request.mirrors = {server.base()};
  request.allow_fetch = false;
  request.seed = 5;
  CHECK(contains(message_of([&] { load_digits(request); }), "mnist: not found in"));
  request.name = "strokes";
  request.allow_fetch = true;
  const auto data = load_digits(request);
  CHECK(data.name == "strokes");
  CHECK(data.where == "drawn with seed 5");
  CHECK(data.notes.empty());
  CHECK(data.train.count == 60000);
  CHECK(data.test.count == 10000);
  CHECK(images_between(data.train, 0, 10) == make_strokes(5, 10));
  CHECK(images_between(data.test, 0, 10) == make_strokes(5, 10, 60000));
  CHECK(server.requests().empty());
  request.name = "fashion";
  CHECK_THROWS_WITH(load_digits(request), "data set \"fashion\", allowed: mnist, strokes");
}

TEST_CASE("data: MNIST is fetched into the cache and used from there without another request") {
  const auto real = real_mnist();
  if (!real) return;
  const bare_machine machine;
  std::map<std::string, std::string> pages;
  for (const auto& file : mnist_files()) {
    pages["/mnist/" + file.name + ".gz"] = ok_response(read_bytes(*real / (file.name + ".gz")));
  }
  const loopback_server server(pages);
  data_request request;
  request.mirrors = {server.base() + "mnist/"};
  for (int i = 0; i < 2; ++i) {
    const auto data = load_digits(request);
    CHECK(data.name == "mnist");
    CHECK(data.where == cache_directory()->string());
    CHECK(data.notes.empty());
    CHECK(data.test.labels[0] == 7);
  }
  CHECK(server.requests().size() == 4);
  CHECK(entries_in(*cache_directory()) == 4);
}

TEST_CASE("fetch: after a wrong checksum or a missing file the next mirror is tried, each once") {
  const scratch_directory directory;
  const loopback_server wrong({{"/a.gz", ok_response(gzipped("alpha"))}, {"/b.gz", ok_response(gzipped("wrong"))}});
  const loopback_server empty({});
  const loopback_server right({{"/a.gz", ok_response(gzipped("alpha"))}, {"/b.gz", ok_response(gzipped("beta"))}});
  const auto target = directory / "deep/target";
  fetch_files(two_files(), target, std::vector{wrong.base(), empty.base(), right.base()});
  CHECK(check_files(target, two_files()) == std::vector{target / "a.gz", target / "b.gz"});
  CHECK(wrong.requests() == std::vector<std::string>{"/a.gz", "/b.gz"});
  CHECK(empty.requests() == std::vector<std::string>{"/b.gz"});
  CHECK(right.requests() == std::vector<std::string>{"/b.gz"});
  CHECK(entries_in(target) == 2);
}

TEST_CASE("fetch: if every mirror fails, one line gives the reason of each, and no file has its final name") {
  const scratch_directory directory;
  const loopback_server wrong({{"/a.gz", ok_response(gzipped("wrong"))}});
  const loopback_server torn({{"/a.gz", ok_response(gzipped("alpha").substr(0, 12))}});
  const loopback_server empty({});
  const std::vector mirrors{wrong.base(), torn.base(), empty.base(), closed_base()};
  const auto message = message_of([&] { fetch_files(two_files(), directory.path(), mirrors); });
  CAPTURE(message);
  CHECK(is_one_line(message));
  CHECK(contains(message, wrong.base() + "a.gz: SHA-256 of its content is " + sha256_of("wrong")));
  CHECK(contains(message, torn.base() + "a.gz: SHA-256 of its content is not available"));
  CHECK(contains(message, empty.base() + "a.gz: cannot be fetched (The requested URL returned error: 404)"));
  CHECK(contains(message, mirrors[3] + "a.gz: cannot be fetched"));
  CHECK(entries_in(directory.path()) == 0);
  CHECK(contains(message_of([&] { fetch_files(two_files(), directory.path(), {}); }), "no mirror is named"));
}

TEST_CASE("fetch: a damaged file is replaced, an intact one is kept") {
  const scratch_directory directory;
  write_bytes(directory / "a", "alpha");
  write_bytes(directory / "b.gz", gzipped("damaged"));
  const loopback_server server({{"/b.gz", ok_response(gzipped("beta"))}});
  fetch_files(two_files(), directory.path(), std::vector{server.base()});
  CHECK(check_files(directory.path(), two_files()) == std::vector{directory / "a", directory / "b.gz"});
  CHECK(server.requests() == std::vector<std::string>{"/b.gz"});
}

TEST_CASE("data list: each directory is listed with its contents and its problem") {
  const auto real = real_mnist();
  const bare_machine machine;
  if (real) link_mnist(*real, *cache_directory());
  const auto sets = list_data_sets();
  REQUIRE(sets.size() == 3);
  CHECK(sets[0].where == "../shared/data/mnist");
  CHECK(!sets[0].intact);
  CHECK(sets[0].train == 0);
  CHECK(is_one_line(sets[0].problem));
  CHECK(sets[1].where == cache_directory()->string());
  CHECK(sets[1].intact == real.has_value());
  CHECK(sets[1].train == (real ? 60000 : 0));
  CHECK(sets[2].name == "strokes");
  CHECK(sets[2].test == 10000);
  CHECK(sets[2].intact);
  CHECK(list_data_sets(machine.root / "given")[0].where == (machine.root / "given").string());
}

TEST_CASE("data get: a data set goes into the directory named, else into the cache; strokes are not taken for MNIST") {
  const bare_machine machine;
  const data_request strokes{.name = "strokes", .seed = 5};
  CHECK(get_data_set(strokes) == machine.root / "cache/firstspike/strokes");
  CHECK(read_image_set(machine.root / "cache/firstspike/strokes/t10k-images-idx3-ubyte",
                       machine.root / "cache/firstspike/strokes/t10k-labels-idx1-ubyte") ==
        make_strokes(5, 10000, 60000));
  CHECK(read_idx_labels(machine.root / "cache/firstspike/strokes/train-labels-idx1-ubyte").size() == 60000);
  std::vector<std::string> notes;
  CHECK(find_mnist(machine.root / "cache/firstspike/strokes", notes) == std::nullopt);
  CHECK(contains(message_of([&] { get_data_set(strokes); }), "exists"));
  CHECK(get_data_set(strokes, true) == machine.root / "cache/firstspike/strokes");
  const data_request mnist{.directory = machine.root / "given", .mirrors = {closed_base()}};
  CHECK(contains(message_of([&] { get_data_set(mnist); }), (machine.root / "given").string() + ": not fetched"));
  CHECK(message_of([&] { get_data_set(mnist, true); }) ==
        "overwrite with mnist, allowed with strokes; damaged files are replaced");
  CHECK(message_of([&] { get_data_set({.name = "cifar"}); }) == "data set \"cifar\", allowed: mnist, strokes");
  const scoped_variable no_cache("XDG_CACHE_HOME", std::nullopt);
  const scoped_variable no_home("HOME", std::nullopt);
  CHECK(message_of([&] { get_data_set(strokes); }) ==
        "data needs a directory, as neither XDG_CACHE_HOME nor HOME is set");
}
