#include "firstspike/data/idx.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/tests/data/files.hpp"

using namespace firstspike;
using namespace firstspike::testing;

namespace {

std::string words(std::initializer_list<std::uint32_t> values) {
  std::string bytes;
  for (const std::uint32_t v : values) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(v >> shift & 0xFF);
  }
  return bytes;
}

constexpr std::uint32_t images = 0x803;
constexpr std::uint32_t labels = 0x801;

// Noise, which gzip cannot compress away.
std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

std::string good_images() { return words({images, 3, 20, 10}) + noise(600); }
std::string good_labels() { return words({labels, 3}) + std::string("\7\0\11", 3); }

std::string flipped(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 0x5A);
  return bytes;
}

image_set small_set() { return {2, 2, 3, {0, 1, 2, 3, 4, 255, 6, 7, 8, 9, 10, 11}, {4, 0}}; }

struct malformed {
  std::string_view name;
  std::string bytes;
  std::string_view said;
};

std::vector<malformed> malformed_images() {
  const std::string zipped = gzipped(good_images());
  return {
      {"empty", "", "is empty"},
      {"short-header", good_images().substr(0, 10), "after 10 of 16 bytes"},
      {"three-bytes", good_images().substr(0, 3), "within its magic number, after 3 bytes"},
      {"labels", good_labels(), "0x00000801: idx of unsigned bytes and rank 1, which holds labels"},
      {"rank5", words({0x805, 1, 1, 1, 1, 1}) + "x", "rank 5, which holds neither images nor labels"},
      {"int-huge", words({0xC03, 0xFFFFFFFF, 65535, 65535}), "more than a computer can hold"},
      {"negative", words({0x903, 1, 1, 2}) + "\x7f\xff", "pixel 1 = -1, allowed: 0 to 255"},
      {"above", words({0xB03, 1, 1, 2}) + std::string("\0\xff\1\0", 4), "pixel 1 = 256, allowed: 0 to 255"},
      {"floats", words({0xD03, 1, 1, 1}) + "1234", "0x00000d03: idx of type 0x0d, allowed: whole numbers"},
      {"text", "P5 28 28 255 and so on", "0x50352032: no idx file, needed: images, idx of rank 2 to 4"},
      {"no-images", words({images, 0, 28, 28}), "0 images"},
      {"no-rows", words({images, 3, 0, 28}), "0 x 28"},
      {"no-columns", words({images, 3, 28, 0}), "28 x 0"},
      {"wide", words({images, 1, 1, 65536}) + noise(65536), "1 x 65536"},
      {"huge", words({images, 0xFFFFFFFF, 65535, 65535}) + noise(100), "after 100 of the 18446181123756261375"},
      {"pixel-missing", good_images().substr(0, 615), "after 599 of the 600"},
      {"byte-too-many", good_images() + "x", "more than the 600"},
      {"gz-byte-too-many", gzipped(words({images, 4, 20, 10}) + noise(801)), "more than the 800"},
      {"gz-pixel-missing", gzipped(good_images().substr(0, 614)), "after 598 of the 600"},
      {"gz-cut", zipped.substr(0, zipped.size() / 2), "cut short"},
      {"gz-crc", flipped(zipped, zipped.size() - 8), "incorrect data check"},
      {"gz-length", flipped(zipped, zipped.size() - 4), "incorrect length check"},
      {"gz-method", flipped(zipped, 2), "unknown compression method"},
      {"gz-block", flipped(zipped, 10), "damaged"},
  };
}

std::vector<malformed> malformed_labels() {
  return {
      {"l-images", good_images(), "0x00000803: idx of unsigned bytes and rank 3, which holds images, needed: labels"},
      {"l-large", words({0xC01, 2, 255, 256}), "label 1 = 256, allowed: 0 to 255"},
      {"l-negative", words({0xC01, 1, 0xFFFFFFFF}), "label 0 = -1, allowed: 0 to 255"},
      {"l-row", words({0x802, 1, 257}) + noise(257), "257 values for each image, allowed: 1 to 256"},
      {"l-none", words({labels, 0}), "0 labels"},
      {"l-header", words({labels}), "after 4 of 8 bytes"},
      {"l-short", good_labels().substr(0, 10), "after 2 of the 3"},
      {"l-long", good_labels() + "x", "more than the 3"},
      {"l-huge", words({labels, 0xFFFFFFFF}) + "abc", "after 3 of the 4294967295"},
  };
}

