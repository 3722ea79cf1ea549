// What the tests of traces share: a directory of their own, scripts that act as an outsider, small networks.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/network.hpp"

namespace firstspike {

/// Removed at the end, with all that is in it.
class scratch_directory {
 public:
  scratch_directory() {
    path_ = (std::filesystem::temp_directory_path() / "firstspike-traces-XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no scratch directory");
  }
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

/// Runs a Python script with Debian's interpreter, which has h5py; true where it succeeds.
inline bool run_script(const std::string& script, const std::string& arguments) {
  return std::system(("/usr/bin/python3 " + script + " " + arguments).c_str()) == 0;
}

/// The same for a few lines of Python, with h5py, numpy as np, and `path` at hand.
inline bool run_python(const scratch_directory& directory, const std::string& path, const std::string& lines) {
  const auto script = directory / "script.py";
  std::ofstream(script) << "import h5py, numpy as np\npath = '" << path << "'\n" << lines << '\n';
  const bool done = run_script(script, "");
  std::filesystem::remove(script);
  return done;
}

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What an action throws, or "" where it does not.
template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

inline population source_population(std::string name, std::uint32_t size) {
  return {std::move(name), population_kind::source, size, {}, 0, never};
}

inline population neuron_population(std::string name, std::vector<double> v_th) {
  const auto size = static_cast<std::uint32_t>(v_th.size());
  return {std::move(name), population_kind::neurons, size, std::move(v_th), 0, never};
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

}  // namespace firstspike
