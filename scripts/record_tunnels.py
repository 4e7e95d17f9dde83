#!/usr/bin/env python3
"""Records a mail in clear through tunnels of the Linux kernel, outside and inside of each at once.

usage: scripts/record_tunnels.py [FOLDER]    (default: captures/tunnels/)

Two network namespaces joined by a cable, a tunnel over it with the cable's own MTU, so that its longest datagrams are
sent in fragments; a mail in clear from one to the other, by a dialogue of this script. NAME.pcap was captured on the
cable, NAME-inside.pcap on the tunnel's device. Needs root, iproute2, tcpdump; a kind of tunnel that the kernel has not
is said and left out. Nothing remains of the namespaces.
"""
import os, pathlib, signal, subprocess, sys, time

# The kind for ip(8), the addresses inside.
KINDS = {
    "vxlan": (["type", "vxlan", "id", "7", "dstport", "4789"], "10.9.0.", "/24"),
    "vxlan-8472": (["type", "vxlan", "id", "7", "dstport", "8472"], "10.9.0.", "/24"),
    "geneve": (["type", "geneve", "id", "7"], "10.9.0.", "/24"),
    "gre": (["type", "gre", "key", "7"], "10.9.0.", "/24"),
    "gretap": (["type", "gretap"], "10.9.0.", "/24"),
    "erspan": (["type", "erspan", "seq", "key", "3", "erspan_ver", "1", "erspan", "1"], "10.9.0.", "/24"),
    "ipip": (["type", "ipip"], "10.9.0.", "/24"),
    "sit": (["type", "sit"], "fd00:9::", "/64"),
}
ENDS = {"A": ("198.18.0.1", "1"), "B": ("198.18.0.2", "2")}
BODY = "".join(f"line {n} of a message that is made up, long enough for fragments\r\n" for n in range(60))
SAID = ["EHLO client.example\r\n", "MAIL FROM:<bert@client.example>\r\n", "RCPT TO:<anna@mail.example>\r\n", "DATA\r\n",
        f"From: <bert@client.example>\r\nSubject: through a tunnel\r\n\r\n{BODY}.\r\n", "QUIT\r\n"]
REPLIES = ["220 mail.example ESMTP\r\n", "250 mail.example\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "250 taken\r\n",
           "221 bye\r\n"]
SPEAK = """
import socket, sys
role, address, said, replies = sys.argv[1], sys.argv[2], eval(sys.argv[3]), eval(sys.argv[4])
def read(s, end):
    got = b""
    while not got.endswith(end): got += s.recv(65536)
if role == "server":
    with socket.create_server((address, 25), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as s:
        print("ready", flush=True)
        c, _ = s.accept()
        c.sendall(replies[0].encode())
        for n, line in enumerate(said):
            read(c, b"\\r\\n.\\r\\n" if n == 4 else b"\\r\\n")
            c.sendall(replies[n + 1].encode())
else:
    s = socket.create_connection((address, 25))
    for line in said:
        read(s, b"\\r\\n")
        s.sendall(line.encode())
    read(s, b"\\r\\n")
"""


def ip(*arguments, **how):
    return subprocess.run(["ip", *arguments], check=how.pop("check", True), capture_output=True, text=True, **how)


def within(end, *command, **how):
    return subprocess.Popen(["ip", "netns", "exec", f"mailseal{end}", *command], **how)


def record(name, folder):
    kind, net, length = KINDS[name]
    for end, (address, last) in ENDS.items():
        ip("netns", "add", f"mailseal{end}")
    ip("link", "add", "wire", "netns", "mailsealA", "type", "veth", "peer", "name", "wire", "netns", "mailsealB")
    for end, (address, last) in ENDS.items():
        netns, other = f"mailseal{end}", ENDS["B" if end == "A" else "A"][0]
        ip("-n", netns, "addr", "add", f"{address}/24", "dev", "wire")
        ip("-n", netns, "link", "set", "wire", "up")
        made = ip("-n", netns, "link", "add", "tun", *kind, "remote", other,
                  *(["local", address] if name != "geneve" else []), check=False)
        if made.returncode:
            print(f"{name}: the kernel has none: {made.stderr.strip()}")
            return
        ip("-n", netns, "addr", "add", f"{net}{last}{length}", "dev", "tun", *(["nodad"] if ":" in net else []))
        ip("-n", netns, "link", "set", "tun", "mtu", "1500", "up")
    captures = [(folder / f"{name}.pcap", "wire"), (folder / f"{name}-inside.pcap", "tun")]
    # Only mail, and what may be a tunnel or its fragments: neither ARP nor the kernel's own messages.
    dumps = [within("A", "tcpdump", "-i", device, "-U", "-s0", "-w", path, "--immediate-mode",
                    "tcp port 25" if device == "tun" else "ip and not icmp", stderr=subprocess.DEVNULL) for path, device in captures]
    time.sleep(1.5)
    said, replies = repr(SAID), repr(REPLIES)
    server = within("B", sys.executable, "-c", SPEAK, "server", f"{net}2", said, replies, stdout=subprocess.PIPE)
    server.stdout.readline()
    within("A", sys.executable, "-c", SPEAK, "client", f"{net}2", said, replies).wait(30)
    server.wait(30)
    time.sleep(1.5)
    for dump in dumps:
        os.kill(dump.pid, signal.SIGINT)
        dump.wait(10)
    print(f"{name}: recorded")


def main():
    if len(sys.argv) > 2 or sys.argv[1:2] == ["--help"]:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) == 2 else pathlib.Path(__file__).parents[1] / "captures/tunnels")
    folder.mkdir(parents=True, exist_ok=True)
    for name in KINDS:
        try:
            record(name, folder)
        finally:
            for end in ENDS:
                ip("netns", "del", f"mailseal{end}", check=False)


if __name__ == "__main__":
    main()