template <class Read>
void check_refusals(const std::vector<malformed>& rows, Read read, std::set<std::string>& reasons) {
  const scratch_directory directory;
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const auto path = directory / row.name;
    write_bytes(path, row.bytes);
    const auto message = message_of([&] { read(path); });
    CAPTURE(message);
    CHECK(message.starts_with(path.string() + ": "));
    CHECK(contains(message, row.said));
    CHECK(!contains(message, "\n"));
    CHECK_THROWS_AS(read(path), std::runtime_error);
    CHECK(reasons.insert(message.substr(path.string().size())).second);
  }
}

}  // namespace

TEST_CASE("idx: each malformed file is refused by name with its own reason") {
  std::set<std::string> reasons;
  check_refusals(
      malformed_images(), [](const auto& path) { return read_idx_images(path); }, reasons);
  check_refusals(
      malformed_labels(), [](const auto& path) { return read_idx_labels(path); }, reasons);
  CHECK(reasons.size() == 33);
}

TEST_CASE("idx: images in place of labels, and labels in place of images, are refused with what is needed") {
  const scratch_directory directory;
  write_bytes(directory / "i", good_images());
  write_bytes(directory / "l", good_labels());
  const auto path = [&](const char* name) { return (directory / name).string(); };
  CHECK(message_of([&] { read_idx_labels(directory / "i"); }) ==
        path("i") +
            ": magic number 0x00000803: idx of unsigned bytes and rank 3, which holds images, needed: labels, idx of "
            "rank 1, or of rank 2 as in QMNIST");
  CHECK(message_of([&] { read_idx_images(directory / "l"); }) ==
        path("l") +
            ": magic number 0x00000801: idx of unsigned bytes and rank 1, which holds labels, needed: images, idx of "
            "rank 2 to 4");
}

TEST_CASE("idx: images of rank 2 have one row, those of rank 4 their channels below each other") {
  const scratch_directory directory;
  const auto path = directory / "i";
  write_bytes(path, words({0x802, 2, 3}) + "abcdef");
  CHECK(read_idx_images(path) == image_set{2, 1, 3, {'a', 'b', 'c', 'd', 'e', 'f'}, {}});
  write_bytes(path, words({0x804, 1, 2, 2, 3}) + "abcdefABCDEF");
  CHECK(read_idx_images(path) == image_set{1, 4, 3, {'a', 'b', 'c', 'd', 'e', 'f', 'A', 'B', 'C', 'D', 'E', 'F'}, {}});
  write_bytes(path, words({0x804, 2, 1, 1, 2}) + "abcd");
  CHECK(read_idx_images(path) == image_set{2, 1, 2, {'a', 'b', 'c', 'd'}, {}});
}

TEST_CASE("idx: elements may be signed bytes, and integers of 16 or 32 bits, big-endian") {
  const scratch_directory directory;
  const auto path = directory / "i";
  const image_set wanted{1, 1, 3, {0, 1, 127}, {}};
  write_bytes(path, words({0x903, 1, 1, 3}) + std::string("\0\1\x7f", 3));
  CHECK(read_idx_images(path) == wanted);
  write_bytes(path, words({0xB03, 1, 1, 3}) + std::string("\0\0\0\1\0\x7f", 6));
  CHECK(read_idx_images(path) == wanted);
  write_bytes(path, words({0xC03, 1, 1, 3, 0, 1, 127}));
  CHECK(read_idx_images(path) == wanted);
  write_bytes(path, words({0xC01, 3, 0, 255, 47}));
  CHECK(read_idx_labels(path) == std::vector<std::uint8_t>{0, 255, 47});
}

TEST_CASE("idx: of QMNIST's labels, eight integers for each image, the first is the class") {
  const scratch_directory directory;
  const auto path = directory / "qmnist";
  write_bytes(path, words({0xC02, 2, 8, 5, 0, 0, 361, 74, 0, 0, 0, 9, 0, 0, 362, 12, 0, 0, 0}));
  CHECK(read_idx_labels(path) == std::vector<std::uint8_t>{5, 9});
}

TEST_CASE("idx: a truncated gzip file is refused by name") {
  const scratch_directory directory;
  const auto zipped = gzipped(good_images());
  const auto path = directory / "cut.gz";
  for (std::size_t size = 2; size < zipped.size(); ++size) {
    write_bytes(path, zipped.substr(0, size));
    const auto message = message_of([&] { read_idx_images(path); });
    CAPTURE(size);
    REQUIRE(message == path.string() + ": gzip data are cut short; fetch the file again");
  }
}

TEST_CASE("idx: a gzip file with a changed byte in its data or trailer is refused, or reads the same") {
  const scratch_directory directory;
  const auto zipped = gzipped(good_images());
  const auto path = directory / "damaged.gz";
  for (std::size_t at = 10; at < zipped.size(); ++at) {
    write_bytes(path, flipped(zipped, at));
    CAPTURE(at);
    REQUIRE(!message_of([&] { read_idx_images(path); }).empty());
  }
}

