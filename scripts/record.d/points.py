#!/usr/bin/env python3
"""Records connections on both sides of a device that changes what passes; called by room.sh for scripts/record_points.

To add a pair: one row in PAIRS.
"""
import pathlib
import subprocess
import sys
import time

import scenes
import servers
from servers import CLIENT, USUAL, run, served

# name: (what the device does, what is recorded, what the client does)
PAIRS = {
    "masked": ("mask", "a firewall overwrites the server's STARTTLS with XXXXXXXX; the client goes on in clear",
               lambda: scenes.swaks(USUAL, "--tls-optional")),
    "removed": ("remove", "a device overwrites STARTTLS with another keyword; the client goes on in clear",
                lambda: scenes.swaks(USUAL, "--tls-optional")),
    "nat-clear": ("nat", "the client's address and port are translated; a mail in clear", lambda: scenes.swaks(USUAL)),
    "nat-tls": ("nat", "the client's address and port are translated; STARTTLS",
                lambda: scenes.swaks(USUAL, "--tls")),
}

README = """# Pairs of capture points

Recorded by `scripts/record_points`: each connection on the client's side and on the server's side of a device that changes
what passes (`scripts/record.d/device.py`), by tcpdump at both ends, with swaks and Postfix in network namespaces. Addresses are
those for documentation; names, passwords and keys are throwaway.

| files | what they show |
|---|---|
"""


def within(*command):
    run("ip", "netns", "exec", "middle", *command)


def network():
    """As servers.network(), with a namespace between: lan - inside (middle) outside - lan."""
    run("hostname", "client.example")
    run("ip", "link", "set", "lo", "up")
    for name in ("mail", "middle"):
        run("ip", "netns", "add", name)
    run("ip", "link", "add", "lan", "type", "veth", "peer", "name", "inside", "netns", "middle")
    served("ip", "link", "add", "lan", "type", "veth", "peer", "name", "outside", "netns", "middle")
    run("ip", "addr", "add", f"{CLIENT}/24", "dev", "lan")
    for address in (USUAL, servers.WITHOUT_TLS, servers.ONLY_TLS12, servers.ONLY_TLS10, servers.NULL_CIPHER,
                    servers.BROKEN_KEY):
        served("ip", "addr", "add", f"{address}/24", "dev", "lan")
    served("ip", "addr", "add", f"{servers.USUAL6}/64", "dev", "lan", "nodad")
    for where, device in ((run, "lan"), (served, "lan"), (within, "inside"), (within, "outside")):
        where("ethtool", "-K", device, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        where("ip", "link", "set", device, "up")
        where("ip", "link", "set", "lo", "up")
    with open("/etc/hosts", "a", encoding="ascii") as hosts:
        hosts.write(f"{CLIENT} client.example\n{USUAL} mail.example\n192.0.2.70 nat.example\n")


def started(word, *command):
    """A program that says `word` when it has begun."""
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while word not in (line := program.stdout.readline()):
        if not line:
            raise RuntimeError(f"{' '.join(command)} did not start")
    return program


def record(name, out):
    change, _, play = PAIRS[name]
    run("ip", "neigh", "flush", "all")
    served("ip", "neigh", "flush", "all")
    inside = ("ip", "netns", "exec", "middle")
    device = pathlib.Path(__file__).with_name("device.py")
    dump = ("tcpdump", "-i", "lan", "--immediate-mode", "-U", "-s0", "-Z", "root", "-w")
    programs = [started("forwarding", *inside, "python3", "-B", str(device), "inside", "outside", change),
                started("listening on", *dump, str(out / f"{name}-client.pcap"), "tcp"),
                started("listening on", "ip", "netns", "exec", "mail", *dump, str(out / f"{name}-server.pcap"), "tcp")]
    try:
        play()
        time.sleep(0.7)
    finally:
        for program in reversed(programs):
            program.terminate()
            program.communicate(timeout=10)


def main():
    out = pathlib.Path(sys.argv[1])
    servers.network = network
    servers.start()
    for name in PAIRS:
        record(name, out)
        print(f"record_points: {name}", file=sys.stderr)
    rows = "".join(f"| {name}-client.pcap, {name}-server.pcap | {what} |\n" for name, (_, what, _) in PAIRS.items())
    (out / "README.md").write_text(README + rows)


if __name__ == "__main__":
    main()
