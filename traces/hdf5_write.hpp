// Typed writing of HDF5 data sets and attributes. Only traces/ includes this.
//
// T is one of float, double, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, std::int64_t. Files contain no
// creation times: the same data gives the same bytes. Errors as in hdf5_file.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/traces/hdf5_file.hpp"
#include "firstspike/traces/run_metadata.hpp"

namespace firstspike {

/// Events in one chunk of an appendable data set. Appending whole multiples avoids writing a chunk twice.
inline constexpr std::size_t hdf5_chunk = 4096;

template <class T>
void write_attribute(const hdf5_object& object, const std::string& attribute, const T& value);
void write_attribute(const hdf5_object& object, const std::string& attribute, const std::string& value);
void write_attribute(const hdf5_object& object, const std::string& attribute, const metadata_value& value);
void write_vector_attribute(const hdf5_object& object, const std::string& attribute,
                            std::span<const std::uint32_t> values);
/// An enum over U8.
void write_enum_attribute(const hdf5_object& object, const std::string& attribute,
                          std::span<const std::pair<const char*, std::uint8_t>> members, std::uint8_t value);
/// Of an existing data set. T is std::uint8_t or std::string.
template <class T>
void write_dataset_attribute(const hdf5_object& group, const std::string& member, const std::string& attribute,
                             const T& value);

/// An empty shape gives a scalar. `packed`: in one chunk, shuffled, gzip 1; else uncompressed.
template <class T>
void write_dataset(const hdf5_object& group, const std::string& member, std::span<const T> values,
                   const std::vector<std::uint64_t>& shape, bool packed = false);
/// The same for a column.
template <class T>
void write_column(const hdf5_object& group, const std::string& member, std::span<const T> values) {
  write_dataset<T>(group, member, values, {values.size()});
}
void write_strings(const hdf5_object& group, const std::string& member, std::span<const std::string> values,
                   const std::vector<std::uint64_t>& shape);
void write_scalar(const hdf5_object& group, const std::string& member, const metadata_value& value);

/// An empty data set of one dimension that append() extends: chunked, uncompressed, as libsonata has no zlib.
template <class T>
hdf5_object create_appendable(const hdf5_object& group, const std::string& member);
template <class T>
void append(const hdf5_object& dataset, std::span<const T> values);

}  // namespace firstspike