TEST_CASE("idx: a missing file and a directory are refused by name") {
  const scratch_directory directory;
  const auto missing = directory / "missing";
  CHECK(message_of([&] { read_idx_images(missing); }) ==
        missing.string() + ": cannot be opened (No such file or directory); check path and permissions");
  CHECK(message_of([&] { read_idx_labels(directory.path()); }) ==
        directory.path().string() + ": is a directory; give a file");
}

TEST_CASE("idx: a header that declares 2^64 bytes causes no large allocation") {
  const scratch_directory directory;
  write_bytes(directory / "huge", words({images, 0xFFFFFFFF, 65535, 65535}));
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  CHECK_THROWS(read_idx_images(directory / "huge"));
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 16 * 1024);  // KiB
}

TEST_CASE("idx: plain and gzip files are detected by content, not by name") {
  const scratch_directory directory;
  write_bytes(directory / "plain.gz", good_images());
  write_bytes(directory / "zipped", gzipped(good_images()));
  const auto plain = read_idx_images(directory / "plain.gz");
  CHECK(plain == read_idx_images(directory / "zipped"));
  CHECK(plain.count == 3);
  CHECK(plain.rows == 20);
  CHECK(plain.columns == 10);
  CHECK(plain.labels.empty());
  CHECK(std::string(plain.pixels.begin(), plain.pixels.end()) == noise(600));
}

TEST_CASE("idx: a set that is written reads back equal, and its bytes are MNIST's format") {
  const scratch_directory directory;
  const auto set = small_set();
  write_idx_images(directory / "i", set);
  write_idx_labels(directory / "l", set.labels);
  CHECK(read_image_set(directory / "i", directory / "l") == set);
  CHECK(read_bytes(directory / "i") == words({images, 2, 2, 3}) + std::string(set.pixels.begin(), set.pixels.end()));
  CHECK(read_bytes(directory / "l") == words({labels, 2}) + std::string("\4\0", 2));
  CHECK(entries_in(directory.path()) == 2);
}

TEST_CASE("idx: more than one read block of pixels reads back equal") {
  const scratch_directory directory;
  const auto bytes = noise(5 * 1000 * 1000);
  const image_set set{5, 1000, 1000, {bytes.begin(), bytes.end()}, {}};
  write_idx_images(directory / "i", set);
  CHECK(read_idx_images(directory / "i") == set);
}

TEST_CASE("idx: sides go up to 65,535 pixels, both when reading and when writing") {
  const scratch_directory directory;
  const auto path = directory / "i";
  const std::string pixels = noise(65536);
  const auto read = [&](std::uint32_t rows, std::uint32_t columns) {
    write_bytes(path, words({images, 1, rows, columns}) + pixels.substr(0, std::size_t{rows} * columns));
    return message_of([&] { read_idx_images(path); });
  };
  const auto write = [&](std::size_t rows, std::size_t columns) {
    const image_set set{1, rows, columns, {pixels.begin(), pixels.begin() + static_cast<long>(rows * columns)}, {}};
    return message_of([&] { write_idx_images(path, set, true); });
  };
  for (const std::uint32_t side : {1u, 65535u}) {
    CHECK(read(side, 1) == "");
    CHECK(read(1, side) == "");
    CHECK(write(side, 1) == "");
    CHECK(read_idx_images(path).rows == side);
    CHECK(write(1, side) == "");
    CHECK(read_idx_images(path).columns == side);
  }
  for (const std::uint32_t side : {0u, 65536u}) {
    CHECK(contains(read(side, 1), fmt::format("images of {} x 1 pixels, allowed: 1 x 1 to 65535 x 65535", side)));
    CHECK(contains(read(1, side), fmt::format("images of 1 x {} pixels, allowed: 1 x 1 to 65535 x 65535", side)));
    CHECK(contains(write(side, 1), fmt::format("1 images of {} x 1 pixels, allowed: 1 or more of 1 x 1 to", side)));
    CHECK(contains(write(1, side), fmt::format("1 images of 1 x {} pixels, allowed: 1 or more of 1 x 1 to", side)));
  }
}

TEST_CASE("idx: up to 2^32 - 1 images fit, and as many pixels as they need") {
  const scratch_directory directory;
  const auto write = [&](std::size_t count, std::size_t pixels) {
    const image_set set{count, 1, 2, std::vector<std::uint8_t>(pixels), {}};
    return message_of([&] { write_idx_images(directory / "i", set); });
  };
  CHECK(contains(write(0, 0), "0 images of 1 x 2 pixels, allowed: 1 or more"));
  CHECK(contains(write(0x100000000, 0), "4294967296 images of 1 x 2 pixels, allowed: 1 or more"));
  CHECK(contains(write(0xFFFFFFFF, 0), "0 pixels, but 4294967295 images of 1 x 2 need 8589934590"));
  CHECK(contains(write(3, 5), "5 pixels, but 3 images of 1 x 2 need 6"));
  CHECK(contains(write(3, 7), "7 pixels, but 3 images of 1 x 2 need 6"));
  CHECK(write(3, 6) == "");
}

