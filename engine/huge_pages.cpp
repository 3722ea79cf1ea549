#include "firstspike/engine/huge_pages.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace firstspike {

void* allocate_huge_pages(std::size_t bytes) {
  const auto rounded = (bytes + huge_page - 1) / huge_page * huge_page;
  void* memory = std::aligned_alloc(huge_page, rounded);
  if (!memory) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  madvise(memory, rounded, MADV_HUGEPAGE);  // a hint, so it does not matter if it fails
#endif
  return memory;
}

void free_huge_pages(void* memory) { std::free(memory); }

}  // namespace firstspike
