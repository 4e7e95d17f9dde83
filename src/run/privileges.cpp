#include "privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace mailseal {

Expected<void> drop_privileges() {
  if (geteuid() != 0) return {};
  const auto wrong = [](const char* what) {
    return fail(std::string("giving up root: ") + what + ": " + std::strerror(errno) + "; nothing was captured");
  };
  const char* sudo_uid = std::getenv("SUDO_UID");
  const auto number = sudo_uid ? std::strtoul(sudo_uid, nullptr, 10) : 0;
  const passwd* user = number > 0 ? getpwuid(static_cast<uid_t>(number)) : getpwnam("nobody");
  if (!user) return wrong("no user to become");
  const uid_t uid = user->pw_uid;
  const gid_t gid = user->pw_gid;
  if (setgroups(0, nullptr) != 0) return wrong("setgroups");
  if (setresgid(gid, gid, gid) != 0) return wrong("setresgid");
  if (setresuid(uid, uid, uid) != 0) return wrong("setresuid");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return wrong("no_new_privs");
  if (setuid(0) == 0) return fail("giving up root: it could be taken back; nothing was captured");
  return {};
}

}  // namespace mailseal
