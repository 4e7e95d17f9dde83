#include "tree.h"

#include <algorithm>

#include "mailseal/base/ascii.h"
#include "mailseal/report.h"

namespace mailseal {
namespace {

constexpr std::size_t kQuoted = 40;  ///< octets of a wrong text that are told

std::string_view called(Tree::Kind kind) {
  switch (kind) {
    case Tree::Kind::Null:
      return "null";
    case Tree::Kind::False:
    case Tree::Kind::True:
      return "true or false";
    case Tree::Kind::Number:
      return "a number";
    case Tree::Kind::Fraction:
      return "a number below 0, with a fraction, or too great";
    case Tree::Kind::Text:
      return "a text";
    case Tree::Kind::List:
      return "a list";
    case Tree::Kind::Object:
      return "an object";
  }
  return "";
}

}  // namespace

void Tree::clear() {
  nodes_.clear();
  octets_.clear();
  open_.clear();
  key_ = key_size_ = 0;
  fault_.reset();
}

bool Tree::add(Kind kind, std::uint64_t at) {
  const std::uint32_t parent = open_.empty() ? kNone : open_.back();
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  if (nodes_.size() == kNodes) return refuse(parent, at, "holds more values than any report");
  Node node{kind, parent, index + 1, static_cast<std::uint32_t>(key_), static_cast<std::uint32_t>(key_size_)};
  node.at = at;
  nodes_.push_back(node);
  key_size_ = 0;
  return true;
}

bool Tree::value(Kind kind, std::uint64_t at) { return add(kind, at); }

bool Tree::number(std::uint64_t n, std::uint64_t at) {
  if (!add(Kind::Number, at)) return false;
  nodes_.back().number = n;
  return true;
}

bool Tree::text(std::string_view octets, std::uint64_t at) {
  if (octets.size() > kOctets - octets_.size()) return refuse(kNone, at, "is longer than anything in a report");
  if (!add(Kind::Text, at)) return false;
  nodes_.back().text = static_cast<std::uint32_t>(octets_.size());
  nodes_.back().size = static_cast<std::uint32_t>(octets.size());
  octets_ += octets;
  return true;
}

bool Tree::key(std::string_view name) {
  if (name.size() > kOctets - octets_.size()) return refuse(kNone, 0, "is longer than anything in a report");
  key_ = octets_.size();
  key_size_ = name.size();
  octets_ += name;
  return true;
}

bool Tree::begin(Kind kind, std::uint64_t at) {
  if (open_.size() == kDepth)
    return refuse(open_.back(), at, "has lists or objects in each other deeper than any report");
  if (!add(kind, at)) return false;
  open_.push_back(static_cast<std::uint32_t>(nodes_.size() - 1));
  return true;
}

bool Tree::end() {
  const std::uint32_t closed = open_.back();
  open_.pop_back();
  nodes_[closed].end = static_cast<std::uint32_t>(nodes_.size());
  return nodes_[closed].kind != Kind::Object || !has_twice(closed);
}

// RFC 8259 4: "The names within an object SHOULD be unique": where they are not, readers differ on what it says.
bool Tree::has_twice(std::uint32_t object) const {
  std::size_t members = 0;
  for (std::uint32_t i = object + 1; i < nodes_[object].end; i = nodes_[i].end) {
    if (++members > kMembers) return !refuse(object, nodes_[object].at, "has more members than any in a report");
    for (std::uint32_t k = object + 1; k < i; k = nodes_[k].end)
      if (nodes_[k].key_size == nodes_[i].key_size && key_of(nodes_[k]) == key_of(nodes_[i]))
        return !refuse(i, nodes_[i].at, "stands there twice");
  }
  return false;
}

Value Tree::root() const { return Value(this, nodes_.empty() ? kNone : 0); }

bool Tree::refuse(std::uint32_t node, std::uint64_t at, std::string what) const {
  if (!fault_) fault_ = ReadFault{path(node), at, std::move(what)};
  return false;
}

std::string Tree::path(std::uint32_t node) const {
  std::vector<std::string> steps;
  for (; node != kNone && nodes_[node].parent != kNone; node = nodes_[node].parent) {
    const std::uint32_t parent = nodes_[node].parent;
    if (nodes_[parent].kind == Kind::Object) {
      steps.push_back("." + escape_text(key_of(nodes_[node]).substr(0, kQuoted)));
      continue;
    }
    std::size_t index = 0;
    for (std::uint32_t i = parent + 1; i < node; i = nodes_[i].end) ++index;
    steps.push_back("[" + std::to_string(index) + "]");
  }
  std::string text;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) text += *step;
  return text;
}

bool Value::expect(Tree::Kind wanted, std::string_view name) const {
  if (node_ == Tree::kNone) return false;
  if (kind() == wanted) return true;
  refuse("is " + std::string(called(kind())) + " where " + std::string(name) + " should stand");
  return false;
}

void Value::refuse(std::string what) const {
  if (node_ != Tree::kNone) tree_->refuse(node_, tree_->nodes_[node_].at, std::move(what));
}

std::uint32_t Value::find(std::string_view member) const {
  if (kind() != Tree::Kind::Object) return Tree::kNone;
  const auto& nodes = tree_->nodes_;
  for (std::uint32_t i = node_ + 1; i < nodes[node_].end; i = nodes[i].end)
    if (nodes[i].key_size == member.size() && tree_->key_of(nodes[i]) == member) return i;
  return Tree::kNone;
}

Value Value::operator[](std::string_view member) const {
  if (!expect(Tree::Kind::Object, "an object")) return {tree_, Tree::kNone};
  const std::uint32_t found = find(member);
  if (found == Tree::kNone) {
    const std::string before = tree_->path(node_);
    if (!tree_->fault_)
      tree_->fault_ = ReadFault{before + "." + std::string(member), tree_->nodes_[node_].at, "is missing"};
  }
  return {tree_, found};
}

bool Value::has(std::string_view member) const {
  const std::uint32_t found = find(member);
  return found != Tree::kNone && tree_->nodes_[found].kind != Tree::Kind::Null;
}

bool Value::truth() const {
  if (kind() != Tree::Kind::False) expect(Tree::Kind::True, "true or false");
  return kind() == Tree::Kind::True;
}

std::uint64_t Value::number(std::uint64_t most) const {
  if (!expect(Tree::Kind::Number, "a whole number")) return 0;
  const std::uint64_t n = tree_->nodes_[node_].number;
  if (n <= most) return n;
  refuse("is " + std::to_string(n) + ", above " + std::to_string(most));
  return 0;
}

std::string_view Value::octets() const {
  if (!expect(Tree::Kind::Text, "a text")) return {};
  return std::string_view(tree_->octets_).substr(tree_->nodes_[node_].text, tree_->nodes_[node_].size);
}

std::string Value::text() const { return escape_text(octets()); }

std::string Value::word() const {
  const std::string_view all = octets();
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
  if (!all.empty() && all.size() <= 100 && std::all_of(all.begin(), all.end(), fits)) return std::string(all);
  refuse("is \"" + escape_text(all.substr(0, kQuoted)) + "\" where a word of a-z, 0-9 and hyphens should stand");
  return {};
}

}  // namespace mailseal
