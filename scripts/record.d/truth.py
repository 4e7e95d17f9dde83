"""Reads a capture with tshark and sets its frames beside what the scene says must be there.

The scene knows the truth from how the conversation was made; tshark only tells where. Where both know a thing
(version, suite, number of connections) and differ, the recording is thrown away.
"""
import base64
import dataclasses
import re
import subprocess


@dataclasses.dataclass
class Packet:
    frame: int
    stream: int
    from_client: bool
    payload: bytes
    hello: set  # 1: carries the end of a ClientHello, 2: of a ServerHello
    version: str
    suite: str


class Wrong(Exception):
    pass


FIELDS = ("frame.number", "tcp.stream", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport",
          "tcp.payload", "tls.handshake.type", "tls.handshake.version", "tls.handshake.extensions.supported_version",
          "tls.handshake.ciphersuite")


def read(path):
    """(endpoints by stream, packets in order of frames)"""
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=|"]
    for field in FIELDS:
        command += ["-e", field]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    ends, packets = {}, []
    for line in out.splitlines():
        number, stream, s4, s6, sport, d4, d6, dport, payload, kinds, legacy, versions, suites = line.split("|")
        source = f"{s4}:{sport}" if s4 else f"[{s6}]:{sport}"
        target = f"{d4}:{dport}" if d4 else f"[{d6}]:{dport}"
        ends.setdefault(stream, (source, target))  # the first packet is the client's SYN
        hello = {int(k) for k in kinds.split(",") if k} & {1, 2}
        server = 2 in hello
        packets.append(Packet(int(number), int(stream), source == ends[stream][0],
                              bytes.fromhex(payload.replace(":", "")), hello,
                              (versions or legacy).split(",")[0] if server else "",
                              suites.split(",")[0] if server else ""))
    return ends, packets


VERSIONS = {"0x0303": "TLSv1.2", "0x0304": "TLSv1.3"}
SUITES = {"0x1302": "TLS_AES_256_GCM_SHA384", "0xc030": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "0xc010": "TLS_ECDHE_RSA_WITH_NULL_SHA", "0x00a7": "TLS_DH_anon_WITH_AES_256_GCM_SHA384"}
ASKS = re.compile(rb"^(?:\S+ )?(?:STARTTLS|STLS)\r?\n", re.I | re.M)
OFFERS = re.compile(rb"\b(?:STARTTLS|STLS)\b", re.I)


def first(packets, test):
    return next((p for p in packets if test(p)), None)


def passwords(secret, user):
    """How a password can stand on the wire."""
    both = f"\0{user}\0{secret}".encode()
    return [secret.encode(), base64.b64encode(both), base64.b64encode(secret.encode())]


def session(expected, ends, packets, marker, secret, user):
    """One session of the truth; `expected` is the scene's word and wins."""
    told = dict(expected)
    frames = {}
    asks = None
    if not told.pop("never_asked", False):  # the word stands in a message's text
        asks = first(packets, lambda p: p.from_client and ASKS.search(p.payload))
    offer = first(packets, lambda p: not p.from_client and OFFERS.search(p.payload) and (not asks or p.frame < asks.frame))
    if offer:
        frames["upgrade.offered"] = offer.frame
    if asks:
        frames["upgrade.requested"] = asks.frame
        answer = first(packets, lambda p: not p.from_client and p.frame > asks.frame and p.payload)
        frames["upgrade.refused" if told.pop("refused", False) else "upgrade.accepted"] = answer.frame
    tls = told.get("tls")
    for kind, name in ((1, "client_hello"), (2, "server_hello")):
        hello = first(packets, lambda p, kind=kind: kind in p.hello)
        if hello and tls is not None:
            frames[f"tls.{name}"] = hello.frame
        if hello and kind == 2 and tls:
            seen = {"version": VERSIONS.get(hello.version, hello.version),
                    "cipher_suite": SUITES.get(hello.suite, hello.suite)}
            for key, value in seen.items():
                if tls.get(key, value) != value:
                    raise Wrong(f"{key} is {value}, should be {tls[key]}")
    if tls and tls.get("established") and "tls.server_hello" not in frames:
        raise Wrong("no ServerHello")
    exposed = told.get("exposed", [])
    bare = first(packets, lambda p: marker.encode() in p.payload)
    if bool(bare) != ("content" in exposed) and not told.pop("hidden_marker", False):
        raise Wrong("the body is readable" if bare else "the body is not readable")
    told.pop("hidden_marker", None)
    if bare:
        frames["plaintext-message-content"] = bare.frame
    login = first(packets, lambda p: p.from_client and any(w in p.payload for w in passwords(secret, user)))
    if bool(login) != ("credentials" in exposed):
        raise Wrong("the password is readable" if login else "the password is not readable")
    if login:
        frames["plaintext-credentials-password"] = login.frame
    return {"client": ends[0], "server": ends[1], **told, "frames": {k: [v, v] for k, v in frames.items()}}


def capture(path, what, sessions, marker, secret, user):
    ends, packets = read(path)
    sessions = [dict(s) for s in sessions]
    if sessions[0].pop("repeats", False):
        sessions[:1] = [sessions[0]] * max(1, len(ends) - len(sessions) + 1)
    if len(ends) != len(sessions):
        raise Wrong(f"{len(ends)} connections, should be {len(sessions)}")
    told = [session(expected, ends[stream], [p for p in packets if p.stream == int(stream)], marker, secret, user)
            for expected, stream in zip(sessions, sorted(ends, key=int))]
    return {"file": path.name, "what": what, "sessions": told}
