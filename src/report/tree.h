// Tree: one value of a JSON document as flat nodes, filled by a parser's events and used again.
//
// A report is read session by session, and a session has some hundred values: as a tree of allocations it costs
// more than its meaning does. Here the nodes stand in one row and their texts in another, and both are
// reused for the next session. Each node knows where in the file it began, so that what is wrong can be found.
//
// Value asks for what it expects; the first thing that is not so is kept as the tree's fault, and from there
// on all answers are empty. So a caller asks for all it wants and looks for the fault once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailseal {

struct ReadFault {
  std::string where;     ///< "tls.certificates[0].key_bits"; empty: the value as a whole
  std::uint64_t at = 0;  ///< octet of the file, from 0
  std::string what;      ///< "is missing"
};

class Value;

class Tree {
 public:
  enum class Kind : std::uint8_t { Null, False, True, Number, Fraction, Text, List, Object };

  // Bounds, for the text may be hostile: more is a fault.
  static constexpr std::size_t kDepth = 16;          ///< lists and objects in each other
  static constexpr std::size_t kNodes = 1u << 20;    ///< values
  static constexpr std::size_t kMembers = 256;       ///< of one object
  static constexpr std::size_t kOctets = 64u << 20;  ///< of all texts and names

  void clear();

  // A parser's events, `at` being where the value begins. false: a fault, stop.
  bool value(Kind, std::uint64_t at);
  bool number(std::uint64_t, std::uint64_t at);
  bool text(std::string_view, std::uint64_t at);
  bool key(std::string_view);
  bool begin(Kind, std::uint64_t at);
  bool end();  ///< of what began last

  bool whole() const noexcept { return !nodes_.empty() && open_.empty(); }
  Value root() const;
  const std::optional<ReadFault>& fault() const noexcept { return fault_; }

 private:
  friend class Value;
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  struct Node {
    Kind kind;
    std::uint32_t parent, end;        ///< end: the node behind it and all it holds
    std::uint32_t key, key_size = 0;  ///< in octets_, as is the text
    std::uint32_t text = 0, size = 0;
    std::uint64_t number = 0, at = 0;
  };

  bool add(Kind, std::uint64_t at);
  bool refuse(std::uint32_t node, std::uint64_t at, std::string what) const;
  bool has_twice(std::uint32_t object) const;
  std::string path(std::uint32_t node) const;
  std::string_view key_of(const Node& n) const { return std::string_view(octets_).substr(n.key, n.key_size); }

  std::vector<Node> nodes_;
  std::string octets_;
  std::vector<std::uint32_t> open_;
  std::size_t key_ = 0, key_size_ = 0;
  mutable std::optional<ReadFault> fault_;
};

/// A place in a tree, for as long as the tree is not changed.
class Value {
 public:
  bool is_null() const noexcept { return kind() == Tree::Kind::Null; }
  bool is_list() const noexcept { return kind() == Tree::Kind::List; }

  Value operator[](std::string_view member) const;  ///< must be there
  bool has(std::string_view member) const;          ///< it is there, and not null

  bool truth() const;
  std::uint64_t number(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const;
  /// Printable whatever the file holds (escape_text()).
  std::string text() const;
  /// Lower-case letters, digits and hyphens: an id, a name of ours.
  std::string word() const;

  /// `read(*this)`, or nothing for null.
  template <class Read>
  auto unless_null(Read read) const -> std::optional<decltype(read(*this))> {
    if (is_null()) return std::nullopt;
    return read(*this);
  }
  template <class See>
  void each(See see) const {  ///< element of a list
    if (!expect(Tree::Kind::List, "a list")) return;
    for (std::uint32_t i = node_ + 1; i < tree_->nodes_[node_].end; i = tree_->nodes_[i].end) see(Value(tree_, i));
  }
  template <class See>
  void each_member(See see) const {  ///< of an object, with its name
    if (!expect(Tree::Kind::Object, "an object")) return;
    for (std::uint32_t i = node_ + 1; i < tree_->nodes_[node_].end; i = tree_->nodes_[i].end)
      see(tree_->key_of(tree_->nodes_[i]), Value(tree_, i));
  }

  /// The value cannot be what it says; the first of such is the tree's fault.
  void refuse(std::string what) const;

 private:
  friend class Tree;
  Value(const Tree* tree, std::uint32_t node) : tree_(tree), node_(node) {}

  Tree::Kind kind() const noexcept { return node_ == Tree::kNone ? Tree::Kind::Null : tree_->nodes_[node_].kind; }
  bool expect(Tree::Kind, std::string_view called) const;
  std::uint32_t find(std::string_view member) const;
  std::string_view octets() const;

  const Tree* tree_;
  std::uint32_t node_;  ///< kNone: something is wrong already, all answers are empty
};

}  // namespace mailseal
