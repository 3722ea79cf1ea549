// Published reference results: S4NN's network, its firing times, and MNIST's test images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace firstspike {

struct reference_files {
  std::string network;  ///< s4nn_mnist.h5
  std::string images;   ///< t10k-images-idx3-ubyte.gz
  std::string labels;   ///< t10k-labels-idx1-ubyte.gz
};

/// From $FIRSTSPIKE_REFERENCE and $FIRSTSPIKE_DATA, else under ../shared.
reference_files find_reference_files();

/// The first of the files that cannot be read, empty when all can.
std::string missing_file(const reference_files& files);

struct reference_network {
  std::vector<double> hidden_weights;  ///< [pre 784][post 400]
  std::vector<double> output_weights;  ///< [pre 400][post 10]
  std::vector<std::uint32_t> digit_of_output;
  std::vector<std::uint32_t> hidden_times;  ///< [first 1,000 test images][400], 256 = silent
  std::vector<std::uint32_t> output_times;  ///< [first 1,000 test images][10], 256 = silent
};

reference_network read_reference_network(const std::string& path);

/// Bytes of a gzipped idx file behind its header of `header` bytes.
std::vector<std::uint8_t> read_idx(const std::string& path, std::size_t header);

}  // namespace firstspike
