// Owners of HDF5 identifiers, and access to the groups of a file. Only traces/ includes this.
//
// All functions throw std::runtime_error, one line that starts with "FILE: /object: ". HDF5's own error output is off
// during a call.
#pragma once

#include <hdf5.h>

#include <string>
#include <utility>
#include <vector>

namespace firstspike {

/// Owns one reference to an HDF5 identifier of any type.
class hdf5_handle {
 public:
  hdf5_handle() = default;
  explicit hdf5_handle(hid_t id) : id_(id) {}
  ~hdf5_handle();
  hdf5_handle(hdf5_handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  hdf5_handle& operator=(hdf5_handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  hid_t release() { return std::exchange(id_, H5I_INVALID_HID); }

 private:
  hid_t id_ = H5I_INVALID_HID;
};

/// A transfer property list for `bytes` of values: HDF5 would clear 2 MiB for each conversion, even of a single string.
hdf5_handle transfer_of(std::size_t bytes);

/// Turns off HDF5's error output during its lifetime; its destructor restores the settings of the calling program.
class hdf5_silence {
 public:
  hdf5_silence();
  ~hdf5_silence();
  hdf5_silence(const hdf5_silence&) = delete;
  hdf5_silence& operator=(const hdf5_silence&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* print_data_ = nullptr;
};

/// An open file, group or data set.
struct hdf5_object {
  hdf5_handle id;
  std::string file;  ///< path of the file in messages
  std::string name;  ///< absolute, "/" for the file itself
};

/// Throws std::runtime_error "FILE: /object: what".
[[noreturn]] void refuse(const hdf5_object& where, const std::string& what);
/// The same for a member or attribute of `where`.
[[noreturn]] void refuse(const hdf5_object& where, const std::string& field, const std::string& what);
/// The same with HDF5's reason for the call that has just failed.
[[noreturn]] void refuse_failed_call(const std::string& where, const std::string& what);

/// Opens for reading. Distinguishes: no such file, a directory, empty, not HDF5, truncated.
hdf5_object open_hdf5(const std::string& path);
/// Creates or replaces the file at `path`; messages call it `shown_as`.
hdf5_object create_hdf5(const std::string& path, const std::string& shown_as);
/// Flushes and closes the file, and reports errors (a full disk). All other objects of the file must be closed.
void close_hdf5(hdf5_object& file);

std::string member_path(const hdf5_object& group, const std::string& member);
bool has_member(const hdf5_object& group, const std::string& member);
bool is_group(const hdf5_object& group, const std::string& member);
bool has_attribute(const hdf5_object& object, const std::string& attribute);

/// The kinds of our files, as words of a message.
namespace file_kinds {
inline constexpr auto model = "a model", trace = "a spike trace", network = "a network", checkpoint = "a checkpoint",
                      membranes = "a membrane report";
}

/// Throws std::runtime_error if the members of the file show that it is of another kind than `wanted`, one of
/// file_kinds. A file may be of several kinds: a trace may hold models.
void check_kind(const hdf5_object& root, const std::string& wanted);
/// In alphabetical order.
std::vector<std::string> member_names(const hdf5_object& group);
std::vector<std::string> attribute_names(const hdf5_object& object);

hdf5_object open_group(const hdf5_object& parent, const std::string& member);
/// From the root, by a path such as "/models/generator".
hdf5_object open_group_path(const hdf5_object& root, const std::string& path);
hdf5_object create_group(const hdf5_object& parent, const std::string& member);

/// Throws std::invalid_argument if HDF5 cannot store `name` as a single link: empty, ".", with '/' or NUL.
void check_link_name(const std::string& what, const std::string& name);

}  // namespace firstspike
