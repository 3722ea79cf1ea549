#include "firstspike/tests/engine/reference_data.hpp"

#include <hdf5.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace firstspike {

namespace {

std::string from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

/// Closes what HDF5 opened, also when a check throws.
struct h5_handle {
  hid_t id;
  herr_t (*close)(hid_t);
  h5_handle(hid_t opened, herr_t (*closer)(hid_t), const std::string& what) : id(opened), close(closer) {
    if (id < 0) throw std::runtime_error("cannot open " + what);
  }
  h5_handle(const h5_handle&) = delete;
  h5_handle& operator=(const h5_handle&) = delete;
  ~h5_handle() { close(id); }
};

template <class Value>
std::vector<Value> read_values(hid_t file, const std::string& name, hid_t type, std::size_t expected) {
  const h5_handle set(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose, name);
  const h5_handle space(H5Dget_space(set.id), H5Sclose, name);
  if (H5Sget_simple_extent_npoints(space.id) != static_cast<hssize_t>(expected))
    throw std::runtime_error(name + " has the wrong size");
  std::vector<Value> values(expected);
  if (H5Dread(set.id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
    throw std::runtime_error("cannot read " + name);
  return values;
}

/// The file has [post][pre], the engine [pre][post].
std::vector<double> transposed(const std::vector<double>& from, std::size_t rows, std::size_t columns) {
  std::vector<double> to(from.size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
  return to;
}

}  // namespace

reference_files find_reference_files() {
  const std::string mnist = from_environment("FIRSTSPIKE_DATA", "../shared/data/mnist");
  return {from_environment("FIRSTSPIKE_REFERENCE", "../shared/reference/s4nn/s4nn_mnist.h5"),
          mnist + "/t10k-images-idx3-ubyte.gz", mnist + "/t10k-labels-idx1-ubyte.gz"};
}

std::string missing_file(const reference_files& files) {
  for (const auto& path : {files.network, files.images, files.labels})
    if (!std::filesystem::is_regular_file(path)) return path;
  return "";
}

reference_network read_reference_network(const std::string& path) {
  const h5_handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, path);
  const auto times = H5T_NATIVE_UINT32;
  return {
      transposed(read_values<double>(file.id, "hidden_weights", H5T_NATIVE_DOUBLE, 400 * 784), 400, 784),
      transposed(read_values<double>(file.id, "output_weights", H5T_NATIVE_DOUBLE, 10 * 400), 10, 400),
      read_values<std::uint32_t>(file.id, "digit_of_output", times, 10),
      read_values<std::uint32_t>(file.id, "expected/hidden_times", times, 1000 * 400),
      read_values<std::uint32_t>(file.id, "expected/output_times", times, 1000 * 10),
  };
}

std::vector<std::uint8_t> read_idx(const std::string& path, std::size_t header) {
  const gzFile file = gzopen(path.c_str(), "rb");
  if (!file) throw std::runtime_error("cannot open " + path);
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> block(1 << 16);
  int got = 0;
  while ((got = gzread(file, block.data(), static_cast<unsigned>(block.size()))) > 0)
    bytes.insert(bytes.end(), block.begin(), block.begin() + got);
  gzclose(file);
  if (got < 0 || bytes.size() <= header) throw std::runtime_error("cannot read " + path);
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
  return bytes;
}

}  // namespace firstspike
