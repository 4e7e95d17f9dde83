"""Runs programs over one capture and prints what each costs, by the kernel's own accounts of the child.

usage: measure.py CAPTURE RUNS MAILSEAL EMPTY_LOOP [TSHARK]

Of RUNS runs the cheapest counts: other programs can only make one dearer. The first run of the empty loop also brings
the file into memory, so that the disk is not measured. The kernel counts a child from the fork on, so no peak is
below this program's own dozen MB. Exit: 0, or 1 where the mark is missed.
"""
import os
import subprocess
import sys
import tempfile
import time

# CPU against the empty loop; MB: a hundred above what the analysis of open connections takes.
MARK_RATIO, MARK_MEMORY = 6.0, 150


def cost(command, good):
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        words = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        sys.exit(f"bench: {command[0]}: exit {process.returncode}: {words.decode(errors='replace').strip()[-300:]}")
    return used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024


def main():
    capture, runs, mailseal, empty = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    packets, octets = map(int, subprocess.run([empty, capture], capture_output=True, check=True).stdout.split())
    rows = [
        ("mailseal check", [mailseal, "check", "--quiet", capture], (0, 1, 3), runs),
        ("empty libpcap loop", [empty, capture], (0,), runs),
    ]
    room = tempfile.TemporaryDirectory()
    report = room.name + "/report.json"
    rows += [
        ("with JSON and HTML", [mailseal, "check", "--quiet", capture, "-o", report, "-o", room.name + "/a.html"], (0, 1, 3), 1),
        ("HTML from that JSON", [mailseal, "report", report, "-o", room.name + "/b.html"], (0,), 1),
    ]
    if len(sys.argv) > 5:
        rows.append(("tshark -q -z conv,tcp", [sys.argv[5], "-n", "-r", capture, "-q", "-z", "conv,tcp"], (0,), 1))
    print(f"{'':22} {'packets/CPU s':>14} {'MB/CPU s':>9} {'CPU s':>8} {'wall s':>8} {'peak MB':>8}")
    used = {}
    for name, command, good, times in rows:
        cpu, wall, memory = min(cost(command, good) for _ in range(times))
        used[name] = cpu, memory
        print(f"{name:22} {packets / cpu:14,.0f} {octets / cpu / 1e6:9,.0f} {cpu:8.2f} {wall:8.2f} {memory:8,.0f}", flush=True)
    (ours, _), (least, _) = used["mailseal check"], used["empty libpcap loop"]
    memory = max(used[name][1] for name in ("mailseal check", "with JSON and HTML", "HTML from that JSON"))
    for name, (cpu, _) in used.items():
        if name.startswith("tshark"):
            print(f"tshark / mailseal: {cpu / ours:.1f}")
    held = ours / least <= MARK_RATIO and memory < MARK_MEMORY
    print(f"mailseal / empty loop: {ours / least:.1f} (mark: at most {MARK_RATIO:.0f}); peak {memory:,.0f} MB "
          f"(mark: below {MARK_MEMORY}): {'held' if held else 'missed'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
