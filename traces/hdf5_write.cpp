#include "firstspike/traces/hdf5_write.hpp"

#include <algorithm>
#include <stdexcept>

#include "firstspike/traces/hdf5_native.hpp"

namespace firstspike {
namespace {

hdf5_handle string_type() {
  hdf5_handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

hdf5_handle space_of(const std::vector<std::uint64_t>& shape) {
  if (shape.empty()) return hdf5_handle(H5Screate(H5S_SCALAR));
  const std::vector<hsize_t> lengths(shape.begin(), shape.end());
  return hdf5_handle(H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr));
}

std::vector<const char*> pointers_to(const std::string& where, std::span<const std::string> values) {
  std::vector<const char*> result;
  for (const auto& value : values) {
    if (value.find('\0') != value.npos) throw std::invalid_argument(where + ": a string to be written contains a NUL");
    result.push_back(value.c_str());
  }
  return result;
}

void write_raw_attribute(const hdf5_object& object, const std::string& attribute, hid_t type,
                         const std::vector<std::uint64_t>& shape, const void* value) {
  const hdf5_silence quiet;
  const auto space = space_of(shape);
  const hdf5_handle id(H5Acreate2(object.id.get(), attribute.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT));
  if (!id || H5Awrite(id.get(), type, value) < 0) {
    refuse_failed_call(object.file + ": " + object.name + ": attribute " + attribute, "cannot be written");
  }
}

hdf5_object create_dataset(const hdf5_object& group, const std::string& member, hid_t type, hid_t space, hid_t list) {
  hdf5_handle id(H5Dcreate2(group.id.get(), member.c_str(), type, space, H5P_DEFAULT, list, H5P_DEFAULT));
  if (!id) refuse_failed_call(group.file + ": " + member_path(group, member), "cannot be created");
  return {std::move(id), group.file, member_path(group, member)};
}

void write_raw(const hdf5_object& group, const std::string& member, hid_t type, const std::vector<std::uint64_t>& shape,
               const void* values, bool packed = false) {
  const hdf5_silence quiet;
  const auto space = space_of(shape);
  const std::vector<hsize_t> chunk(shape.begin(), packed ? shape.end() : shape.begin());
  const auto dataset = create_dataset(group, member, type, space.get(), creation_list(chunk, packed).get());
  const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.get()));
  if (count == 0) return;
  const auto transfer = transfer_of(2 * count * H5Tget_size(type));
  if (H5Dwrite(dataset.id.get(), type, H5S_ALL, H5S_ALL, transfer.get(), values) < 0) {
    refuse_failed_call(group.file + ": " + dataset.name, "cannot be written");
  }
}

}  // namespace

template <class T>
void write_attribute(const hdf5_object& object, const std::string& attribute, const T& value) {
  write_raw_attribute(object, attribute, native_type<T>(), {}, &value);
}

void write_attribute(const hdf5_object& object, const std::string& attribute, const std::string& value) {
  const auto pointer = pointers_to(object.file + ": attribute " + attribute, {&value, 1});
  write_raw_attribute(object, attribute, string_type().get(), {}, pointer.data());
}

void write_attribute(const hdf5_object& object, const std::string& attribute, const metadata_value& value) {
  std::visit([&](const auto& held) { write_attribute(object, attribute, held); }, value);
}

void write_vector_attribute(const hdf5_object& object, const std::string& attribute,
                            std::span<const std::uint32_t> values) {
  write_raw_attribute(object, attribute, H5T_NATIVE_UINT32, {values.size()}, values.data());
}

void write_enum_attribute(const hdf5_object& object, const std::string& attribute,
                          std::span<const std::pair<const char*, std::uint8_t>> members, std::uint8_t value) {
  const hdf5_silence quiet;
  const hdf5_handle type(H5Tenum_create(H5T_NATIVE_UINT8));
  for (const auto& [name, number] : members) H5Tenum_insert(type.get(), name, &number);
  write_raw_attribute(object, attribute, type.get(), {}, &value);
}

template <class T>
void write_dataset_attribute(const hdf5_object& group, const std::string& member, const std::string& attribute,
                             const T& value) {
  const hdf5_silence quiet;
  const hdf5_object dataset{hdf5_handle(H5Dopen2(group.id.get(), member.c_str(), H5P_DEFAULT)), group.file,
                            member_path(group, member)};
  write_attribute(dataset, attribute, value);
}

