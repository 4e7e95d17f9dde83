#!/usr/bin/env python3
"""Live capture, on the loopback device only: one mail in clear is seen, told when it is found, and reported at the end.

usage: watch_test.py MAILSEAL
Skips where packets cannot be captured.
"""
import os, signal, socket, subprocess, threading, time, unittest

from harness import CANNOT_RUN, FAIL, INCONCLUSIVE, PROGRAM, SECONDS, ProgramTest, main, may_capture, quiet_environment

SECRET, PORT = "Vm9nZWxmcmVp", 2525


def port_is_free():
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", PORT))
        return True
    except OSError:
        return False


def mail_in_clear():
    """One SMTP dialogue over 127.0.0.1, with a server of our own."""
    server = socket.create_server(("127.0.0.1", PORT))

    def serve():
        peer, _ = server.accept()
        with peer, peer.makefile("rb") as lines:
            peer.sendall(b"220 mail.example ESMTP\r\n")
            in_body = False
            for line in lines:
                verb = line[:4].upper()
                if in_body and line != b".\r\n":
                    continue
                reply = {b"EHLO": b"250-mail.example\r\n250 STARTTLS\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
                peer.sendall(reply.get(verb, b"250 ok\r\n"))
                in_body = verb == b"DATA"
                if verb == b"QUIT":
                    return

    served = threading.Thread(target=serve)
    served.start()
    with socket.create_connection(("127.0.0.1", PORT)) as client, client.makefile("rb") as lines:
        lines.readline()
        for said in ("EHLO c.example", "MAIL FROM:<anna@c.example>", "RCPT TO:<bert@mail.example>", "DATA",
                     f"Subject: {SECRET}\r\n\r\n{SECRET}\r\n.", "QUIT"):
            client.sendall(said.encode() + b"\r\n")
            while lines.readline()[3:4] == b"-":
                pass
    served.join(SECONDS)
    server.close()


@unittest.skipUnless(may_capture() and port_is_free(), "packets cannot be captured here")
class Watch(ProgramTest):
    def watch(self, *arguments):
        """The program, once it captures."""
        child = subprocess.Popen([PROGRAM, "watch", "-i", "lo", *map(str, arguments)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, env=quiet_environment())
        self.addCleanup(lambda: child.poll() is None and child.kill())
        self.assertRegex(child.stderr.readline(), r"\Awatching lo \(redaction standard\); Ctrl-C ")
        return child

    def told(self, child):
        out, err = child.communicate(timeout=SECONDS)
        for text in (out, err):
            for secret in (SECRET, "anna", "bert"):
                self.assertNotIn(secret, text)
        return out, err

    def test_for_two_seconds(self):
        begun = time.monotonic()
        child = self.watch("--for", "2s", "--filter", f"port {PORT}", "-o", "-", "--format", "json")
        mail_in_clear()
        out, err = self.told(child)
        self.assertLess(time.monotonic() - begun, 10)
        self.assertRegex(err, r"critical +plaintext-message-content +127\.0\.0\.1 > 127\.0\.0\.1:2525")
        report = self.valid(out)
        self.assertEqual((child.returncode, report["verdict"], report["exit_code"]), (FAIL, "fail", FAIL))
        (session,) = report["sessions"]
        self.assertEqual((session["state"], session["messages"], session["server"]),
                         ("plaintext", 1, {"ip": "127.0.0.1", "port": PORT}))
        self.assertIn("starttls-offered-not-used", session["findings"])
        (heard,) = report["inputs"]
        self.assertEqual((heard["format"], heard["path"], heard["sha256"] or None), ("live", "lo", None))
        self.assertIsInstance(heard["dropped"], int)
        self.assertGreater(heard["packets"], 10)

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name):
                child = self.watch("--filter", f"port {PORT}")
                mail_in_clear()
                first = child.stdout.readline()  # while it goes on
                self.assertIsNone(child.poll())
                child.send_signal(number)
                out, err = self.told(child)
                self.assertEqual((child.returncode, err), (FAIL, ""))
                self.assertIn("plaintext-", first)
                self.assertRegex(out, r"(?m)^FAIL  1 session: ")
                self.assertRegex(out, r"(?m)^  lo +live, .* \d+ packets dropped$", out)

    def test_open_connection_is_judged(self):
        with socket.create_server(("127.0.0.1", PORT)) as server:
            child = self.watch("--for", "2s", "--filter", f"port {PORT}", "-o", "-", "--format", "json")
            with socket.create_connection(("127.0.0.1", PORT)) as client:
                peer, _ = server.accept()
                with peer:
                    peer.sendall(b"220 mail.example ESMTP\r\n"), client.recv(100)
                    client.sendall(b"EHLO c.example\r\n"), peer.recv(100)
                    peer.sendall(b"250 mail.example\r\n"), client.recv(100)
                    client.sendall(b"MAIL FROM:<anna@c.example>\r\n"), peer.recv(100)
                    out, _ = self.told(child)
        report = self.valid(out)
        self.assertEqual(([s["exposed"] for s in report["sessions"]], child.returncode), ([["envelope"]], FAIL))

    def test_silence_is_no_pass(self):
        child = self.watch("--for", "1s", "--filter", "port 1 and port 2")
        out, _ = self.told(child)
        self.assertEqual((child.returncode, out.split()[0]), (INCONCLUSIVE, "INCONCLUSIVE"))

    def test_report_that_could_not_be_written_is_told_before(self):
        begun = time.monotonic()
        self.refused("watch", "-i", "lo", "--for", "20s", "-o", self.folder / "none" / "r.json", words=("none/r.json",))
        self.assertLess(time.monotonic() - begun, 10)

    def test_wrong_filter(self):
        self.refused("watch", "-i", "lo", "--filter", "not a filter at all", words=("lo", "filter", "pcap-filter(7)"))


class NoDevice(ProgramTest):
    def test_no_such_device(self):
        for name in ("nosuchdevice0", "a\nb\x1b[1m", ""):
            with self.subTest(name):
                run = self.run_it("watch", "-i", name, "--for", "1s")
                self.assertEqual((run.code, run.out), (CANNOT_RUN, ""), run)
                self.one_line(run)
                self.assertNotIn("\x1b", run.err)

    def test_without_the_right(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to become another")
        self.refused("watch", "-i", "lo", "--for", "1s", words=("lo", "ermi"), user=65534, group=65534, extra_groups=[],
                     cwd=self.folder)


if __name__ == "__main__":
    main()
