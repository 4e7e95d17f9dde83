// The map: which part of the mail's way is encrypted.
#pragma once

#include "formats.h"
#include "svg.h"  // map_style()

namespace mailseal {

/// An <svg> element for a page that has map_style() in its <style>.
void write_map(std::ostream&, const Overview&, const ReportOptions&);

}  // namespace mailseal
