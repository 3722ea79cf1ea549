#include "firstspike/apps/json_output.hpp"

#include "firstspike/apps/output.hpp"

namespace firstspike {

void print_json(const json_object& object) {
  print_raw(object.dump(-1, ' ', true, json_object::error_handler_t::replace) + "\n");
}

void print_result(bool json, const json_object& object, std::string_view text) {
  if (json) {
    print_json(object);
  } else {
    print(text);
  }
}

}  // namespace firstspike
