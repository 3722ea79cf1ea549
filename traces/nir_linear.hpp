// Linear maps between the spikes of one layer and the input of the next, as nodes of a NIR graph. Only nir_graph.cpp
// includes this.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/engine/convolution.hpp"
#include "firstspike/traces/hdf5_file.hpp"

namespace firstspike {

/// A convolution or pool that projections with shared weights can express.
struct nir_window {
  convolution how{};            ///< kernel, stride, padding, transposed; of a pool, only `pool`
  std::vector<double> weights;  ///< [in][kernel row][kernel column][out], as in `projection`; empty: a pool
  std::vector<double> bias;     ///< [out]; empty: 0
};

/// One node: y = L(x) + bias, of signals in row-major order, (channel, row, column) if they have three dimensions.
struct nir_linear {
  std::vector<std::uint64_t> shape;                                        ///< of y
  std::uint64_t size = 0;                                                  ///< of y, the product of shape
  std::vector<double> bias;                                                ///< [size], finite; empty: 0
  bool single_precision = true;                                            ///< its values are stored as f32 or narrower
  std::function<std::vector<double>(const std::vector<double>& x)> apply;  ///< L; null for the identity
  std::optional<nir_window> window{};  ///< L and bias as shared weights or a pool, where they are
  bool is_matrix = false;              ///< Linear or Affine
};

/// The types that read_nir_linear reads.
bool is_nir_linear(const std::string& type);

/// The product of a shape; throws std::runtime_error unless it is from 1 to 2^32 - 1.
std::uint64_t nir_size(const hdf5_object& node, const std::string& field, const std::vector<std::uint64_t>& shape);

/// Reads a node of type Linear, Affine, Scale, Flatten, Conv1d, Conv2d, ConvTranspose2d, SumPool2d or AvgPool2d whose
/// input has this shape. ConvTranspose2d is no node of NIR: its fields are those of Conv2d, its weights [in][out][row]
/// [column] (torch). Linear and Affine take the whole signal, whatever its shape. Throws std::runtime_error, one line
/// that names file, field and value.
nir_linear read_nir_linear(const hdf5_object& node, const std::string& type, const std::vector<std::uint64_t>& shape);

}  // namespace firstspike
