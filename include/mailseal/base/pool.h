// Pooled: objects of one type that come and go by the thousand lie side by side.
//
// The objects of one connection are small and looked at with every packet; out of the general heap they
// lie between what is kept for the report, each on a page of its own. A class that derives from
// Pooled<itself> is made and deleted as ever, at the beginning of a cache line; where there are many, on
// huge pages, for finding a page takes as long as reading it. Memory of deleted objects serves the next
// ones of that type that the thread makes, and is never given back.
// Sanitizers need the real heap to see wrong use, and get it.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace mailseal {

#ifdef MAILSEAL_SANITIZED
inline constexpr bool kPools = false;
#else
inline constexpr bool kPools = true;
#endif

template <class T>
class Pooled {
 public:
  static void* operator new(std::size_t bytes) { return kPools ? places().take() : ::operator new(bytes, kLine); }
  static void operator delete(void* object) noexcept {
    kPools ? places().give_back(object) : ::operator delete(object, kLine);
  }

 private:
  static constexpr std::align_val_t kLine{64};

  class Places {
   public:
    void* take() {
      if (!free_) grow();
      Free* const place = free_;
      free_ = place->next;
      __builtin_prefetch(free_);  // the next one to be taken
      return place;
    }
    void give_back(void* object) noexcept {
      if (object) free_ = ::new (object) Free{free_};
    }

   private:
    struct Free {
      Free* next;
    };
    static constexpr std::size_t kTogether = 64, kSmallSlabs = 16;
    static constexpr std::size_t kHugePage = std::size_t{1} << 21;

    void grow() {
      // An odd number of lines: the beginnings are spread over all sets of a cache.
      constexpr std::size_t kBytes = ((sizeof(T) + 63) / 64 | 1) * 64;
      static_assert(alignof(T) <= 64);
      const bool few = slabs_ < kSmallSlabs;
      const std::size_t bytes = few ? kTogether * kBytes : kHugePage;
      void* const slab = ::operator new (bytes, few ? kLine : std::align_val_t{kHugePage});
      ++slabs_;
      if (!few) (void)madvise(slab, bytes, MADV_HUGEPAGE);  // a hint
      for (std::size_t i = bytes / kBytes; i-- > 0;) give_back(static_cast<std::byte*>(slab) + i * kBytes);
    }

    Free* free_ = nullptr;
    std::size_t slabs_ = 0;
  };

  static Places& places() {
    thread_local Places places;
    return places;
  }
};

}  // namespace mailseal
