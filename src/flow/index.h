// Index: from a tuple to the one entry that has it.
//
// Open addressing with the whole hash in the slot: a packet of an old connection costs one
// look here and one at the entry itself, where a node-based table costs four cold ones,
// and those are most of what a packet costs when 100,000 connections are open. Growing
// moves slots, never entries. The tuple decides, the hash only says where to look.
//
// Ownership: owns its entries; pointers to them stay valid until erase().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "mailseal/base/fetch.h"
#include "tuple.h"

namespace mailseal {

/// Entry has a member `tuple`.
template <class Entry>
class Index {
 public:
  std::size_t size() const { return size_; }
  std::uint64_t hash(const Tuple& tuple) const { return hash_(tuple); }

  /// find() will be asked for this: fetches its slot from memory.
  void expect(std::uint64_t hash) const { fetch<sizeof(Slot)>(&slots_[hash & mask()]); }
  /// What find() will find, most likely; looks at no entry.
  const Entry* likely(std::uint64_t hash) const {
    for (std::size_t at = hash & mask(); slots_[at].entry; at = (at + 1) & mask())
      if (slots_[at].hash == hash) return slots_[at].entry.get();
    return nullptr;
  }

  Entry* find(const Tuple& tuple, std::uint64_t hash) const {
    for (std::size_t at = hash & mask(); slots_[at].entry; at = (at + 1) & mask())
      if (slots_[at].hash == hash && slots_[at].entry->tuple == tuple) return slots_[at].entry.get();
    return nullptr;
  }

  /// There must be no entry with this tuple yet.
  void insert(std::unique_ptr<Entry> entry, std::uint64_t hash) {
    if (++size_ * 4 > slots_.size() * 3) grow();
    put({hash, std::move(entry)});
  }

  /// Another of the same tuple takes its place.
  void replace(const Entry* entry, std::unique_ptr<Entry> by) { slots_[slot(entry)].entry = std::move(by); }

  void erase(const Entry* entry) {
    std::size_t hole = slot(entry);
    slots_[hole].entry.reset();
    --size_;
    // What was pushed on by the erased one moves back, so that no search ends too early.
    for (std::size_t at = (hole + 1) & mask(); slots_[at].entry; at = (at + 1) & mask()) {
      const std::size_t home = slots_[at].hash & mask();
      if (((at - home) & mask()) < ((at - hole) & mask())) continue;
      slots_[hole] = std::move(slots_[at]);
      hole = at;
    }
  }

  template <class Visit>
  void each(Visit visit) const {
    for (const Slot& slot : slots_)
      if (slot.entry) visit(*slot.entry);
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::unique_ptr<Entry> entry;
  };

  std::size_t mask() const { return slots_.size() - 1; }
  std::size_t slot(const Entry* entry) const {
    std::size_t at = hash_(entry->tuple) & mask();
    while (slots_[at].entry.get() != entry) at = (at + 1) & mask();
    return at;
  }
  void put(Slot slot) {
    std::size_t at = slot.hash & mask();
    while (slots_[at].entry) at = (at + 1) & mask();
    slots_[at] = std::move(slot);
  }
  void grow() {
    std::vector<Slot> before(slots_.size() * 2);
    before.swap(slots_);
    for (Slot& slot : before)
      if (slot.entry) put(std::move(slot));
  }

  TupleHash hash_;
  std::vector<Slot> slots_{std::vector<Slot>(64)};  ///< a power of two, never full
  std::size_t size_ = 0;
};

}  // namespace mailseal
