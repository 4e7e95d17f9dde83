#include "split.h"

#include <array>
#include <istream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "mailseal/report.h"

namespace mailseal {
namespace {

/// Of the text between two quotation marks, be it a string or what stands between two: the parser would hold it all.
constexpr std::uint64_t kRun = 8u << 20;

/// The file, octet by octet, and where the value began that was read last.
class Octets {
 public:
  explicit Octets(std::istream& in) : in_(in) { fill(); }

  /// Is there none left? That it was asked then, is remembered.
  bool ask_end() noexcept {
    if (next_ != size_ && !endless_) return false;
    return exhausted_ = true;
  }
  bool exhausted() const noexcept { return exhausted_; }
  char current() const noexcept { return buffer_[next_]; }
  void advance() {
    follow(buffer_[next_]);
    ++position_;
    if (++next_ == size_) fill();
  }

  std::uint64_t value_at() const noexcept { return value_at_; }
  std::uint64_t position() const noexcept { return position_; }
  bool endless() const noexcept { return endless_; }
  bool broken() const { return in_.bad(); }

 private:
  void fill() {
    in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    size_ = static_cast<std::size_t>(in_.gcount());
    next_ = 0;
  }

  void follow(char c) {
    if (++run_ > kRun) endless_ = true;
    if (in_string_) {
      if (!escaped_ && c == '"') {
        in_string_ = false;
        run_ = 0;
      }
      escaped_ = !escaped_ && c == '\\';
      return;
    }
    const bool between =
        c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':' || c == ']' || c == '}';
    const bool opens = c == '{' || c == '[' || c == '"';
    if (opens || (!between && !in_token_)) value_at_ = position_;
    in_token_ = !between && !opens;
    if (c == '"') {
      in_string_ = true;
      run_ = 0;
    }
  }

  std::istream& in_;
  std::array<char, 64 * 1024> buffer_;
  std::size_t next_ = 0, size_ = 0;
  std::uint64_t position_ = 0, value_at_ = 0, run_ = 0;
  bool in_string_ = false, escaped_ = false, in_token_ = false, endless_ = false, exhausted_ = false;
};

/// What nlohmann's parser takes for a range of characters.
class OctetIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  OctetIterator() = default;
  explicit OctetIterator(Octets* octets) : octets_(octets) {}
  char operator*() const { return octets_->current(); }
  OctetIterator& operator++() {
    octets_->advance();
    return *this;
  }
  void operator++(int) { octets_->advance(); }
  /// Only "at the end or not" is ever asked.
  bool operator==(const OctetIterator& other) const { return ended() == other.ended(); }
  bool operator!=(const OctetIterator& other) const { return !(*this == other); }

 private:
  bool ended() const { return !octets_ || octets_->ask_end(); }
  Octets* octets_ = nullptr;
};

class Splitter {
 public:
  Splitter(const Octets& octets, const AskWanted& ask, const TakePart& take)
      : octets_(octets), ask_(ask), take_(take) {}

  const std::optional<ReadFault>& fault() const noexcept { return fault_; }

  // The events, as nlohmann::json_sax names them.
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return leaf(Tree::Kind::Null); }
  bool boolean(bool yes) { return leaf(yes ? Tree::Kind::True : Tree::Kind::False); }
  bool number_integer(number_integer_t) { return leaf(Tree::Kind::Fraction); }  // negative, or it were unsigned
  bool number_float(number_float_t, const string_t&) { return leaf(Tree::Kind::Fraction); }
  bool binary(binary_t&) { return leaf(Tree::Kind::Fraction); }  // JSON has none
  bool number_unsigned(number_unsigned_t n) {
    if (!place(Tree::Kind::Number)) return false;
    return (skipping() || tree_.number(n, at()) || told()) && after();
  }
  bool string(string_t& text) {
    if (!place(Tree::Kind::Text)) return false;
    return (skipping() || tree_.text(text, at()) || told()) && after();
  }
  bool start_object(std::size_t) { return begin(Tree::Kind::Object); }
  bool start_array(std::size_t) { return begin(Tree::Kind::List); }
  bool end_object() { return end(); }
  bool end_array() { return end(); }
  bool key(string_t& name) {
    if (depth_ > 1) return skipping() || tree_.key(name) || told();
    if (names_.size() == Tree::kMembers) return refuse("", "has more members than any report");
    if (!names_.insert(name).second) return refuse(shown(name), "stands there twice");
    member_ = name;
    wanted_ = ask_(member_);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) {
    // Where it stopped says enough; what the parser says of it holds the text itself.
    if (octets_.endless())
      refuse_at(octets_.position(), "holds a text or a gap longer than anything in a report");
    else if (octets_.broken())
      refuse_at(octets_.position(), "cannot be read any further");
    else if (octets_.exhausted())
      refuse_at(octets_.position(), octets_.position() == 0 ? "is empty" : "ends there, in the middle of the report");
    else
      refuse_at(octets_.position() - (octets_.position() > 0 ? 1 : 0), "is no JSON there");
    return false;
  }

