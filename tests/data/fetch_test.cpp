#include "firstspike/data/fetch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/tests/data/files.hpp"
#include "firstspike/tests/data/loopback.hpp"

using namespace firstspike;
using namespace firstspike::testing;

namespace {

std::string sha256_of(std::string_view text) {
  return sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

constexpr std::string_view sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

}  // namespace

// FIPS 180-4 example vectors (NIST).
TEST_CASE("sha256: known vectors") {
  CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of("abc") == sha256_of_abc);
  CHECK(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_of(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: of a file, and of the content of a gzip file") {
  const scratch_directory directory;
  write_bytes(directory / "a", std::string(1000000, 'a'));
  CHECK(sha256_of_file(directory / "a") == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(sha256_of_content(directory / "a") == sha256_of_file(directory / "a"));
  write_bytes(directory / "a.gz", gzipped(std::string(1000000, 'a')));
  CHECK(sha256_of_content(directory / "a.gz") == sha256_of_file(directory / "a"));
  CHECK(sha256_of_file(directory / "a.gz") != sha256_of_file(directory / "a"));
  write_bytes(directory / "empty", "");
  CHECK(sha256_of_file(directory / "empty") == sha256_of(""));
  CHECK(sha256_of_content(directory / "empty") == sha256_of(""));
}

TEST_CASE("sha256: a missing file, a directory and a truncated gzip file are refused by name") {
  const scratch_directory directory;
  const auto missing = directory / "missing";
  CHECK(contains(message_of([&] { sha256_of_file(missing); }), missing.string()));
  CHECK(contains(message_of([&] { sha256_of_content(missing); }), missing.string()));
  CHECK(contains(message_of([&] { sha256_of_file(directory.path()); }), "is a directory"));
  write_bytes(directory / "cut.gz", gzipped("abc").substr(0, 12));
  CHECK(contains(message_of([&] { sha256_of_content(directory / "cut.gz"); }), "cut short"));
}

TEST_CASE("download: a file arrives completely, and progress is reported") {
  const scratch_directory directory;
  const std::string body(3000000, 'x');
  const loopback_server server({{"/data", ok_response(body)}});
  std::uint64_t received = 0;
  std::uint64_t total = 0;
  download(server.base() + "data", directory / "data", [&](const download_progress& p) {
    CHECK(p.url == server.base() + "data");
    received = p.received;
    total = p.total;
  });
  CHECK(read_bytes(directory / "data") == body);
  CHECK(received == body.size());
  CHECK(total == body.size());
  CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("download: a failure names URL and reason, keeps the older file and leaves no partial file") {
  const scratch_directory directory;
  const loopback_server server({{"/cut", ok_response("abc", 5)},
                                {"/away", redirect_response("http://127.0.0.1:1/")},
                                {"/file", redirect_response("file:///etc/hostname")}});
  const auto target = directory / "data";
  write_bytes(target, "older");
  const auto refused = [&](const std::string& url, std::string_view reason) {
    const auto message = message_of([&] { download(url, target); });
    CAPTURE(message);
    CHECK(contains(message, url));
    CHECK(contains(message, reason));
    CHECK(!contains(message, "\n"));
    CHECK(read_bytes(target) == "older");
    CHECK(entries_in(directory.path()) == 1);
  };
  refused(server.base() + "missing", "404");
  refused(server.base() + "cut", "5 bytes ");  // remaining or, since libcurl 8, missing
  refused(server.base() + "away", "only https is followed");
  refused(server.base() + "file", "only https is followed");
  refused(closed_base() + "data", "check the network");
}

TEST_CASE("download: only https and http to this machine are allowed") {
  const scratch_directory directory;
  const auto target = directory / "data";
  for (const std::string url : {"file:///etc/hostname", "http://example.org/data", "http://127.0.0.1.example.org/data",
                                "http://localhost@example.org/data", "ftp://127.0.0.1/data", "gopher://127.0.0.1/"}) {
    const auto message = message_of([&] { download(url, target); });
    CAPTURE(message);
    CHECK(contains(message, url));
    CHECK(contains(message, "is not allowed; give an https URL"));
  }
  CHECK(contains(message_of([&] { download("no url", target); }), "no url: is no URL"));
  CHECK(entries_in(directory.path()) == 0);
}

TEST_CASE("download: a target that cannot be written is refused by name") {
  const scratch_directory directory;
  const loopback_server server({{"/data", ok_response("abc")}});
  const auto target = directory / "no/data";
  CHECK(contains(message_of([&] { download(server.base() + "data", target); }), target.string()));
  std::filesystem::create_directory(directory / "d");
  CHECK(contains(message_of([&] { download(server.base() + "data", directory / "d"); }), "directory"));
  CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("download: an exception from the progress callback ends it and is passed on") {
  const scratch_directory directory;
  const loopback_server server({{"/data", ok_response(std::string(1000000, 'x'))}});
  const auto stop = [](const download_progress&) { throw std::out_of_range("stopped by the user"); };
  CHECK_THROWS_AS(download(server.base() + "data", directory / "data", stop), std::out_of_range);
  CHECK(entries_in(directory.path()) == 0);
}

TEST_CASE("download: an unreachable host fails within seconds") {
  const scratch_directory directory;
  const auto start = std::chrono::steady_clock::now();
  // RFC 2606: a name under .invalid never resolves.
  CHECK_THROWS_AS(download("https://mirror.invalid/data", directory / "data"), std::runtime_error);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  CHECK(entries_in(directory.path()) == 0);
}