TEST_CASE("idx: existing labels are replaced only with overwrite") {
  const scratch_directory directory;
  const auto path = directory / "l";
  write_bytes(path, "mine");
  const std::vector<std::uint8_t> some{1, 2, 3};
  CHECK(contains(message_of([&] { write_idx_labels(path, some); }), "exists; choose another name"));
  CHECK(read_bytes(path) == "mine");
  write_idx_labels(path, some, true);
  CHECK(read_idx_labels(path) == some);
}

TEST_CASE("idx: images and labels that differ in number are refused, naming both files") {
  const scratch_directory directory;
  write_idx_images(directory / "i", small_set());
  write_bytes(directory / "l", good_labels());
  CHECK(message_of([&] { read_image_set(directory / "i", directory / "l"); }) ==
        (directory / "l").string() + ": has 3 labels, but " + (directory / "i").string() +
            " has 2 images; give files that belong together");
}

TEST_CASE("idx: an existing file is replaced only with overwrite") {
  const scratch_directory directory;
  const auto path = directory / "i";
  write_bytes(path, "mine");
  CHECK(message_of([&] { write_idx_images(path, small_set()); }) ==
        path.string() + ": exists; choose another name, or overwrite it");
  CHECK(read_bytes(path) == "mine");
  write_idx_images(path, small_set(), true);
  CHECK(read_idx_images(path).count == 2);
  CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("idx: a file that cannot be written is refused by name and removed") {
  const scratch_directory directory;
  const auto nowhere = directory / "nowhere/i";
  CHECK(contains(message_of([&] { write_idx_images(nowhere, small_set()); }), nowhere.string()));
  std::filesystem::create_directory(directory / "d");
  CHECK(contains(message_of([&] { write_idx_images(directory / "d", small_set(), true); }), "directory"));
  auto set = small_set();
  set.pixels.pop_back();
  CHECK_THROWS_AS(write_idx_images(directory / "i", set), std::invalid_argument);
  CHECK_THROWS_AS(write_idx_images(directory / "i", {}), std::invalid_argument);
  CHECK_THROWS_AS(write_idx_labels(directory / "i", {}), std::invalid_argument);
  CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("idx: a full disk is reported, and no file remains") {
  if (!std::filesystem::exists("/dev/full")) return;
  const scratch_directory directory;
  std::filesystem::create_symlink("/dev/full", directory / "i");
  const auto message = message_of([&] { write_idx_images(directory / "i", small_set()); });
  CHECK(contains(message, "No space left on device"));
  CHECK(entries_in(directory.path()) == 1);  // the link
}

TEST_CASE("image_set: the classes are the distinct labels, ascending, and each has an index") {
  const std::vector<std::uint8_t> labels{7, 3, 3, 200, 7};
  const auto classes = classes_of(labels);
  CHECK(classes == std::vector<std::uint8_t>{3, 7, 200});
  CHECK(class_index(classes, 3) == 0);
  CHECK(class_index(classes, 200) == 2);
  CHECK_THROWS_WITH(class_index(classes, 4), "label 4, allowed: 3, 7, 200");
  CHECK(classes_of({}).empty());
}

TEST_CASE("image_set: a range keeps its images and labels, and one outside is refused") {
  const auto part = images_between(small_set(), 1, 2);
  CHECK(part == image_set{1, 2, 3, {6, 7, 8, 9, 10, 11}, {0}});
  CHECK(images_between(small_set(), 0, 2) == small_set());
  CHECK(images_between(small_set(), 1, 1).count == 0);
  auto unlabelled = small_set();
  unlabelled.labels.clear();
  CHECK(images_between(unlabelled, 1, 2) == image_set{1, 2, 3, {6, 7, 8, 9, 10, 11}, {}});
  CHECK(std::ranges::equal(image_at(small_set(), 1), std::vector{6, 7, 8, 9, 10, 11}));
  CHECK(std::ranges::equal(image_at(small_set(), 0), std::vector{0, 1, 2, 3, 4, 255}) == true);
  CHECK_THROWS_WITH(images_between(small_set(), 1, 3), "images 1:3, allowed: within 0:2");
  CHECK_THROWS_AS(images_between(small_set(), 2, 1), std::invalid_argument);
}
