#!/usr/bin/env python3
"""Runs the shared score of real captures, where it lies beside the project, and takes no wrong line but the known ones.

usage: score_test.py MAILSEAL
A line of KNOWN_WRONG that no longer comes is told, too: it must go from the list.
"""
import subprocess, sys

from harness import PROGRAM, SHARED

SKIPPED = 77  # SKIP_RETURN_CODE of ctest

# Truths that are wrong themselves: (capture, what the line holds).
KNOWN_WRONG = {
    # All 16 packets of this capture are the server's: there is no ClientHello to read a name from.
    ("g_s2c_only_t13.pcap", "tls.server_name None"),
    # 'AnyDesk Client' is the client's certificate. The report lists those of the server, whose
    # message is missing from the capture.
    ("ndpi__tls_client_certificate_with_missing_server_one.pcapng", "tls.certificate_subject_cn None"),
}


def known(line):
    fields = line.split()
    return next((k for k in KNOWN_WRONG if len(fields) > 1 and fields[1] == k[0] and k[1] in line), None)


def main():
    score = SHARED / "tools" / "score.py"
    if not score.is_file():
        print("skipped: there is no ../shared/tools/score.py")
        return SKIPPED
    run = subprocess.run([sys.executable, str(score), PROGRAM, "--jobs", "2"], capture_output=True, text=True, timeout=600)
    *lines, total = run.stdout.strip().splitlines() or [""]
    print(total or run.stderr)
    if run.returncode not in (0, 1) or not total.startswith("captures "):
        return 1
    wrong = [line for line in lines if not known(line)]
    stale = KNOWN_WRONG - {known(line) for line in lines}
    print("\n".join([*wrong, *(f"no longer wrong, take it from the list: {k}" for k in stale)]))
    return int(bool(wrong or stale))


if __name__ == "__main__":
    sys.exit(main())
