#include "firstspike/traces/hdf5_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <stdexcept>

namespace firstspike {
namespace {

// The stack is walked from the outermost to the innermost frame. The last message, which has the reason, is kept.
herr_t keep_reason(unsigned, const H5E_error2_t* error, void* reason) {
  const auto out = static_cast<char*>(reason);
  const std::string_view text = error->desc != nullptr ? error->desc : "";
  const std::size_t length = std::min<std::size_t>(text.size(), 199);
  text.copy(out, length);
  out[length] = '\0';
  std::replace(out, out + length, '\n', ' ');
  return 0;
}

// HDF5 cannot close a file whose data it cannot write: it crashes at the end of the program. So all that is still to be
// written to the file of an object is discarded. (A file in memory would be subject to limits of the file size as
// well.)
void discard_writes(hid_t object) {
  // HDF5 1.14 loses the memory of such a file, and would report that at the end of the program, after our error. What
  // is registered last runs first.
  [[maybe_unused]] static const int once = std::atexit([] { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); });
  const auto file = H5Iget_file_id(object);
  if (file < 0) return;
  unsigned intent = H5F_ACC_RDONLY;
  void* descriptor = nullptr;
  H5Fget_intent(file, &intent);
  if ((intent & H5F_ACC_RDWR) != 0 && H5Fget_vfd_handle(file, H5P_DEFAULT, &descriptor) >= 0 && descriptor != nullptr) {
    const int sink = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (sink >= 0) {
      ::dup2(sink, *static_cast<int*>(descriptor));
      ::close(sink);
    }
  }
  H5Fclose(file);
}

// HDF5 cannot recover from a file of which it cannot write the first bytes either.
void check_space(const std::string& path, const std::string& shown_as) {
  constexpr off_t superblock = 1 << 16;
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const int error = file < 0 ? errno : ::posix_fallocate(file, 0, superblock);
  if (file >= 0) ::close(file);
  if (error == 0 || error == EOPNOTSUPP || error == EINVAL) return;
  throw std::runtime_error(fmt::format("{}: cannot be created: {}", shown_as, std::strerror(error)));
}

std::string reason_of_failed_call() {
  char reason[200] = "";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_reason, reason);
  // Of a write that failed, the system's reason is enough: "... errno = 27, error message = 'File too large', buf =
  // ...".
  const std::string whole = reason;
  constexpr std::string_view before = "error message = '";
  const auto at = whole.starts_with("file write failed") ? whole.find(before) : whole.npos;
  const auto end = at == whole.npos ? at : whole.find('\'', at + before.size());
  return end == whole.npos ? whole : whole.substr(at + before.size(), end - at - before.size());
}

// Unknown members (dangling links) do not count as groups.
H5I_type_t type_of(const hdf5_object& group, const std::string& member) {
  const hdf5_handle object(H5Oopen(group.id.get(), member.c_str(), H5P_DEFAULT));
  return object ? H5Iget_type(object.get()) : H5I_BADID;
}

void refuse_unreadable(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) throw std::runtime_error(path + ": no such file");
  if (std::filesystem::is_directory(status)) throw std::runtime_error(path + ": is a directory, needed: an HDF5 file");
  if (std::filesystem::file_size(path, error) == 0 && !error) {
    throw std::runtime_error(path + ": is empty (0 bytes), needed: an HDF5 file");
  }
}

}  // namespace

hdf5_handle::~hdf5_handle() {
  if (id_ < 0) return;
  const hdf5_silence quiet;
  const auto type = H5Iget_type(id_);
  if (type == H5I_DATASET && H5Dflush(id_) < 0) {
    if (std::uncaught_exceptions() == 0) return;  // stays open, and close_hdf5() meets the same error
    discard_writes(id_);
  }
  if (type == H5I_FILE && H5Fflush(id_, H5F_SCOPE_LOCAL) < 0) discard_writes(id_);  // a file that is given up
  H5Idec_ref(id_);
}

hdf5_handle transfer_of(std::size_t bytes) {
  constexpr std::size_t least = 1 << 10, most = 1 << 20;
  hdf5_handle list(H5Pcreate(H5P_DATASET_XFER));
  H5Pset_buffer(list.get(), std::clamp(bytes, least, most), nullptr, nullptr);
  return list;
}

hdf5_silence::hdf5_silence() {
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

hdf5_silence::~hdf5_silence() { H5Eset_auto2(H5E_DEFAULT, print_, print_data_); }

void refuse(const hdf5_object& where, const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}: {}", where.file, where.name, what));
}

void refuse(const hdf5_object& where, const std::string& field, const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}: {}", where.file, member_path(where, field), what));
}

void refuse_failed_call(const std::string& where, const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {} (HDF5: {})", where, what, reason_of_failed_call()));
}

hdf5_object open_hdf5(const std::string& path) {
  refuse_unreadable(path);
  const hdf5_silence quiet;
  const htri_t is_hdf5 = H5Fis_hdf5(path.c_str());
  if (is_hdf5 < 0) refuse_failed_call(path, "cannot be opened");
  if (is_hdf5 == 0) throw std::runtime_error(path + ": is not an HDF5 file (it has no HDF5 signature)");
  hdf5_handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (file) return {std::move(file), path, "/"};
  const auto reason = reason_of_failed_call();
  if (reason.find("lock file") == std::string::npos) refuse_failed_call(path, "is HDF5, but truncated or damaged");
  throw std::runtime_error(
      fmt::format("{}: is locked by another program that writes it, or its file system has no locks "
                  "(HDF5: {}); wait for that program, or set HDF5_USE_FILE_LOCKING=FALSE",
                  path, reason));
}

