// FreedBy: the deleter of std::unique_ptr for things that a C library frees with a function of its own.
#pragma once

namespace mailseal {

template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};

}  // namespace mailseal
