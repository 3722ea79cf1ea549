// One data set or attribute of a file, opened for reading: its type, its extent, and validation of the extent. Only
// hdf5_read.cpp includes this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "firstspike/traces/hdf5_file.hpp"

namespace firstspike {

struct hdf5_stored {
  hdf5_handle id;
  bool is_attribute = false;
  hdf5_handle type;
  std::string where;                 ///< "FILE: /object" for messages
  std::vector<std::uint64_t> shape;  ///< empty for a scalar
  std::size_t count = 1;             ///< product of shape; validated against the stored size
};

[[noreturn]] void refuse(const hdf5_stored& stored, const std::string& what);

/// Throws if it is missing, not a data set, or its extent is larger than the stored data.
hdf5_stored open_stored_dataset(const hdf5_object& group, const std::string& member);
hdf5_stored open_stored_attribute(const hdf5_object& object, const std::string& attribute);

/// "f32", "u64", "string", "enum", ...
std::string type_name(const hdf5_stored& stored);
/// Reads all of it, as `memory_type`, to `out`.
void read_raw(const hdf5_stored& stored, hid_t memory_type, void* out);
/// Reads entries [first, first + count) of a data set of one dimension.
void read_raw(const hdf5_stored& stored, hid_t memory_type, std::size_t first, std::size_t count, void* out);
/// Length of a chunk of a data set of one dimension, 1 if it is stored in one piece.
std::size_t chunk_length(const hdf5_stored& stored);
std::vector<std::string> read_raw_strings(const hdf5_stored& stored);

}  // namespace firstspike
