#include "firstspike/apps/json_output.hpp"

#include "firstspike/apps/output.hpp"

namespace firstspike {

void print_json(const json_object& object) {
  print(object.dump(-1, ' ', false, json_object::error_handler_t::replace) + "\n");
}

}  // namespace firstspike
