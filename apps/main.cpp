// The `firstspike` command.
#include <string>
#include <vector>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/progress.hpp"

int main(int count, char** values) {
  firstspike::watch_for_interrupts();
  const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
  return firstspike::run_firstspike(arguments);
}
