// tunnels: headers that stand over IP and over UDP.
#pragma once

#include "frame.h"

namespace mailseal {

Walked gre(FrameView) noexcept;
/// RFC 3931, behind the session's number.
Walked l2tp3(FrameView) noexcept;

}  // namespace mailseal