template <class T>
void write_dataset(const hdf5_object& group, const std::string& member, std::span<const T> values,
                   const std::vector<std::uint64_t>& shape, bool packed) {
  write_raw(group, member, native_type<T>(), shape, values.data(), packed);
}

void write_strings(const hdf5_object& group, const std::string& member, std::span<const std::string> values,
                   const std::vector<std::uint64_t>& shape) {
  const auto pointers = pointers_to(group.file + ": " + member_path(group, member), values);
  write_raw(group, member, string_type().get(), shape, pointers.data());
}

void write_scalar(const hdf5_object& group, const std::string& member, const metadata_value& value) {
  if (const auto text = std::get_if<std::string>(&value)) {
    write_strings(group, member, {text, 1}, {});
  } else if (const auto number = std::get_if<std::int64_t>(&value)) {
    write_dataset<std::int64_t>(group, member, {number, 1}, {});
  } else {
    write_dataset<double>(group, member, {&std::get<double>(value), 1}, {});
  }
}

template <class T>
hdf5_object create_appendable(const hdf5_object& group, const std::string& member) {
  const hdf5_silence quiet;
  const hsize_t length = 0, unlimited = H5S_UNLIMITED, chunk = hdf5_chunk;
  const hdf5_handle space(H5Screate_simple(1, &length, &unlimited));
  return create_dataset(group, member, native_type<T>(), space.get(), creation_list({&chunk, 1}).get());
}

template <class T>
void append(const hdf5_object& dataset, std::span<const T> values) {
  if (values.empty()) return;
  const hdf5_silence quiet;
  const hdf5_handle before(H5Dget_space(dataset.id.get()));
  const auto first = static_cast<hsize_t>(H5Sget_simple_extent_npoints(before.get()));
  const hsize_t added = values.size();
  const hsize_t length = first + added;
  bool failed = H5Dset_extent(dataset.id.get(), &length) < 0;
  const hdf5_handle file_space(H5Dget_space(dataset.id.get()));
  const hdf5_handle memory_space(H5Screate_simple(1, &added, nullptr));
  failed = failed || H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, &first, nullptr, &added, nullptr) < 0;
  failed = failed || H5Dwrite(dataset.id.get(), native_type<T>(), memory_space.get(), file_space.get(), H5P_DEFAULT,
                              values.data()) < 0;
  if (failed) refuse_failed_call(dataset.file + ": " + dataset.name, "cannot be appended to");
}

template void write_attribute(const hdf5_object&, const std::string&, const double&);
template void write_attribute(const hdf5_object&, const std::string&, const std::uint8_t&);
template void write_attribute(const hdf5_object&, const std::string&, const std::uint32_t&);
template void write_attribute(const hdf5_object&, const std::string&, const std::uint64_t&);
template void write_attribute(const hdf5_object&, const std::string&, const std::int64_t&);
template void write_dataset_attribute(const hdf5_object&, const std::string&, const std::string&, const std::uint8_t&);
template void write_dataset_attribute(const hdf5_object&, const std::string&, const std::string&, const std::string&);
template void write_dataset(const hdf5_object&, const std::string&, std::span<const float>,
                            const std::vector<std::uint64_t>&, bool);
template void write_dataset(const hdf5_object&, const std::string&, std::span<const double>,
                            const std::vector<std::uint64_t>&, bool);
template void write_dataset(const hdf5_object&, const std::string&, std::span<const std::uint8_t>,
                            const std::vector<std::uint64_t>&, bool);
template void write_dataset(const hdf5_object&, const std::string&, std::span<const std::uint16_t>,
                            const std::vector<std::uint64_t>&, bool);
template void write_dataset(const hdf5_object&, const std::string&, std::span<const std::uint32_t>,
                            const std::vector<std::uint64_t>&, bool);
template void write_dataset(const hdf5_object&, const std::string&, std::span<const std::uint64_t>,
                            const std::vector<std::uint64_t>&, bool);
template void write_dataset(const hdf5_object&, const std::string&, std::span<const std::int64_t>,
                            const std::vector<std::uint64_t>&, bool);
template hdf5_object create_appendable<double>(const hdf5_object&, const std::string&);
template hdf5_object create_appendable<std::uint32_t>(const hdf5_object&, const std::string&);
template hdf5_object create_appendable<std::uint64_t>(const hdf5_object&, const std::string&);
template void append(const hdf5_object&, std::span<const double>);
template void append(const hdf5_object&, std::span<const std::uint32_t>);
template void append(const hdf5_object&, std::span<const std::uint64_t>);

}  // namespace firstspike
