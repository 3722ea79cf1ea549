// Common parts of the tests of traces: a temporary directory, scripts of other tools, small networks.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/tests/scratch_files.hpp"
#include "firstspike/traces/model_file.hpp"

namespace firstspike {

using testing::contains;
using testing::entries_in;
using testing::message_of;
using testing::read_bytes;
using testing::scratch_directory;

/// Runs a Python script with Debian's interpreter, which has h5py; true where it succeeds.
inline bool run_script(const std::string& script, const std::string& arguments) {
  return std::system(("/usr/bin/python3 " + script + " " + arguments).c_str()) == 0;
}

/// The same for a few lines of Python, with h5py, numpy as np, and `path` defined.
inline bool run_python(const scratch_directory& directory, const std::string& path, const std::string& lines) {
  const std::string script = directory / "script.py";
  std::ofstream(script) << "import h5py, numpy as np\npath = '" << path << "'\n" << lines << '\n';
  const bool done = run_script(script, "");
  std::filesystem::remove(script);
  return done;
}

inline population source_population(std::string name, std::uint32_t size) {
  return {std::move(name), population_kind::source, size, {}};
}

inline population neuron_population(std::string name, std::vector<double> v_th) {
  const auto size = static_cast<std::uint32_t>(v_th.size());
  return {std::move(name), population_kind::neurons, size, std::move(v_th)};
}

/// Populations and projections describe themselves alike.
inline bool same_network(const network<double>& a, const network<double>& b) {
  if (a.projection_count() != b.projection_count()) return false;
  for (std::size_t i = 0; i < a.projection_count(); ++i) {
    if (!(a.describe(i) == b.describe(i))) return false;
  }
  return std::vector(a.populations().begin(), a.populations().end()) ==
         std::vector(b.populations().begin(), b.populations().end());
}

inline void check_same(const stored_model& a, const stored_model& b) {
  CHECK(same_network(a.net, b.net));
  CHECK(a.single_precision == b.single_precision);
  CHECK(a.t_in == b.t_in);
  CHECK(a.t_max == b.t_max);
  CHECK(a.label_of_output == b.label_of_output);
  CHECK(a.metadata == b.metadata);
  CHECK(a.regime == b.regime);
  CHECK(a.trainable == b.trainable);
}

}  // namespace firstspike
