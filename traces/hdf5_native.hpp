// Native HDF5 types of numbers, and how data sets are created. Only traces/ includes this.
#pragma once

#include <hdf5.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>

#include "firstspike/traces/hdf5_file.hpp"

namespace firstspike {

/// T is one of float, double, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, std::int64_t.
template <class T>
hid_t native_type() {
  if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<T, std::uint8_t>) return H5T_NATIVE_UINT8;
  if constexpr (std::is_same_v<T, std::uint16_t>) return H5T_NATIVE_UINT16;
  if constexpr (std::is_same_v<T, std::uint32_t>) return H5T_NATIVE_UINT32;
  if constexpr (std::is_same_v<T, std::uint64_t>) return H5T_NATIVE_UINT64;
  if constexpr (std::is_same_v<T, std::int64_t>) return H5T_NATIVE_INT64;
}

/// In chunks of these lengths, or in one piece if there are none or one is 0. `packed`: chunks are shuffled, gzip 1. No
/// times are stored, so that the same data gives the same bytes.
inline hdf5_handle creation_list(std::span<const hsize_t> chunk, bool packed = false) {
  hdf5_handle list(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(list.get(), false);
  if (chunk.empty() || std::ranges::find(chunk, hsize_t{0}) != chunk.end()) return list;
  H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data());
  if (packed) {
    H5Pset_shuffle(list.get());
    H5Pset_deflate(list.get(), 1);
  }
  return list;
}

}  // namespace firstspike