 private:
  std::uint64_t at() const { return octets_.value_at(); }
  bool skipping() const { return wanted_ == Wanted::Not; }
  bool by_element() const { return wanted_ == Wanted::ByElement; }
  /// The depth at which parts begin: those of the report, or elements of a member.
  std::size_t part_depth() const { return by_element() ? 2 : 1; }

  /// May a value of this kind stand here?
  bool place(Tree::Kind kind) {
    if (depth_ == 0 && kind != Tree::Kind::Object) return refuse("", "is no object, so no report");
    if (depth_ == 1 && by_element() && kind != Tree::Kind::List) return refuse(shown(member_), "is no list");
    return true;
  }
  bool leaf(Tree::Kind kind) {
    if (!place(kind)) return false;
    return (skipping() || tree_.value(kind, at()) || told()) && after();
  }
  bool begin(Tree::Kind kind) {
    if (!place(kind)) return false;
    if (++depth_ > Tree::kDepth) return refuse(shown(member_), "is deeper than any report");
    if (depth_ == 1) return true;
    if (depth_ == 2 && by_element()) {
      index_ = 0;
      return true;
    }
    return skipping() || tree_.begin(kind, at()) || told();
  }
  bool end() {
    --depth_;
    if (depth_ == 0 || (depth_ == 1 && by_element())) return true;
    return (skipping() || tree_.end() || told()) && after();
  }

  /// A value has ended, or could not be taken.
  bool after() {
    if (tree_.fault()) return told();
    if (depth_ != part_depth() || skipping()) return true;
    const bool taken = take_(member_, by_element() ? std::optional(index_++) : std::nullopt, tree_);
    if (!taken && tree_.fault()) {
      if (by_element()) --index_;
      return told();
    }
    tree_.clear();
    return taken;
  }
  /// The tree's fault becomes the report's.
  bool told() {
    if (!fault_ && tree_.fault()) {
      fault_ = tree_.fault();
      fault_->where = shown(member_) + (by_element() ? "[" + std::to_string(index_) + "]" : "") + fault_->where;
      if (fault_->at == 0) fault_->at = at();
    }
    return false;
  }
  bool refuse(std::string where, std::string what) {
    if (!fault_) fault_ = ReadFault{std::move(where), at(), std::move(what)};
    return false;
  }
  /// A stranger's name, in a line for a person.
  static std::string shown(const std::string& name) { return escape_text(name.substr(0, 40)); }
  void refuse_at(std::uint64_t position, std::string what) {
    if (!fault_) fault_ = ReadFault{"", position, std::move(what)};
  }

  const Octets& octets_;
  const AskWanted& ask_;
  const TakePart& take_;
  Tree tree_;
  std::set<std::string> names_;
  std::string member_;
  Wanted wanted_ = Wanted::Whole;
  std::size_t depth_ = 0, index_ = 0;
  std::optional<ReadFault> fault_;
};

}  // namespace

std::optional<ReadFault> split_report(std::istream& in, const AskWanted& ask, const TakePart& take) {
  Octets octets(in);
  Splitter splitter(octets, ask, take);
  const bool read = nlohmann::json::sax_parse(OctetIterator(&octets), OctetIterator(), &splitter);
  if (read || splitter.fault()) return splitter.fault();
  return ReadFault{"", octets.position(), "could not be read"};
}

}  // namespace mailseal
