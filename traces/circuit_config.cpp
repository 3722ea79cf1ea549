#include "firstspike/traces/circuit_config.hpp"

#include <fmt/core.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace firstspike {
namespace {

using nlohmann::json;

[[noreturn]] void refuse_json(const std::string& path, const std::string& key, const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}: {}", path, key, what));
}

json parse_json(const std::string& path) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) throw std::runtime_error(path + ": cannot be read");
  try {
    auto parsed = json::parse(file, nullptr, true, true);
    if (parsed.is_object()) return parsed;
  } catch (const json::exception& error) {
    std::string reason = error.what();
    for (auto& c : reason) c = c == '\n' ? ' ' : c;
    throw std::runtime_error(fmt::format("{}: is no JSON: {}", path, reason));
  }
  throw std::runtime_error(path + ": is no JSON object");
}

std::string text_at(const std::string& path, const json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  if (!found->is_string()) refuse_json(path, key, "is no text");
  return found->get<std::string>();
}

// Replaces variables of the manifest, written $NAME or ${NAME}; their values may contain others.
class config_paths {
 public:
  config_paths(std::string path, const json& config) : path_(std::move(path)) {
    const auto manifest = config.value("manifest", json::object());
    if (!manifest.is_object()) refuse_json(path_, "manifest", "is no object");
    for (const auto& [name, value] : manifest.items()) {
      variables_.emplace_back(name.starts_with('$') ? name.substr(1) : name, text_at(path_, manifest, name));
    }
  }

  std::string resolved(std::string text) const {
    constexpr int deepest = 20;  // a variable that contains itself would never end
    if (text.empty()) return text;
    for (int depth = 0; text.find('$') != text.npos; ++depth) {
      const auto begin = text.find('$') + 1;
      const bool braced = begin < text.size() && text[begin] == '{';
      auto end = begin + (braced ? 1 : 0);
      const auto first = end;
      while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
      const auto name = text.substr(first, end - first);
      const auto* value = find(name);
      if (value == nullptr || depth == deepest) {
        refuse_json(path_, "manifest", fmt::format("has no value for '${}' in '{}'", name, text));
      }
      text.replace(begin - 1, end + (braced ? 1 : 0) - (begin - 1), *value);
    }
    return (std::filesystem::path(path_).parent_path() / text).lexically_normal().string();
  }

 private:
  const std::string* find(const std::string& name) const {
    for (const auto& [known, value] : variables_) {
      if (known == name) return &value;
    }
    return nullptr;
  }

  std::string path_;
  std::vector<std::pair<std::string, std::string>> variables_;
};

std::vector<sonata_file> read_files(const std::string& path, const json& networks, const std::string& kind,
                                    const config_paths& paths) {
  std::vector<sonata_file> files;
  const auto list = networks.value(kind + "s", json::array());
  if (!list.is_array()) refuse_json(path, "networks/" + kind + "s", "is no list");
  for (const auto& entry : list) {
    if (!entry.is_object()) refuse_json(path, "networks/" + kind + "s", "has an entry that is no object");
    const auto enabled = entry.find("enabled");
    if (enabled != entry.end() && enabled->is_boolean() && !enabled->get<bool>()) continue;
    const auto file = text_at(path, entry, kind + "s_file");
    if (file.empty()) refuse_json(path, "networks/" + kind + "s", fmt::format("an entry has no {}s_file", kind));
    files.push_back({paths.resolved(file), paths.resolved(text_at(path, entry, kind + "_types_file"))});
  }
  return files;
}

}  // namespace

bool is_json(const std::string& path) {
  std::ifstream file(path);
  char first = 0;
  return !std::filesystem::is_directory(path) && file >> first && first == '{';
}

sonata_network_files read_circuit_config(const std::string& path) {
  std::string at = path;
  auto config = parse_json(at);
  for (int depth = 0; !config.contains("networks"); ++depth) {
    const auto network = config_paths(at, config).resolved(text_at(at, config, "network"));
    if (network.empty() || depth == 2) refuse_json(at, "networks", "is missing, needed: lists of nodes and edges");
    at = network;
    config = parse_json(at);
  }
  const config_paths paths(at, config);
  const auto& networks = config["networks"];
  if (!networks.is_object()) refuse_json(at, "networks", "is no object");
  sonata_network_files files;
  files.nodes = read_files(at, networks, "node", paths);
  files.edges = read_files(at, networks, "edge", paths);
  if (files.nodes.empty()) refuse_json(at, "networks/nodes", "lists no file, needed: one or more");
  const auto components = config.value("components", json::object());
  if (components.is_object()) {
    files.synapse_directory = paths.resolved(text_at(at, components, "synaptic_models_dir"));
  }
  return files;
}

double read_synapse_sign(const std::string& path) {
  double sign = 1;
  const auto parameters = parse_json(path);
  for (const auto& [key, value] : parameters.items()) {
    const bool is_instant = value == "instanteneous" || value == "instantaneous";  // the first is SONATA's spelling
    if (key == "level_of_detail" && is_instant) continue;
    if (key != "sign" || (value != 1 && value != -1)) {
      refuse_json(path, key,
                  fmt::format("is {}, allowed: sign 1 or -1; synapses have a step or a ramp kernel", value.dump()));
    }
    sign = value.get<double>();
  }
  return sign;
}

}  // namespace firstspike