hdf5_object create_hdf5(const std::string& path, const std::string& shown_as) {
  check_space(path, shown_as);
  const hdf5_silence quiet;
  hdf5_handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  if (!file) refuse_failed_call(shown_as, "cannot be created");
  return {std::move(file), shown_as, "/"};
}

void close_hdf5(hdf5_object& file) {
  const hdf5_silence quiet;
  if (H5Fflush(file.id.get(), H5F_SCOPE_LOCAL) < 0) refuse_failed_call(file.file, "cannot be written completely");
  if (H5Fclose(file.id.release()) < 0) refuse_failed_call(file.file, "cannot be closed");
}

std::string member_path(const hdf5_object& group, const std::string& member) {
  return group.name == "/" ? "/" + member : group.name + "/" + member;
}

bool has_member(const hdf5_object& group, const std::string& member) {
  const hdf5_silence quiet;
  return H5Lexists(group.id.get(), member.c_str(), H5P_DEFAULT) > 0;
}

bool is_group(const hdf5_object& group, const std::string& member) {
  const hdf5_silence quiet;
  return has_member(group, member) && type_of(group, member) == H5I_GROUP;
}

bool has_attribute(const hdf5_object& object, const std::string& attribute) {
  const hdf5_silence quiet;
  return H5Aexists(object.id.get(), attribute.c_str()) > 0;
}

std::vector<std::string> member_names(const hdf5_object& group) {
  const hdf5_silence quiet;
  H5G_info_t info;
  if (H5Gget_info(group.id.get(), &info) < 0) refuse_failed_call(group.file + ": " + group.name, "cannot be listed");
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const auto by_index = [&](char* out, std::size_t size) {
      return H5Lget_name_by_idx(group.id.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i, out, size, H5P_DEFAULT);
    };
    const auto length = by_index(nullptr, 0);
    if (length < 0) refuse_failed_call(group.file + ": " + group.name, "cannot be listed");
    std::string name(static_cast<std::size_t>(length), '\0');
    by_index(name.data(), name.size() + 1);
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> attribute_names(const hdf5_object& object) {
  const hdf5_silence quiet;
  std::vector<std::string> names;
  const auto take = [](hid_t, const char* name, const H5A_info_t*, void* to) -> herr_t {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  if (H5Aiterate2(object.id.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &names) < 0) {
    refuse_failed_call(object.file + ": " + object.name, "has attributes that cannot be listed");
  }
  return names;
}

void check_kind(const hdf5_object& root, const std::string& wanted) {
  const std::pair<const char*, bool> kinds[]{
      {file_kinds::model, has_member(root, "node")},
      {file_kinds::trace, has_member(root, "spikes")},
      {file_kinds::network, has_member(root, "nodes") || has_member(root, "edges")},
      {file_kinds::checkpoint, has_attribute(root, "format")},
      {file_kinds::membranes, has_member(root, "report")}};
  std::string found;
  for (const auto& [kind, is_one] : kinds) {
    if (is_one && kind == wanted) return;
    if (is_one && found.empty()) found = kind;
  }
  if (!found.empty()) throw std::runtime_error(fmt::format("{}: is {}, needed: {}", root.file, found, wanted));
}

hdf5_object open_group(const hdf5_object& parent, const std::string& member) {
  const hdf5_silence quiet;
  if (!has_member(parent, member)) refuse(parent, member, "is missing, needed: a group");
  if (!is_group(parent, member)) refuse(parent, member, "is no group that can be opened, needed: a group");
  hdf5_handle group(H5Gopen2(parent.id.get(), member.c_str(), H5P_DEFAULT));
  if (!group) refuse_failed_call(parent.file + ": " + member_path(parent, member), "cannot be opened");
  return {std::move(group), parent.file, member_path(parent, member)};
}

hdf5_object open_group_path(const hdf5_object& root, const std::string& path) {
  const hdf5_silence quiet;
  hdf5_object at{hdf5_handle(H5Gopen2(root.id.get(), "/", H5P_DEFAULT)), root.file, "/"};
  if (!at.id) refuse_failed_call(root.file + ": /", "cannot be opened");
  for (std::size_t begin = 0; begin < path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    if (end > begin) at = open_group(at, path.substr(begin, end - begin));
    begin = end + 1;
  }
  return at;
}

hdf5_object create_group(const hdf5_object& parent, const std::string& member) {
  const hdf5_silence quiet;
  hdf5_handle group(H5Gcreate2(parent.id.get(), member.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  if (!group) refuse_failed_call(parent.file + ": " + member_path(parent, member), "cannot be created");
  return {std::move(group), parent.file, member_path(parent, member)};
}

void check_link_name(const std::string& what, const std::string& name) {
  if (!name.empty() && name != "." && name.find('/') == name.npos && name.find('\0') == name.npos) return;
  throw std::invalid_argument(
      fmt::format("{} '{}': HDF5 needs a name that is not empty or '.', without '/'", what, name));
}

}  // namespace firstspike
