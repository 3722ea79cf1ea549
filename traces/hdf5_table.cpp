#include "firstspike/traces/hdf5_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "firstspike/traces/hdf5_native.hpp"

namespace firstspike {
namespace {

constexpr std::uint64_t block_entries = 1 << 16;

hdf5_object create(const hdf5_object& group, const std::string& member, hid_t type, std::span<const hsize_t> extent,
                   const hdf5_handle& list) {
  const hdf5_handle space(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr));
  hdf5_handle id(H5Dcreate2(group.id.get(), member.c_str(), type, space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT));
  if (!id) refuse_failed_call(group.file + ": " + member_path(group, member), "cannot be created");
  return {std::move(id), group.file, member_path(group, member)};
}

void write_part(const hdf5_object& dataset, hid_t type, std::span<const hsize_t> first, std::span<const hsize_t> count,
                const void* values) {
  const hdf5_handle file_space(H5Dget_space(dataset.id.get()));
  const hdf5_handle memory_space(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
  if (H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, first.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Dwrite(dataset.id.get(), type, memory_space.get(), file_space.get(), H5P_DEFAULT, values) < 0) {
    refuse_failed_call(dataset.file + ": " + dataset.name, "cannot be written");
  }
}

std::uint64_t columns_of(const hdf5_object& table) {
  const hdf5_handle space(H5Dget_space(table.id.get()));
  std::array<hsize_t, 2> extent{};
  H5Sget_simple_extent_dims(space.get(), extent.data(), nullptr);
  return extent[1];
}

}  // namespace

std::uint64_t rows_in_block(std::uint64_t columns) {
  return std::max<std::uint64_t>(1, block_entries / std::max<std::uint64_t>(1, columns));
}

template <class T>
hdf5_object create_table(const hdf5_object& group, const std::string& member, std::uint64_t rows, std::uint64_t columns,
                         bool packed) {
  const hdf5_silence quiet;
  const std::array<hsize_t, 2> extent{rows, columns};
  const std::array<hsize_t, 2> chunk{std::min(rows, rows_in_block(columns)), std::min(columns, block_entries)};
  return create(group, member, native_type<T>(), extent, creation_list(chunk, packed));
}

template <class T>
void write_rows(const hdf5_object& table, std::uint64_t first, std::span<const T> values) {
  if (values.empty()) return;
  const hdf5_silence quiet;
  const auto columns = columns_of(table);
  write_part(table, native_type<T>(), std::array<hsize_t, 2>{first, 0},
             std::array<hsize_t, 2>{values.size() / columns, columns}, values.data());
}

template <class T>
hdf5_object create_ragged(const hdf5_object& group, const std::string& member, std::uint64_t rows) {
  const hdf5_silence quiet;
  const hdf5_handle type(H5Tvlen_create(native_type<T>()));
  const std::array<hsize_t, 1> extent{rows}, chunk{std::min<hsize_t>(rows, 1024)};
  return create(group, member, type.get(), extent, creation_list(chunk));
}

template <class T>
void write_lists(const hdf5_object& ragged, std::uint64_t first, const std::vector<std::vector<T>>& lists) {
  if (lists.empty()) return;
  const hdf5_silence quiet;
  std::vector<hvl_t> rows;
  // HDF5's interface takes a non-const pointer but does not write to it.
  for (const auto& list : lists) rows.push_back({list.size(), const_cast<T*>(list.data())});
  const hdf5_handle type(H5Tvlen_create(native_type<T>()));
  write_part(ragged, type.get(), std::array<hsize_t, 1>{first}, std::array<hsize_t, 1>{rows.size()}, rows.data());
}

template hdf5_object create_table<float>(const hdf5_object&, const std::string&, std::uint64_t, std::uint64_t, bool);
template hdf5_object create_table<double>(const hdf5_object&, const std::string&, std::uint64_t, std::uint64_t, bool);
template hdf5_object create_table<std::int64_t>(const hdf5_object&, const std::string&, std::uint64_t, std::uint64_t,
                                                bool);
template void write_rows(const hdf5_object&, std::uint64_t, std::span<const float>);
template void write_rows(const hdf5_object&, std::uint64_t, std::span<const double>);
template void write_rows(const hdf5_object&, std::uint64_t, std::span<const std::int64_t>);
template hdf5_object create_ragged<float>(const hdf5_object&, const std::string&, std::uint64_t);
template hdf5_object create_ragged<double>(const hdf5_object&, const std::string&, std::uint64_t);
template hdf5_object create_ragged<std::uint16_t>(const hdf5_object&, const std::string&, std::uint64_t);
template hdf5_object create_ragged<std::uint32_t>(const hdf5_object&, const std::string&, std::uint64_t);
template void write_lists(const hdf5_object&, std::uint64_t, const std::vector<std::vector<float>>&);
template void write_lists(const hdf5_object&, std::uint64_t, const std::vector<std::vector<double>>&);
template void write_lists(const hdf5_object&, std::uint64_t, const std::vector<std::vector<std::uint16_t>>&);
template void write_lists(const hdf5_object&, std::uint64_t, const std::vector<std::vector<std::uint32_t>>&);

}  // namespace firstspike
