// The whole program over the octets of a capture, with both reports written: nothing may
// crash, hang or allocate without bound, whatever the file holds.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <sstream>
#include <string>

#include "mailseal/capture.h"
#include "mailseal/report.h"
#include "pipeline.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailseal;
  const int file = memfd_create("capture", 0);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) return 0;
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  const Limits limits;
  Options options;
  options.inspect.any_port = size % 2 == 1;
  if (auto source = open_file(path, 0, &limits)) {
    Pipeline pipeline(&options, &limits);
    pipeline.read(**source, {});
    RunFacts facts;
    facts.inputs.push_back((*source)->facts());
    const Overview overview = pipeline.finish(std::move(facts));
    std::ostringstream out;
    for (const Format& format : formats()) format.write(out, overview, ReportOptions{});
  }
  close(file);
  return 0;
}
