#include "firstspike/traces/checkpoint.hpp"

#include <fmt/core.h>

#include <stdexcept>
#include <string_view>
#include <type_traits>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/hdf5_write.hpp"

namespace firstspike {
namespace {

const std::string format_attribute = "format";
const std::string format_value = "firstspike checkpoint 1";

constexpr std::string_view type_names[] = {"f32", "f64", "u64", "u8"};           // as in checkpoint_array
constexpr std::string_view value_names[] = {"whole number", "float", "string"};  // as in metadata_value

checkpoint_array read_array(const hdf5_object& root, const std::string& name) {
  const auto type = is_group(root, name) ? "group" : stored_type(root, name);
  if (type == "f32") return read_vector<float>(root, name);
  if (type == "f64") return read_vector<double>(root, name);
  if (type == "u64") return read_vector<std::uint64_t>(root, name);
  if (type == "u8") return read_vector<std::uint8_t>(root, name);
  refuse(root, name, fmt::format("is {}, allowed in a checkpoint: f32, f64, u64, u8", type));
}

template <class Map>
const typename Map::mapped_type& find_field(const checkpoint& state, const Map& fields, const std::string& name) {
  const auto found = fields.find(name);
  if (found != fields.end()) return found->second;
  throw std::runtime_error(fmt::format("{}: {}: is missing in the checkpoint", state.path, name));
}

}  // namespace

void write_checkpoint(const std::string& path, const checkpoint& state) {
  for (const auto& [name, values] : state.arrays) check_link_name("checkpoint array", name);
  for (const auto& [name, value] : state.values) {
    check_link_name("checkpoint value", name);
    if (name == format_attribute)
      throw std::invalid_argument("checkpoint value 'format': the name is taken; choose another");
  }
  pending_file file(path, true);
  auto root = create_hdf5(file.tmp(), path);
  write_attribute(root, format_attribute, format_value);
  for (const auto& [name, value] : state.values) write_attribute(root, name, value);
  for (const auto& [name, values] : state.arrays) {
    std::visit(
        [&root, &name = name](const auto& held) {
          using value_type = typename std::decay_t<decltype(held)>::value_type;
          write_dataset<value_type>(root, name, held, {held.size()});
        },
        values);
  }
  close_hdf5(root);
  file.commit();
}

checkpoint read_checkpoint(const std::string& path) {
  const auto root = open_hdf5(path);
  check_kind(root, file_kinds::checkpoint);
  const auto format = find_attribute<std::string>(root, format_attribute).value_or("missing");
  if (format != format_value) {
    refuse(root, fmt::format("attribute format is '{}', needed: '{}'", format, format_value));
  }
  checkpoint state;
  state.path = path;
  state.values = read_attributes(root);
  state.values.erase(format_attribute);
  for (const auto& name : member_names(root)) state.arrays[name] = read_array(root, name);
  return state;
}

template <class T>
std::span<const T> array_of(const checkpoint& state, const std::string& name, std::optional<std::size_t> size) {
  const auto& array = find_field(state, state.arrays, name);
  const auto values = std::get_if<std::vector<T>>(&array);
  if (values == nullptr) {
    throw std::runtime_error(fmt::format("{}: {}: is {}, needed: {}", state.path, name, type_names[array.index()],
                                         type_names[checkpoint_array(std::vector<T>()).index()]));
  }
  if (size && values->size() != *size) {
    throw std::runtime_error(
        fmt::format("{}: {}: has {} entries, needed: {}", state.path, name, values->size(), *size));
  }
  return *values;
}

template <class T>
const T& value_of(const checkpoint& state, const std::string& name) {
  const auto& value = find_field(state, state.values, name);
  if (const auto held = std::get_if<T>(&value)) return *held;
  throw std::runtime_error(fmt::format("{}: {}: is a {}, needed: {}", state.path, name, value_names[value.index()],
                                       value_names[metadata_value(T()).index()]));
}

template std::span<const float> array_of(const checkpoint&, const std::string&, std::optional<std::size_t>);
template std::span<const double> array_of(const checkpoint&, const std::string&, std::optional<std::size_t>);
template std::span<const std::uint64_t> array_of(const checkpoint&, const std::string&, std::optional<std::size_t>);
template std::span<const std::uint8_t> array_of(const checkpoint&, const std::string&, std::optional<std::size_t>);
template const std::int64_t& value_of(const checkpoint&, const std::string&);
template const double& value_of(const checkpoint&, const std::string&);
template const std::string& value_of(const checkpoint&, const std::string&);

}  // namespace firstspike
