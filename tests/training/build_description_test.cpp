// What files say of the build and of the run that wrote them.
#include "firstspike/training/build_description.hpp"

#include <doctest/doctest.h>

namespace firstspike {
namespace {

TEST_CASE("metadata of a run name version, build, command, seed and end of the window") {
  const auto metadata = metadata_of_run("a program", 7, 256.0);
  const auto build = describe_build();
  CHECK(metadata == run_metadata{{"firstspike_version", build.version},
                                 {"firstspike_commit", build.commit},
                                 {"firstspike_build", build.compiler + ", " + build.flags},
                                 {"command", std::string("a program")},
                                 {"seed", std::int64_t{7}},
                                 {"t_max", 256.0}});
  CHECK(!metadata_of_run("a program", 7).contains("t_max"));
  CHECK(!metadata_of_run("a program", {}).contains("seed"));
}

TEST_CASE("seeds that no signed number holds are recorded in digits") {
  CHECK(metadata_of_run("", 9223372036854775807ull).at("seed") == metadata_value(std::int64_t{9223372036854775807}));
  CHECK(metadata_of_run("", 9223372036854775808ull).at("seed") == metadata_value(std::string("9223372036854775808")));
}

TEST_CASE("the build is described: version, compiler, flags, libraries") {
  const auto build = describe_build();
  CHECK(!build.version.empty());
  CHECK(!build.commit.empty());
  CHECK(build.flags.find("-ffp-contract=off") != std::string::npos);
  CHECK(build.libraries.size() >= 8);
}

}  // namespace
}  // namespace firstspike
