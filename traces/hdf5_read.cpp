#include "firstspike/traces/hdf5_read.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "firstspike/traces/hdf5_stored.hpp"

namespace firstspike {
namespace {

bool is_signed(const hdf5_stored& stored) { return H5Tget_sign(stored.type.get()) != H5T_SGN_NONE; }

// Whole numbers up to 2^digits are exact in a float of that many digits.
template <class To, class From>
bool keeps_value(From value) {
  if constexpr (std::is_integral_v<To>) {
    return std::in_range<To>(value);
  } else if constexpr (std::is_integral_v<From>) {
    constexpr std::int64_t limit = std::int64_t{1} << std::numeric_limits<To>::digits;
    return std::cmp_less_equal(value, limit) && std::cmp_greater_equal(value, -limit);
  } else {
    return std::isnan(value) || static_cast<From>(static_cast<To>(value)) == value;
  }
}

template <class T>
std::string name_of() {
  return fmt::format("{}{}", std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u', sizeof(T) * 8);
}

/// Entries [first, first + count).
struct hdf5_block {
  std::size_t first, count;
};

template <class T, class Wide>
std::vector<T> read_through(const hdf5_stored& stored, hid_t wide_type, const hdf5_block& block) {
  std::vector<Wide> raw(block.count);
  if (block.count == stored.count) {
    read_raw(stored, wide_type, raw.data());
  } else {
    read_raw(stored, wide_type, block.first, block.count, raw.data());
  }
  if constexpr (std::is_same_v<T, Wide>) return raw;
  std::vector<T> result(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (!keeps_value<T>(raw[i])) {
      refuse(stored, fmt::format("entry {} = {} does not fit {}", block.first + i, raw[i], name_of<T>()));
    }
    result[i] = static_cast<T>(raw[i]);
  }
  return result;
}

template <class T>
std::vector<T> read_numbers(const hdf5_stored& stored, const hdf5_block& block) {
  const auto type_class = H5Tget_class(stored.type.get());
  const std::size_t size = H5Tget_size(stored.type.get());
  const bool is_float = type_class == H5T_FLOAT && std::is_floating_point_v<T>;
  if (size > 8 || !(is_float || type_class == H5T_INTEGER)) {
    const auto needed = std::is_floating_point_v<T> ? "numbers of 64 bits at most" : "whole numbers of 64 bits at most";
    refuse(stored, fmt::format("is {}, needed: {}", type_name(stored), needed));
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (is_float && size <= sizeof(float)) return read_through<T, float>(stored, H5T_NATIVE_FLOAT, block);
    if (is_float) return read_through<T, double>(stored, H5T_NATIVE_DOUBLE, block);
  }
  if constexpr (sizeof(T) == 1) {  // avoids a copy of an image set that is eight times as large
    if (size == 1 && !is_signed(stored)) return read_through<T, std::uint8_t>(stored, H5T_NATIVE_UINT8, block);
  }
  if (is_signed(stored)) return read_through<T, std::int64_t>(stored, H5T_NATIVE_INT64, block);
  return read_through<T, std::uint64_t>(stored, H5T_NATIVE_UINT64, block);
}

template <class T>
std::vector<T> read_values(const hdf5_stored& stored) {
  if constexpr (std::is_same_v<T, std::string>) {
    return read_raw_strings(stored);
  } else {
    return read_numbers<T>(stored, {0, stored.count});
  }
}

template <class T>
T read_one(const hdf5_stored& stored) {
  if (stored.count != 1) refuse(stored, fmt::format("has {} values, needed: one", stored.count));
  return read_values<T>(stored).front();
}

metadata_value read_metadata_value(const hdf5_stored& stored) {
  switch (H5Tget_class(stored.type.get())) {
    case H5T_INTEGER:
      return read_one<std::int64_t>(stored);
    case H5T_FLOAT:
      return read_one<double>(stored);
    default:
      return read_one<std::string>(stored);
  }
}

bool is_metadata_value(const hdf5_stored& stored) {
  const auto type_class = H5Tget_class(stored.type.get());
  return stored.count == 1 && H5Tget_size(stored.type.get()) > 0 &&
         (type_class == H5T_STRING || type_class == H5T_INTEGER || type_class == H5T_FLOAT);
}

std::string read_enum_word(const hdf5_stored& stored) {
  std::vector<unsigned char> value(H5Tget_size(stored.type.get()));
  read_raw(stored, stored.type.get(), value.data());
  char word[64] = "";
  if (H5Tenum_nameof(stored.type.get(), value.data(), word, sizeof word) >= 0) return word;
  std::int64_t number = 0;
  read_raw(stored, H5T_NATIVE_INT64, &number);
  refuse(stored, fmt::format("enum value {} has no name", number));
}

}  // namespace

template <class T>
hdf5_array<T> read_dataset(const hdf5_object& group, const std::string& member) {
  const hdf5_silence quiet;
  const auto stored = open_stored_dataset(group, member);
  return {stored.shape, read_values<T>(stored)};
}

template <class T>
std::vector<T> read_vector(const hdf5_object& group, const std::string& member) {
  const hdf5_silence quiet;
  const auto stored = open_stored_dataset(group, member);
  if (stored.shape.size() != 1) refuse(stored, fmt::format("has rank {}, needed: 1", stored.shape.size()));
  return read_values<T>(stored);
}

// Blocks consist of whole chunks, each of which is read and decompressed once.
template <class T>
struct hdf5_column<T>::state {
  hdf5_stored stored;
  std::size_t block_length;
  std::size_t first = 0;
  std::vector<T> block{};  // entries from `first` on
};

template <class T>
hdf5_column<T>::hdf5_column(const hdf5_object& group, const std::string& member) {
  constexpr std::size_t shortest = 1 << 16;
  const hdf5_silence quiet;
  auto stored = open_stored_dataset(group, member);
  if (stored.shape.size() != 1) refuse(stored, fmt::format("has rank {}, needed: 1", stored.shape.size()));
  const auto chunk = chunk_length(stored);
  state_ = std::make_unique<state>(state{std::move(stored), (shortest + chunk - 1) / chunk * chunk});
}

template <class T>
hdf5_column<T>::hdf5_column(hdf5_column&&) noexcept = default;
template <class T>
hdf5_column<T>::~hdf5_column() = default;

template <class T>
std::size_t hdf5_column<T>::size() const {
  return state_->stored.count;
}

template <class T>
void hdf5_column<T>::read(std::size_t first, std::span<T> out) {
  const hdf5_silence quiet;
  auto& s = *state_;
  for (std::size_t done = 0; done < out.size();) {
    const auto at = first + done;
    if (at < s.first || at >= s.first + s.block.size()) {
      s.first = at / s.block_length * s.block_length;
      s.block = read_numbers<T>(s.stored, {s.first, std::min(s.block_length, s.stored.count - s.first)});
    }
    const auto part =
        std::span(s.block).subspan(at - s.first).first(std::min(out.size() - done, s.first + s.block.size() - at));
    std::copy(part.begin(), part.end(), out.begin() + static_cast<std::ptrdiff_t>(done));
    done += part.size();
  }
}

template <class T>
T read_scalar(const hdf5_object& group, const std::string& member) {
  const hdf5_silence quiet;
  return read_one<T>(open_stored_dataset(group, member));
}

template <class T>
T read_attribute(const hdf5_object& object, const std::string& attribute) {
  const hdf5_silence quiet;
  return read_one<T>(open_stored_attribute(object, attribute));
}

std::vector<std::int64_t> find_whole_numbers(const hdf5_object& object, const std::string& attribute) {
  if (!has_attribute(object, attribute)) return {};
  const hdf5_silence quiet;
  const auto stored = open_stored_attribute(object, attribute);
  if (H5Tget_class(stored.type.get()) != H5T_INTEGER) return {};
  return read_values<std::int64_t>(stored);
}

std::string read_word_attribute(const hdf5_object& object, const std::string& attribute) {
  const hdf5_silence quiet;
  const auto stored = open_stored_attribute(object, attribute);
  if (stored.count != 1) refuse(stored, fmt::format("has {} values, needed: one", stored.count));
  return H5Tget_class(stored.type.get()) == H5T_ENUM ? read_enum_word(stored) : read_one<std::string>(stored);
}

std::optional<std::string> find_dataset_attribute(const hdf5_object& group, const std::string& member,
                                                  const std::string& attribute) {
  const hdf5_silence quiet;
  hdf5_object dataset{hdf5_handle(H5Dopen2(group.id.get(), member.c_str(), H5P_DEFAULT)), group.file,
                      member_path(group, member)};
  if (!dataset.id) refuse(dataset, "is missing, needed: a data set");
  return find_attribute<std::string>(dataset, attribute);
}

run_metadata read_attributes(const hdf5_object& object) {
  const hdf5_silence quiet;
  run_metadata metadata;
  for (const auto& name : attribute_names(object)) {
    try {
      const auto stored = open_stored_attribute(object, name);
      if (is_metadata_value(stored)) metadata[name] = read_metadata_value(stored);
    } catch (const std::runtime_error&) {
      // An attribute of another program that cannot be kept, such as a whole number above 2^63.
    }
  }
  return metadata;
}

std::string stored_type(const hdf5_object& group, const std::string& member) {
  const hdf5_silence quiet;
  return type_name(open_stored_dataset(group, member));
}

metadata_value read_metadata_value(const hdf5_object& group, const std::string& member) {
  const hdf5_silence quiet;
  return read_metadata_value(open_stored_dataset(group, member));
}

template hdf5_array<float> read_dataset(const hdf5_object&, const std::string&);
template hdf5_array<double> read_dataset(const hdf5_object&, const std::string&);
template hdf5_array<std::uint64_t> read_dataset(const hdf5_object&, const std::string&);
template hdf5_array<std::string> read_dataset(const hdf5_object&, const std::string&);
template std::vector<float> read_vector(const hdf5_object&, const std::string&);
template std::vector<double> read_vector(const hdf5_object&, const std::string&);
template std::vector<std::uint8_t> read_vector(const hdf5_object&, const std::string&);
template std::vector<std::uint16_t> read_vector(const hdf5_object&, const std::string&);
template std::vector<std::uint32_t> read_vector(const hdf5_object&, const std::string&);
template std::vector<std::uint64_t> read_vector(const hdf5_object&, const std::string&);
template std::vector<std::int64_t> read_vector(const hdf5_object&, const std::string&);
template std::vector<std::string> read_vector(const hdf5_object&, const std::string&);
template class hdf5_column<double>;
template class hdf5_column<std::uint64_t>;
template double read_scalar(const hdf5_object&, const std::string&);
template std::int64_t read_scalar(const hdf5_object&, const std::string&);
template std::string read_scalar(const hdf5_object&, const std::string&);
template double read_attribute(const hdf5_object&, const std::string&);
template std::uint32_t read_attribute(const hdf5_object&, const std::string&);
template std::uint64_t read_attribute(const hdf5_object&, const std::string&);
template std::int64_t read_attribute(const hdf5_object&, const std::string&);
template std::string read_attribute(const hdf5_object&, const std::string&);

}  // namespace firstspike
