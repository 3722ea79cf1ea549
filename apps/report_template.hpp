// The page without its data. Defined by a source that apps/report/embed.py writes when firstspike is built.
#pragma once

#include <string_view>

namespace firstspike {

struct page_template {
  std::string_view before_title, before_data, after_data;
};

page_template report_template();

}  // namespace firstspike
