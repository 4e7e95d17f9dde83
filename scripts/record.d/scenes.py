#!/usr/bin/env python3
"""Plays the scenes and records them: one function per capture, called by room.sh.

To add a capture: one function here under @scene, with what it shows and what must be found in it.
"""
import imaplib
import json
import pathlib
import poplib
import re
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
import zlib

import servers
import truth
from servers import MAIL, MARKER, PASSWORD, USER, USUAL, USUAL6

SCENES = {}
ADDRESS = f"{USER}@{servers.DOMAIN}"
GCM12 = {"version": "TLSv1.2", "cipher_suite": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "established": True}
GCM13 = {"version": "TLSv1.3", "cipher_suite": "TLS_AES_256_GCM_SHA384", "established": True}
CONTENT = "plaintext-message-content"
PASS = "plaintext-credentials-password"


def scene(what, *sessions):
    def keep(function):
        SCENES[function.__name__.replace("_", "-")] = (what, sessions, function)
        return function
    return keep


def clear(protocol, *exposed, **more):
    return {"protocol": protocol, "state": "plaintext", "exposed": list(exposed), "tls": None, **more}


# With implicit TLS only the port tells the protocol: "unknown" is no lie there.
def sealed(protocol, tls, **more):
    return {"protocol": protocol, "state": "encrypted", "exposed": [],
            "not_exposed": ["content", "headers", "envelope", "credentials", "mailbox-activity"],
            "tls": tls, "messages": 0, **more}


# -- clients ---------------------------------------------------------------------------------------------------

