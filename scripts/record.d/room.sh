#!/usr/bin/env bash
# usage: room.sh ROOM OUT ONLY [PLAY]   (by scripts/record, as the first process of its namespaces)
#
# Lays an overlay of the whole file system into ROOM, installs there what the scenes need, and plays them in it
# without any network but their own. PLAY: the program that plays them (scenes.py).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
room=$1 out=$2 only=$3 play=${4:-scenes.py}

mount --make-rprivate /
mount -t tmpfs -o size=1500m tmpfs "$room"
mkdir "$room"/{upper,work,root}
mount -t overlay -o "lowerdir=/,upperdir=$room/upper,workdir=$room/work" overlay "$room/root" ||
  die "this kernel has no overlay file system: record on another machine"
new=$room/root
mount -t proc proc "$new/proc"
mount -t sysfs sysfs "$new/sys"
mount --rbind /dev "$new/dev"
mount -t tmpfs tmpfs "$new/run"
mount -t tmpfs tmpfs "$new/tmp"
mkdir -p "$new/mailseal" "$new/out"
mount --bind "$project" "$new/mailseal"
mount --bind "$out" "$new/out"
resolver=$(cat /etc/resolv.conf 2>/dev/null || true)
rm -f "$new/etc/resolv.conf"
printf '%s\n' "$resolver" >"$new/etc/resolv.conf"
# No package may start its service here: the namespaces are ours, the machine's is not.
rm -f "$new/usr/sbin/policy-rc.d"
printf '#!/bin/sh\nexit 101\n' >"$new/usr/sbin/policy-rc.d"
chmod +x "$new/usr/sbin/policy-rc.d"

# shellcheck disable=SC2016
chroot "$new" /bin/bash -c 'set -euo pipefail; . /mailseal/scripts/lib.sh; need "${packages_record[@]}"' record
unshare --net --uts chroot "$new" /usr/bin/python3 -B "/mailseal/scripts/record.d/$play" /out ${only:+"$only"}
