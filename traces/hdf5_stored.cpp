#include "firstspike/traces/hdf5_stored.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace firstspike {
namespace {

// deflate compresses at most 1,032 to 1; a larger extent is invalid.
constexpr std::uint64_t highest_packing = 1100;
constexpr std::uint64_t largest_attribute = 1u << 20;  // entries

std::vector<std::uint64_t> extent_of(const hdf5_stored& stored, const hdf5_handle& space) {
  if (H5Sget_simple_extent_type(space.get()) == H5S_NULL) refuse(stored, "has no value (a null data space)");
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) refuse_failed_call(stored.where, "has an extent that cannot be read");
  std::vector<hsize_t> shape(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
  return {shape.begin(), shape.end()};
}

std::string shown(const std::vector<std::uint64_t>& shape) {
  std::string text = "[";
  for (const auto length : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(length);
  return text + "]";
}

std::size_t product(const hdf5_stored& stored) {
  std::uint64_t count = 1;
  if (std::find(stored.shape.begin(), stored.shape.end(), 0u) != stored.shape.end()) return 0;
  for (const auto length : stored.shape) {
    if (count > (std::uint64_t{1} << 56) / length) refuse(stored, "extent " + shown(stored.shape) + " overflows");
    count *= length;
  }
  return count;
}

// Largest possible size of the elements [bytes], by the stored size that the file reports.
std::uint64_t stored_bytes(const hdf5_stored& stored, const hdf5_object& group) {
  const hdf5_handle plist(H5Dget_create_plist(stored.id.get()));
  if (H5Pget_layout(plist.get()) == H5D_VIRTUAL || H5Pget_external_count(plist.get()) > 0) {
    refuse(stored, "its data are in another file; needed: data stored in this one");
  }
  const std::uint64_t storage = H5Dget_storage_size(stored.id.get());
  hsize_t file_size = 0;
  const hdf5_handle file(H5Iget_file_id(group.id.get()));
  if (H5Fget_filesize(file.get(), &file_size) < 0) refuse_failed_call(stored.where, "file size unknown");
  if (storage > file_size) {
    refuse(stored, fmt::format("stores {} bytes in a file of {}: truncated or damaged", storage, file_size));
  }
  return H5Pget_nfilters(plist.get()) > 0 ? storage * highest_packing : storage;
}

void check_extent(const hdf5_stored& stored, const hdf5_object& group) {
  if (stored.count == 0) return;
  const std::uint64_t element = H5Tget_size(stored.type.get());
  const std::uint64_t bytes = stored_bytes(stored, group);
  if (element != 0 && stored.count <= bytes / element) return;
  refuse(stored, fmt::format("extent {} of {}, but the file stores {} bytes for it; was it ever written?",
                             shown(stored.shape), type_name(stored), H5Dget_storage_size(stored.id.get())));
}

// Frees the strings that HDF5 allocated for one read.
struct vlen_strings {
  std::vector<char*> values;
  hid_t type;
  hid_t space;
  ~vlen_strings() { H5Dvlen_reclaim(type, space, H5P_DEFAULT, values.data()); }
};

std::vector<std::string> read_vlen(const hdf5_stored& stored) {
  const hdf5_handle memory(H5Tcopy(stored.type.get()));
  const hsize_t count = stored.count;
  const hdf5_handle space(H5Screate_simple(1, &count, nullptr));
  vlen_strings raw{std::vector<char*>(stored.count, nullptr), memory.get(), space.get()};
  read_raw(stored, memory.get(), raw.values.data());
  std::vector<std::string> result;
  for (const char* text : raw.values) result.emplace_back(text != nullptr ? text : "");
  return result;
}

std::vector<std::string> read_fixed(const hdf5_stored& stored) {
  const std::size_t width = H5Tget_size(stored.type.get());
  std::string raw(stored.count * width, '\0');
  read_raw(stored, stored.type.get(), raw.data());
  const bool spaces = H5Tget_strpad(stored.type.get()) == H5T_STR_SPACEPAD;
  std::vector<std::string> result;
  for (std::size_t i = 0; i < stored.count; ++i) {
    auto text = raw.substr(i * width, width);
    text.resize(std::min(text.find('\0'), text.size()));
    if (spaces) text.resize(text.find_last_not_of(' ') + 1);
    result.push_back(std::move(text));
  }
  return result;
}

}  // namespace

void refuse(const hdf5_stored& stored, const std::string& what) {
  throw std::runtime_error(stored.where + ": " + what);
}

hdf5_stored open_stored_dataset(const hdf5_object& group, const std::string& member) {
  if (!has_member(group, member)) refuse(group, member, "is missing, needed: a data set");
  hdf5_stored stored;
  stored.where = group.file + ": " + member_path(group, member);
  if (is_group(group, member)) refuse(stored, "is a group, needed: a data set");
  stored.id = hdf5_handle(H5Dopen2(group.id.get(), member.c_str(), H5P_DEFAULT));
  if (!stored.id) refuse_failed_call(stored.where, "cannot be opened as a data set");
  stored.type = hdf5_handle(H5Dget_type(stored.id.get()));
  stored.shape = extent_of(stored, hdf5_handle(H5Dget_space(stored.id.get())));
  stored.count = product(stored);
  check_extent(stored, group);
  return stored;
}

hdf5_stored open_stored_attribute(const hdf5_object& object, const std::string& attribute) {
  hdf5_stored stored;
  stored.where = fmt::format("{}: {}: attribute {}", object.file, object.name, attribute);
  if (!has_attribute(object, attribute)) refuse(stored, "is missing");
  stored.is_attribute = true;
  stored.id = hdf5_handle(H5Aopen(object.id.get(), attribute.c_str(), H5P_DEFAULT));
  if (!stored.id) refuse_failed_call(stored.where, "cannot be opened");
  stored.type = hdf5_handle(H5Aget_type(stored.id.get()));
  stored.shape = extent_of(stored, hdf5_handle(H5Aget_space(stored.id.get())));
  stored.count = product(stored);
  if (stored.count > largest_attribute) refuse(stored, "extent " + shown(stored.shape) + ", allowed: 2^20 entries");
  return stored;
}

std::string type_name(const hdf5_stored& stored) {
  const auto bits = H5Tget_size(stored.type.get()) * 8;
  switch (H5Tget_class(stored.type.get())) {
    case H5T_INTEGER:
      return fmt::format("{}{}", H5Tget_sign(stored.type.get()) == H5T_SGN_NONE ? 'u' : 'i', bits);
    case H5T_FLOAT:
      return fmt::format("f{}", bits);
    case H5T_STRING:
      return "string";
    case H5T_ENUM:
      return "enum";
    case H5T_COMPOUND:
      return "compound";
    case H5T_ARRAY:
      return "array";
    case H5T_VLEN:
      return "variable-length list";
    default:
      return "opaque type";
  }
}

void read_raw(const hdf5_stored& stored, hid_t memory_type, void* out) {
  if (stored.count == 0) return;
  const auto transfer = transfer_of(stored.count * std::max(H5Tget_size(memory_type), H5Tget_size(stored.type.get())));
  const herr_t status = stored.is_attribute
                            ? H5Aread(stored.id.get(), memory_type, out)
                            : H5Dread(stored.id.get(), memory_type, H5S_ALL, H5S_ALL, transfer.get(), out);
  if (status < 0) refuse_failed_call(stored.where, "cannot be read");
}

void read_raw(const hdf5_stored& stored, hid_t memory_type, std::size_t first, std::size_t count, void* out) {
  if (count == 0) return;
  const auto transfer = transfer_of(count * std::max(H5Tget_size(memory_type), H5Tget_size(stored.type.get())));
  const hdf5_handle space(H5Dget_space(stored.id.get()));
  const hsize_t from = first, length = count;
  const hdf5_handle memory(H5Screate_simple(1, &length, nullptr));
  if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &from, nullptr, &length, nullptr) < 0 ||
      H5Dread(stored.id.get(), memory_type, memory.get(), space.get(), transfer.get(), out) < 0) {
    refuse_failed_call(stored.where, "cannot be read");
  }
}

std::size_t chunk_length(const hdf5_stored& stored) {
  const hdf5_handle plist(H5Dget_create_plist(stored.id.get()));
  hsize_t length = 1;
  if (H5Pget_layout(plist.get()) == H5D_CHUNKED) H5Pget_chunk(plist.get(), 1, &length);
  return length;
}

std::vector<std::string> read_raw_strings(const hdf5_stored& stored) {
  if (H5Tget_class(stored.type.get()) != H5T_STRING) refuse(stored, "is " + type_name(stored) + ", needed: string");
  if (stored.count == 0) return {};
  return H5Tis_variable_str(stored.type.get()) > 0 ? read_vlen(stored) : read_fixed(stored);
}

}  // namespace firstspike