def swaks(server, *options, port=25):
    """Sends MAIL."""
    command = ["swaks", "--server", server, "--port", str(port), "--helo", "client.example",
               "--from", "bert@client.example", "--to", ADDRESS, "--data", MAIL.replace("\n", "\\n"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"swaks: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr}")


def curl(url, *options):
    servers.run("curl", "--silent", "--show-error", "--insecure", "--user", f"{USER}:{PASSWORD}", *options, url)


def careless(version=None):
    """A client's TLS that checks no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        context.maximum_version = version
    return context


class Talk:
    """A dialogue with a server, line by line: over a socket, or through openssl s_client."""

    def __init__(self, read, write):
        self.read, self.write = read, write
        self.got = b""

    def expect(self, pattern):
        deadline = time.monotonic() + 10
        while not (m := re.search(pattern, self.got, re.M)):
            octets = self.read(65536)
            if not octets or time.monotonic() > deadline:
                raise RuntimeError(f"waited for {pattern!r}, got {self.got!r}")
            self.got += octets
        self.got = self.got[m.end():]

    def say(self, text, answer=None):
        self.write(text.encode() if isinstance(text, str) else text)
        if answer:
            self.expect(answer)


def s_client(*options):
    process = subprocess.Popen(["openssl", "s_client", "-quiet", *options], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
    return process, Talk(process.stdout.read, process.stdin.write)


def send_mail(talk, greeting=True):
    if greeting:
        talk.say("EHLO client.example\r\n", rb"^250 .*\n")
    talk.say("MAIL FROM:<bert@client.example>\r\n", rb"^250 .*\n")
    talk.say(f"RCPT TO:<{ADDRESS}>\r\n", rb"^250 .*\n")
    talk.say("DATA\r\n", rb"^354 .*\n")
    talk.say(MAIL.replace("\n", "\r\n") + ".\r\n", rb"^250 .*\n")


# -- SMTP ------------------------------------------------------------------------------------------------------

@scene("a mail in clear; the server offers no STARTTLS (swaks to Postfix)",
       clear("smtp", "content", "envelope", messages=1, findings=[CONTENT, "starttls-not-offered"]))
def smtp_plain():
    swaks(servers.WITHOUT_TLS)


@scene("STARTTLS, TLS 1.3 (swaks --tls to Postfix)",
       sealed("smtp", GCM13))
def smtp_starttls_tls13():
    swaks(USUAL, "--tls")


@scene("STARTTLS, TLS 1.2 with the server's certificates in clear (swaks --tls --tls-protocol tlsv1_2)",
       sealed("smtp", {**GCM12, "certificate_subject_cn": "mail.example"}))
def smtp_starttls_tls12():
    swaks(USUAL, "--tls", "--tls-protocol", "tlsv1_2")


@scene("STARTTLS over IPv6, TLS 1.3 (swaks --tls)", sealed("smtp", GCM13))
def smtp_starttls_ipv6():
    swaks(USUAL6, "--tls")


@scene("STARTTLS is offered, the client does not use it: a mail in clear (swaks)",
       clear("smtp", "content", "envelope", messages=1, findings=[CONTENT, "starttls-offered-not-used"]))
def smtp_offered_not_used():
    swaks(USUAL)


@scene("STARTTLS is answered by 454, the client goes on in clear in the same connection (swaks --tls-optional)",
       clear("smtp", "content", "envelope", messages=1, refused=True, findings=[CONTENT, "starttls-refused"]))
def smtp_starttls_refused_plain():
    swaks(servers.BROKEN_KEY, "--tls-optional")


@scene("a mail in clear first, then STARTTLS and a second mail in the same connection (Python's smtplib)",
       {"protocol": "smtp", "state": "mixed", "exposed": ["content", "envelope"], "tls": GCM13, "messages": 1,
        "findings": [CONTENT]})
def smtp_plain_then_starttls():
    with smtplib.SMTP(USUAL, 25, "client.example", timeout=10) as client:
        client.sendmail("bert@client.example", ADDRESS, MAIL)
        client.starttls(context=careless())
        client.sendmail("bert@client.example", ADDRESS, MAIL)


LONG_MAIL = MAIL + "A line of a longer mail, as most mails are longer than a line or two.\n" * 14
MANY = 6


@scene(f"{MANY} mails in clear in one connection (Python's smtplib)",
       clear("smtp", "content", "envelope", messages=MANY, findings=[CONTENT]))
def smtp_plain_many():
    with smtplib.SMTP(servers.WITHOUT_TLS, 25, "client.example", timeout=10) as client:
        for _ in range(MANY):
            client.sendmail("bert@client.example", ADDRESS, LONG_MAIL)


@scene(f"STARTTLS, TLS 1.3, {MANY} mails inside (Python's smtplib)", sealed("smtp", GCM13))
def smtp_starttls_many():
    with smtplib.SMTP(USUAL, 25, "client.example", timeout=10) as client:
        client.starttls(context=careless())
        for _ in range(MANY):
            client.sendmail("bert@client.example", ADDRESS, LONG_MAIL)


@scene("BDAT: the mail in two chunks, the second holding a lone dot and the word STARTTLS as text (own dialogue)",
       clear("smtp", "content", "envelope", messages=1, never_asked=True, findings=[CONTENT]))
def smtp_bdat():
    with socket.create_connection((servers.WITHOUT_TLS, 25), 10) as s:
        talk = Talk(s.recv, s.sendall)
        talk.expect(rb"^220 .*\n")
        talk.say("EHLO client.example\r\n", rb"^250 .*\n")
        talk.say("MAIL FROM:<bert@client.example>\r\n", rb"^250 .*\n")
        talk.say(f"RCPT TO:<{ADDRESS}>\r\n", rb"^250 .*\n")
        one, two = MAIL.replace("\n", "\r\n"), "STARTTLS\r\n.\r\nQUIT\r\n"
        talk.say(f"BDAT {len(one)}\r\n{one}", rb"^250 .*\n")
        talk.say(f"BDAT {len(two)} LAST\r\n{two}", rb"^250 .*\n")
        talk.say("QUIT\r\n", rb"^221 .*\n")


@scene("several commands in one segment (PIPELINING), two mails in one connection (own dialogue)",
       clear("smtp", "content", "envelope", messages=2, findings=[CONTENT]))
def smtp_pipelined():
    with socket.create_connection((servers.WITHOUT_TLS, 25), 10) as s:
        talk = Talk(s.recv, s.sendall)
        talk.expect(rb"^220 .*\n")
        talk.say("EHLO client.example\r\n", rb"^250 .*\n")
        envelope = f"MAIL FROM:<bert@client.example>\r\nRCPT TO:<{ADDRESS}>\r\nDATA\r\n"
        body = MAIL.replace("\n", "\r\n") + ".\r\n"
        talk.say(envelope, rb"^354 .*\n")
        talk.say(body + envelope, rb"^354 .*\n")
        talk.say(body + "QUIT\r\n", rb"^221 .*\n")


@scene("a valid upgrade to a NULL suite: the records are readable (openssl s_client -cipher eNULL)",
       {"protocol": "smtp", "state": "plaintext", "exposed": ["content", "envelope"],
        "tls": {"version": "TLSv1.2", "cipher_suite": "TLS_ECDHE_RSA_WITH_NULL_SHA", "established": True},
        "findings": [CONTENT]})
def smtp_null_cipher():
    process, talk = s_client("-connect", f"{servers.NULL_CIPHER}:25", "-starttls", "smtp", "-tls1_2",
                             "-cipher", "ECDHE-RSA-NULL-SHA:@SECLEVEL=0", "-name", "client.example")
    time.sleep(0.5)
    send_mail(talk)
    talk.say("QUIT\r\n", rb"^221 .*\n")
    process.wait(10)


@scene("two Postfix, TLS 1.2 at most: opportunistic, so no certificate at all (anonymous DH)",
       sealed("smtp", {"version": "TLSv1.2", "cipher_suite": "TLS_DH_anon_WITH_AES_256_GCM_SHA384",
                       "established": True}))
def smtp_postfix_anonymous():
    postfix_sends(servers.ONLY_TLS12, 5)


@scene("Postfix to a server that has only TLS 1.0: the handshake fails, the mail is deferred, the handshake fails "
       "again (once or twice), and the mail goes in clear on a new connection",
       {"protocol": "smtp", "state": "failed", "exposed": [], "messages": 0, "repeats": True},
       clear("smtp", "content", "envelope", messages=1,
             findings=[CONTENT, "starttls-offered-not-used", "starttls-failed-fallback-plaintext"]))
def smtp_handshake_failed_then_fallback():
    postfix_sends(servers.ONLY_TLS10, 12)


def postfix_sends(server, seconds):
    servers.relay(server)
    servers.run("sendmail", "-C", "/etc/postfix-client", "-f", "bert@client.example", ADDRESS, input=MAIL)
    time.sleep(seconds)


@scene("EHLO and QUIT, no mail (own dialogue)",
       {"protocol": "smtp", "state": "no-mail", "exposed": [], "tls": None, "messages": 0})
def smtp_no_mail():
    with socket.create_connection((USUAL, 25), 10) as s:
        talk = Talk(s.recv, s.sendall)
        talk.expect(rb"^220 .*\n")
        talk.say("EHLO client.example\r\n", rb"^250 .*\n")
        talk.say("QUIT\r\n", rb"^221 .*\n")


@scene("LMTP on port 24 (swaks --protocol LMTP to Dovecot)",
       clear(["lmtp", "smtp"], "content", "envelope", messages=1, findings=[CONTENT]))
def lmtp():
    swaks(USUAL, "--protocol", "LMTP", port=24)


# -- submission ------------------------------------------------------------------------------------------------

@scene("submission in clear: AUTH PLAIN and a mail; STARTTLS was offered (swaks --auth PLAIN)",
       clear("smtp", "content", "credentials", "envelope", messages=1, findings=[CONTENT, PASS]))
def submission_auth_plain_clear():
    swaks(USUAL, "--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD, port=587)


@scene("submission: STARTTLS, then AUTH and a mail (swaks --tls --auth PLAIN)", sealed("smtp", GCM13))
def submission_starttls_auth():
    swaks(USUAL, "--tls", "--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD, port=587)


@scene("submission over implicit TLS (swaks --tls-on-connect)", sealed(["smtp", "unknown"], GCM13))
def smtps_465():
    swaks(USUAL, "--tls-on-connect", "--auth", "LOGIN", "--auth-user", USER, "--auth-password", PASSWORD, port=465)


# -- POP3 and IMAP ---------------------------------------------------------------------------------------------

@scene("POP3 in clear: USER, PASS and a mail retrieved (Python's poplib)",
       clear("pop3", "content", "credentials", findings=[CONTENT, PASS]))
def pop3_userpass_clear():
    client = poplib.POP3(USUAL, 110, 10)
    client.capa()
    client.user(USER)
    client.pass_(PASSWORD)
    client.stat()
    client.retr(1)
    client.quit()


@scene("POP3: STLS, TLS 1.2, login and a mail inside (Python's poplib)", sealed("pop3", GCM12))
def pop3_stls():
    client = poplib.POP3(USUAL, 110, 10)
    client.capa()
    client.stls(careless(ssl.TLSVersion.TLSv1_2))
    client.user(USER)
    client.pass_(PASSWORD)
    client.retr(1)
    client.quit()


@scene("POP3 over implicit TLS (curl pop3s://)", sealed(["pop3", "unknown"], GCM13))
def pop3s_995():
    curl(f"pop3s://{USUAL}/1")


@scene("IMAP in clear: LOGIN, SELECT, FETCH (Python's imaplib)",
       clear("imap", "content", "credentials", "mailbox-activity", findings=[CONTENT, PASS]))
def imap_login_clear():
    client = imaplib.IMAP4(USUAL, 143, 10)
    client.login(USER, PASSWORD)
    client.select("INBOX", readonly=True)
    client.fetch("1", "(BODY[])")
    client.logout()


@scene("IMAP: STARTTLS, TLS 1.3, login and a mail inside (curl --ssl-reqd)", sealed("imap", GCM13))
def imap_starttls():
    curl(f"imap://{USUAL}/INBOX;UID=1", "--ssl-reqd")


@scene("IMAP over implicit TLS, TLS 1.2 (openssl s_client)", sealed(["imap", "unknown"], GCM12))
def imaps_993():
    process, talk = s_client("-connect", f"{USUAL}:993", "-tls1_2")
    talk.expect(rb"^\* OK .*\n")
    talk.say(f"a1 LOGIN {USER} {PASSWORD}\r\n", rb"^a1 OK .*\n")
    talk.say("a2 SELECT INBOX\r\n", rb"^a2 OK .*\n")
    talk.say("a3 FETCH 1 (BODY[])\r\n", rb"^a3 OK .*\n")
    talk.say("a4 LOGOUT\r\n", rb"^a4 OK .*\n")
    process.wait(10)


@scene("IMAP in clear with COMPRESS=DEFLATE: compressed is not encrypted (own dialogue with Dovecot's imap_zlib)",
       clear("imap", "content", "credentials", "mailbox-activity", hidden_marker=True, findings=[CONTENT, PASS]))
def imap_compress_deflate():
    with socket.create_connection((USUAL, 143), 10) as s:
        talk = Talk(s.recv, s.sendall)
        talk.expect(rb"^\* OK .*\n")
        talk.say(f"a1 LOGIN {USER} {PASSWORD}\r\n", rb"^a1 OK .*\n")
        talk.say("a2 COMPRESS DEFLATE\r\n", rb"^a2 OK .*\n")
        deflate, inflate = zlib.compressobj(wbits=-15), zlib.decompressobj(wbits=-15)
        packed = Talk(lambda n: inflate.decompress(s.recv(n)),
                      lambda text: s.sendall(deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH)))
        packed.say("a3 SELECT INBOX\r\n", rb"^a3 OK .*\n")
        packed.say("a4 FETCH 1 (BODY[])\r\n", MARKER.encode())
        packed.expect(rb"^a4 OK .*\n")
        packed.say("a5 LOGOUT\r\n", rb"^a5 OK .*\n")


# -- recording -------------------------------------------------------------------------------------------------

def record(name, out):
    what, sessions, play = SCENES[name]
    path = out / f"{name}.pcap"
    listener = subprocess.Popen(["tcpdump", "-i", "lan", "--immediate-mode", "-U", "-s0", "-Z", "root", "-w", str(path), "tcp"],
                                stderr=subprocess.PIPE, text=True)
    while "listening on" not in (line := listener.stderr.readline()):
        if not line:
            raise RuntimeError("tcpdump did not start")
    try:
        play()
        time.sleep(0.7)
    finally:
        listener.send_signal(signal.SIGINT)
        listener.communicate(timeout=10)
    return truth.capture(path, what, sessions, MARKER, PASSWORD, USER)


README = """# Core captures

Recorded by `scripts/record` with real servers (Postfix, Dovecot) and clients (swaks, openssl, curl, Python, Postfix) in two
network namespaces joined by a veth pair, by `tcpdump -i lan -U -s0 -w FILE tcp` on the clients' side. Addresses are those for
documentation (192.0.2.7 is the client); names, passwords and keys are throwaway and were made for this. `truth.json` says of
every session what a right analysis must find, and in which frame. To record them anew, or to add one:
`scripts/record --help`; the commands stand in `scripts/record.d/scenes.py`, one function per file. `certificates/` holds captures
of servers with other certificates, `points/` of both sides of a device, `tunnels/` of tunnels: these it does not record.

| file | what it shows, and who spoke |
|---|---|
"""


def main():
    if sys.argv[1:] == ["--list"]:
        for name, (what, _, _) in SCENES.items():
            print(f"{name}: {what}")
        return 0
    out, names = pathlib.Path(sys.argv[1]), sys.argv[2:] or list(SCENES)
    if unknown := [n for n in names if n not in SCENES]:
        print(f"record: {unknown[0]}: no such capture; see scripts/record --list", file=sys.stderr)
        return 2
    servers.start()
    told, failed = {}, []
    index = out / "truth.json"
    if index.exists():
        told = {c["file"]: c for c in json.loads(index.read_text())["captures"]}
    for name in names:
        try:
            told[f"{name}.pcap"] = record(name, out)
            print(f"record: {name}", file=sys.stderr)
        except (RuntimeError, OSError, EOFError, truth.Wrong, subprocess.SubprocessError, imaplib.IMAP4.error,
                poplib.error_proto, smtplib.SMTPException) as error:
            failed.append(name)
            told.pop(f"{name}.pcap", None)
            (out / f"{name}.pcap").unlink(missing_ok=True)
            print(f"record: {name}: {error}", file=sys.stderr)
    ours = [told[f"{n}.pcap"] for n in SCENES if f"{n}.pcap" in told]
    index.write_text(json.dumps({"captures": ours}, indent=1) + "\n")
    if len(ours) == len(SCENES):
        rows = "".join(f"| {n}.pcap | {what} |\n" for n, (what, _, _) in SCENES.items())
        (out / "README.md").write_text(README + rows)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
