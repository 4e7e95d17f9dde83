#include "unfinished.h"

#include <fcntl.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>

namespace mailseal {
namespace {

constexpr int kEnding[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

char begun[PATH_MAX + 1];              // what the handler removes
volatile std::sig_atomic_t armed = 0;  // 1: `begun` holds a name

/// Of what is here all may be called from a signal handler: signal-safety(7).
extern "C" void remove_begun(int number) {
  if (armed) unlink(begun);
  std::raise(number);  // its default again (SA_RESETHAND), once this has returned
}

sigset_t ending() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : kEnding) sigaddset(&set, number);
  return set;
}

/// Whoever handles or ignores a signal himself goes on to do so.
void listen() {
  for (const int number : kEnding) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) != 0 || (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL)
      continue;
    action.sa_handler = remove_begun;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    action.sa_mask = ending();
    sigaction(number, &action, nullptr);
  }
}

}  // namespace

Unfinished::Unfinished(const std::string& whole, Readers readers) : whole_(whole) {
  assert(!armed);
  listen();
  const mode_t mode = readers == Readers::OwnerOnly ? 0600 : 0666;
  constexpr int kTries = 100;
  for (int n = 0; n < kTries; ++n) {
    std::string path = whole + ".part-" + std::to_string(getpid()) + "-" + std::to_string(n);
    if (path.size() > PATH_MAX) {
      errno = ENAMETOOLONG;
      return;
    }
    // Between being there and being known to the handler no signal may come.
    const sigset_t held = ending();
    sigset_t before;
    sigprocmask(SIG_BLOCK, &held, &before);
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    const int why = errno;
    if (file >= 0) {
      begun[path.copy(begun, PATH_MAX)] = '\0';
      armed = 1;
      close(file);
      path_ = std::move(path);
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
    errno = why;
    if (file >= 0 || why != EEXIST) return;
  }
}

Unfinished::~Unfinished() {
  if (path_.empty()) return;
  const int why = errno;
  std::remove(path_.c_str());
  armed = 0;
  errno = why;
}

bool Unfinished::finish() {
  if (std::rename(path_.c_str(), whole_.c_str()) != 0) return false;
  armed = 0;
  path_.clear();
  return true;
}

}  // namespace mailseal
