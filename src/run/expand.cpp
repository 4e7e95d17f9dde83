#include "expand.h"

namespace mailseal {
namespace {

Content unreadable(const InputFile& input, std::string why) {
  return {Content::What::Unreadable, input.path.string(), input.member, nullptr, std::move(why)};
}

}  // namespace

std::vector<InputFile> expanded(const InputFile& input, Archives& archives,
                                const std::function<void(const Content&)>& untaken) {
  if (!is_regular(input)) return {input};
  auto contents = archives.contents(input.path);
  if (!contents) return {input};
  std::vector<InputFile> captures;
  bool archive = false;
  while (auto content = contents->next(0)) {
    if (!archive && content->member.empty() && content->source) return {input};
    archive |= !content->member.empty();
    if (content->source)
      captures.push_back({input.path, input.from, content->member});
    else if (archive || input.from == InputFile::From::Directory)
      untaken(*content);
    else
      return {input};
  }
  return captures;
}

void open_each(const InputFile& input, Archives& archives, const std::function<std::uint32_t()>& number,
               const std::function<void(Content&&)>& visit) {
  if (is_regular(input)) {
    auto source = archives.open(input.path, input.member, number());
    if (!source) return visit(unreadable(input, std::move(source.error().message)));
    return visit({Content::What::Capture, (*source)->facts().path, input.member, std::move(*source), {}});
  }
  auto contents = archives.contents(input.path);
  if (!contents) return visit(unreadable(input, std::move(contents.error().message)));
  while (auto content = contents->next(number())) visit(std::move(*content));
}

}  // namespace mailseal
