// Typed reading of HDF5 data sets and attributes. Only traces/ includes this.
//
// T is one of float, double, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, std::int64_t, std::string. Any
// stored width or byte order is read if no value changes; another class of type is rejected. Memory is allocated only
// after the extent has been compared with the stored size in the file. Errors as in hdf5_file.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/traces/hdf5_file.hpp"
#include "firstspike/traces/run_metadata.hpp"

namespace firstspike {

template <class T>
struct hdf5_array {
  std::vector<std::uint64_t> shape;  ///< empty for a scalar
  std::vector<T> values;             ///< row-major
};

template <class T>
hdf5_array<T> read_dataset(const hdf5_object& group, const std::string& member);

/// A data set of one dimension.
template <class T>
std::vector<T> read_vector(const hdf5_object& group, const std::string& member);

/// A data set of one dimension, read block by block.
template <class T>
class hdf5_column {
 public:
  hdf5_column(const hdf5_object& group, const std::string& member);
  hdf5_column(hdf5_column&&) noexcept;
  ~hdf5_column();

  std::size_t size() const;
  /// Entries [first, first + out.size()), which must exist. Fast if these follow those of the last call.
  void read(std::size_t first, std::span<T> out);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// A data set of one value: a scalar, or of one entry.
template <class T>
T read_scalar(const hdf5_object& group, const std::string& member);

/// An attribute of one value.
template <class T>
T read_attribute(const hdf5_object& object, const std::string& attribute);

template <class T>
std::optional<T> find_attribute(const hdf5_object& object, const std::string& attribute) {
  if (!has_attribute(object, attribute)) return std::nullopt;
  return read_attribute<T>(object, attribute);
}

/// The whole numbers of an attribute; none if it is absent or holds something else.
std::vector<std::int64_t> find_whole_numbers(const hdf5_object& object, const std::string& attribute);

/// An attribute with a word, stored as a string or as an enum value.
std::string read_word_attribute(const hdf5_object& object, const std::string& attribute);

/// Attribute `units` and the like, of a data set.
std::optional<std::string> find_dataset_attribute(const hdf5_object& group, const std::string& member,
                                                  const std::string& attribute);

/// All attributes that are one whole number below 2^63, one float or one string. Other attributes are ignored.
run_metadata read_attributes(const hdf5_object& object);

/// "f32", "f64", "u8", "i64", "string", "enum", ... as stored.
std::string stored_type(const hdf5_object& group, const std::string& member);

/// A data set of one value, as a metadata value.
metadata_value read_metadata_value(const hdf5_object& group, const std::string& member);

}  // namespace firstspike
