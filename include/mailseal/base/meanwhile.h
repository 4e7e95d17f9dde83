// Meanwhile: work that costs less beside other work than alone, for it is one long chain of steps.
#pragma once

namespace mailseal {

/// Not thread-safe; owned by the thread that does both.
class Meanwhile {
 public:
  virtual ~Meanwhile() = default;
  /// A little of what is still to be done. Need not be called: it is done in the end all the same.
  virtual void meanwhile() {}
};

}  // namespace mailseal
