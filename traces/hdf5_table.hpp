// Data sets of rows: with equal lengths in a table, with any lengths in a ragged table. Only traces/ includes this.
//
// Both have a fixed extent and are written one block of rows at a time. Errors as in hdf5_file.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firstspike/traces/hdf5_file.hpp"

namespace firstspike {

/// Number of rows in an efficient block, for rows of `columns` entries.
std::uint64_t rows_in_block(std::uint64_t columns);

/// [rows][columns], in chunks; `packed`: shuffled, gzip 1. T is float, double or std::int64_t.
template <class T>
hdf5_object create_table(const hdf5_object& group, const std::string& member, std::uint64_t rows, std::uint64_t columns,
                         bool packed);
/// Writes whole rows, row-major, from row `first` on.
template <class T>
void write_rows(const hdf5_object& table, std::uint64_t first, std::span<const T> values);

/// [rows], each a list of any length (HDF5's variable length type). T is float, double, std::uint16_t or std::uint32_t.
template <class T>
hdf5_object create_ragged(const hdf5_object& group, const std::string& member, std::uint64_t rows);
template <class T>
void write_lists(const hdf5_object& ragged, std::uint64_t first, const std::vector<std::vector<T>>& lists);

}  // namespace firstspike
