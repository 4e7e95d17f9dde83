#!/usr/bin/env python3
"""Many files as one time line: rotated sets, several capture points, both sides of a device that changes what passes.

The oracle of a set is its whole: a capture that is cut into parts must give the report of the whole, once each place
(input, frame) is mapped to where the part lay.
"""
import copy
import io
import os
import random
import re
import resource
import struct
import subprocess
import tarfile
import threading
import unittest

from harness import CAPTURES, PROGRAM, SANITIZER, SHARED, ProgramTest, main

POINTS = CAPTURES / "points"
MICROSECOND = 1000


class Pcap:
    """Packets of a classic capture: (nanoseconds, octets on the wire, octets)."""

    def __init__(self, path=None, octets=None):
        octets = path.read_bytes() if path else octets
        magic = octets[:4]
        self.order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        self.unit = 1 if magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
        assert magic in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"), magic
        self.head, self.packets, at = octets[:24], [], 24
        while at + 16 <= len(octets):
            seconds, fraction, kept, wire = struct.unpack_from(self.order + "IIII", octets, at)
            self.packets.append((seconds * 10**9 + fraction * self.unit, wire, octets[at + 16:at + 16 + kept]))
            at += 16 + kept

    def octets(self, packets):
        out = [self.head]
        for time, wire, data in packets:
            out.append(struct.pack(self.order + "IIII", time // 10**9, time % 10**9 // self.unit, len(data), wire) + data)
        return b"".join(out)


def ports_of(data):
    """(source address, port, target address, port) of IPv4 in Ethernet; None: something else."""
    if len(data) < 54 or data[12:14] != b"\x08\x00" or data[23] != 6:
        return None
    tcp = 14 + (data[14] & 15) * 4
    return (data[26:30], data[tcp:tcp + 2], data[30:34], data[tcp + 2:tcp + 4])


def readdressed(data, client, by):
    """`client` (address, port) becomes `by`, on either end. Checksums are left alone: nobody looks at them."""
    ends, data = ports_of(data), bytearray(data)
    tcp = 14 + (data[14] & 15) * 4
    for address, port, at, to in ((ends[0], ends[1], 26, tcp), (ends[2], ends[3], 30, tcp + 2)):
        if (address, port) == client:
            data[at:at + 4], data[to:to + 2] = by
    return bytes(data)


class Mapping:
    """Places in parts as places in the whole; `table[input][frame - 1]` is a frame of the whole."""

    def __init__(self, table, names=(), whole="whole.pcap"):
        self.table, self.names, self.whole = table, names, whole

    def frame(self, source, frame):
        return self.table[source][frame - 1] if frame else frame

    def text(self, text, source):
        for i, name in sorted(enumerate(self.names), key=lambda one: -len(one[1])):
            text = re.sub(re.escape(name) + r" frame (\d+)", lambda m: f"{self.whole} frame<{self.frame(i, int(m[1]))}>", text)
            text = text.replace(name, self.whole)
        return re.sub(r"frame (\d+)(?: of input (\d+))?", lambda m: f"frame<{self.frame(int(m[2]) - 1 if m[2] else source, int(m[1]))}>", text)

    def value(self, v, source):
        if isinstance(v, list):
            return [self.value(e, source) for e in v]
        if not isinstance(v, dict):
            return v
        here = v.get("input", source)
        out = {k: self.value(e, here if "frame" in v or k != "input" else source) for k, e in v.items()
               if k not in ("input", "point")}
        if "frame" in v:
            out["frame"] = self.frame(here, v["frame"])
        if "note" in v:
            out["note"] = self.text(v["note"], here)
        return out

    def session(self, s):
        return self.value(s, s["input"])

    def report(self, report):
        """What must be the same. What tells of a capture as such is told of each file, and stands aside."""
        out = {k: report[k] for k in ("verdict", "counts", "hops")}
        out["sessions"] = [self.session(s) for s in report["sessions"]]
        out["servers"] = report["servers"]
        out["findings"] = [dict(self.value({k: v for k, v in f.items() if k != "occurrences"}, 0),
                                occurrences=[self.value(o, o["input"]) for o in f["occurrences"]])
                           for f in report["findings"] if f["class"] != "capture" or f["id"] == "capture-sequence-gaps"]
        out["stories"] = [dict(self.value(s, 0), sentence=re.sub(r"frame \d+", "frame", s["sentence"]))
                          for s in report["stories"]]
        out["sentence"] = self.text(report["sentence"], 0)
        return out


def parts_of(packets, count):
    """(first, behind the last) of each; there may be fewer than asked for."""
    count = min(count, len(packets))
    return [(len(packets) * i // count, len(packets) * (i + 1) // count) for i in range(count)]


class TimeLine(ProgramTest):
    def pieces(self, pcap, packets, count, name=lambda i: f"set.pcap{i}"):
        files, table = [], []
        for i, (begin, end) in enumerate(parts_of(packets, count)):
            files.append(self.file(name(i), pcap.octets(packets[begin:end])))
            table.append(list(range(begin + 1, end + 1)))
        return files, table

    def held_against(self, whole, files, table, order, context):
        report, run = self.report(*order)
        paths = [i["path"] for i in report["inputs"]]
        self.assertEqual(sorted(paths), sorted(str(f) for f in files), context)
        rows = {str(f): row for f, row in zip(files, table)}
        mapped = Mapping([rows[p] for p in paths], [str(f) for f in files]).report(report)
        for key in whole:
            self.assertEqual(mapped[key], whole[key], f"{context}: {key}\n{run}")
        self.assertNotIn("point", report["inputs"][0], f"{context}: taken for several points")

    def whole(self, pcap, packets):
        file = self.file("whole.pcap", pcap.octets(packets))
        report, _ = self.report(file)
        return Mapping([list(range(1, len(packets) + 1))], [str(file)]).report(report)

    def test_a_set_is_its_whole(self):
        names = ["smtp-starttls-tls12", "smtp-plain-then-starttls", "smtp-handshake-failed-then-fallback",
                 "smtp-offered-not-used", "smtp-starttls-refused-plain", "pop3-stls", "imap-login-clear",
                 "smtp-pipelined", "submission-auth-plain-clear"]
        self.is_its_whole(CAPTURES / f"{n}.pcap" for n in names)

    @unittest.skipUnless(SHARED.exists(), "only where the shared captures are")
    @unittest.skipIf(SANITIZER, "takes too long under a sanitizer")
    def test_a_shared_set_is_its_whole(self):
        lab = [p for p in sorted((SHARED / "captures" / "lab").glob("[a-e]_*.pcap"))[::9] if p.stat().st_size < 200_000]
        classic = [p for p in lab if p.read_bytes()[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")]
        self.assertGreater(len(classic), 10)
        self.is_its_whole(classic)

    def is_its_whole(self, captures):
        for path in captures:
            pcap = Pcap(path)
            whole = self.whole(pcap, pcap.packets)
            for count in (2, 7, 100):
                files, table = self.pieces(pcap, pcap.packets, count)
                self.held_against(whole, files, table, files, f"{path.name} in {count}")
                wrong = files[:]
                random.Random(count).shuffle(wrong)
                self.held_against(whole, files, table, wrong, f"{path.name} in {count}, in the wrong order")
                for file in files:
                    file.unlink()

    def test_a_folder_and_names_that_tell_nothing(self):
        pcap = Pcap(CAPTURES / "smtp-plain-then-starttls.pcap")
        names = list(range(20))
        random.Random(3).shuffle(names)
        whole = self.whole(pcap, pcap.packets)
        files, table = self.pieces(pcap, pcap.packets, 20, lambda i: f"folder/{chr(97 + names[i])}.pcap")
        self.held_against(whole, files, table, [self.folder / "folder"], "a folder")

    def test_clocks_step_back_where_files_meet(self):
        for name in ("smtp-starttls-tls13.pcap", "smtp-plain-many.pcap", "pop3-userpass-clear.pcap"):
            pcap = Pcap(CAPTURES / name)
            for count in (2, 7, 30):
                if count * 2 > len(pcap.packets):
                    continue  # files of one packet each would step back further than any device's clock
                packets = pcap.packets[:]
                for begin, _ in parts_of(packets, count)[1:]:
                    time, wire, data = packets[begin]
                    packets[begin] = (packets[begin - 1][0] - 7 * MICROSECOND, wire, data)
                whole = self.whole(pcap, packets)
                files, table = self.pieces(pcap, packets, count)
                self.held_against(whole, files, table, files[::-1], f"{name} in {count}, stepping back")

    def test_few_files_are_open(self):
        pcap = Pcap(CAPTURES / "smtp-plain-many.pcap")
        packets = []
        for i in range(40):  # the same connection again and again, a minute apart
            packets += [(t + i * 60 * 10**9, wire, data) for t, wire, data in pcap.packets]
        whole = self.whole(pcap, packets)
        self.assertEqual(len(whole["sessions"]), 40)
        files, table = self.pieces(pcap, packets, 2000 if len(packets) >= 2000 else len(packets))
        self.assertGreater(len(files), 900)
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))  # noqa: E731
        report, run = self.report(*files, preexec_fn=None if SANITIZER else limit)
        self.assertEqual(len(report["inputs"]), len(files), run)
        mapped = Mapping(table, [str(f) for f in files]).report(report)
        self.assertEqual(mapped["sessions"], whole["sessions"])

    def test_standard_input_takes_its_place(self):
        pcap = Pcap(CAPTURES / "smtp-plain-then-starttls.pcap")
        files, table = self.pieces(pcap, pcap.packets, 3)
        report, run = self.report(files[2], "-", files[0], stdin=files[1].read_bytes())
        self.assertEqual([i["path"] for i in report["inputs"]], [str(files[0]), "-", str(files[2])], run)
        whole = self.whole(pcap, pcap.packets)
        mapped = Mapping(table, [str(files[0]), "-", str(files[2])]).report(report)
        self.assertEqual(mapped["sessions"], whole["sessions"])

    def test_an_archive_in_a_pipe_is_read_alone(self):
        octets = io.BytesIO()
        with tarfile.open(fileobj=octets, mode="w") as archive:
            archive.add(CAPTURES / "smtp-plain.pcap", "a.pcap")
        report, run = self.report("-", stdin=octets.getvalue())
        self.assertEqual(len(report["sessions"]), 1, run)
        report, run = self.report("-", CAPTURES / "pop3-stls.pcap", stdin=octets.getvalue())
        self.assertEqual(len(report["sessions"]), 1, run)
        self.assertIn("an archive that comes through a pipe must be the only input; save it to a file first", run.err)

    def test_a_named_pipe_is_opened_once(self):
        pcap = Pcap(CAPTURES / "smtp-plain.pcap")
        files, table = self.pieces(pcap, pcap.packets, 2)
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=lambda: pipe.write_bytes(files[0].read_bytes()))
        writer.start()
        report, run = self.report(files[1], pipe)
        writer.join(10)
        self.assertEqual([i["path"] for i in report["inputs"]], [str(pipe), str(files[1])], run)
        self.assertEqual(len(report["sessions"]), 1, run)

    def test_a_file_that_is_missing_is_told_and_the_others_are_read(self):
        pcap = Pcap(CAPTURES / "smtp-plain.pcap")
        files, _ = self.pieces(pcap, pcap.packets, 2)
        report, run = self.report(files[1], self.folder / "none.pcap", files[0])
        self.assertEqual(len(report["inputs"]), 2, run)
        self.assertEqual(len(report["failed_inputs"]), 1, run)
        self.assertEqual(len(report["sessions"]), 1, run)

    def test_evidence_of_a_set(self):
        pcap = Pcap(CAPTURES / "smtp-offered-not-used.pcap")
        files, _ = self.pieces(pcap, pcap.packets, 5)
        evidence, whole = self.folder / "e.pcapng", self.folder / "w.pcapng"
        self.report(*files[::-1], "--extract", evidence)
        self.report(self.file("whole.pcap", pcap.octets(pcap.packets)), "--extract", whole)
        kept = [self.report(f)[0]["inputs"][0]["packets"] if i == 0 else sum(x["packets"] for x in self.report(f)[0]["inputs"])
                for i, f in enumerate((evidence, whole))]
        self.assertEqual(kept[0], kept[1])

    # --- several points ---

    def test_halves_of_a_tap_are_one_connection(self):
        for name in ("smtp-plain.pcap", "smtp-starttls-tls12.pcap", "pop3-stls.pcap", "imap-login-clear.pcap"):
            pcap = Pcap(CAPTURES / name)
            client = ports_of(pcap.packets[0][2])[0]
            halves, table = [[], []], [[], []]
            for frame, packet in enumerate(pcap.packets, 1):
                half = 0 if ports_of(packet[2])[0] == client else 1
                halves[half].append(packet)
                table[half].append(frame)
            files = [self.file(f"tap{i}.pcap", pcap.octets(half)) for i, half in enumerate(halves)]
            whole = self.whole(pcap, pcap.packets)
            report, run = self.report(*files[::-1])
            mapped = Mapping(table, [str(f) for f in files]).report(report)
            for session in mapped["sessions"] + whole["sessions"]:
                session.pop("confidence_lacks")
            self.assertEqual(mapped["sessions"], whole["sessions"], f"{name}\n{run}")

    def test_two_points_that_show_the_same_are_two_sessions_of_one_connection(self):
        pcap = Pcap(CAPTURES / "smtp-starttls-tls13.pcap")
        one, _ = self.report(self.file("whole.pcap", pcap.octets(pcap.packets)))
        a = self.file("a.pcap", pcap.octets(pcap.packets))
        b = self.file("b.pcap", pcap.octets([(t + 200 * MICROSECOND, w, d) for t, w, d in pcap.packets]))
        report, run = self.report(b, a)
        self.assertEqual([s["also_seen_as"] for s in report["sessions"]], [[2], [1]], run)
        self.assertEqual([s["point"] for s in report["sessions"]], [1, 2])
        self.assertEqual([i["point"] for i in report["inputs"]], [1, 2])
        self.assertEqual(report["seen_again"], 1)
        self.assertEqual([s["kind"] for s in report["stories"]], ["points"])
        for s in report["sessions"]:
            for key in ("state", "confidence", "sides", "upgrade", "doubts"):
                want = copy.deepcopy(one["sessions"][0][key])
                if key == "upgrade":
                    want, s[key] = ({k: v and v["frame"] for k, v in u.items() if k != "reply"} for u in (want, s[key]))
                self.assertEqual(s[key], want, key)
        text = self.run_it("check", a, b).out
        self.assertIn("1 of these sessions shows a connection that another one shows, too", text)
        self.assertIn("2 capture points", text)

    def test_rotated_sets_of_two_points(self):
        pcap = Pcap(CAPTURES / "smtp-plain-many.pcap")
        late = [(t + 300 * MICROSECOND, w, d) for t, w, d in pcap.packets]
        one, _ = self.pieces(pcap, pcap.packets, 4, lambda i: f"a/cap{i}.pcap")
        two, _ = self.pieces(pcap, late, 3, lambda i: f"b/cap{i}.pcap")
        report, run = self.report(*one, *two)
        self.assertEqual(len(report["sessions"]), 2, run)
        points = {i["path"]: i["point"] for i in report["inputs"]}
        self.assertEqual(len({points[str(f)] for f in one}), 1, run)
        self.assertEqual(len({points[str(f)] for f in two}), 1, run)
        self.assertEqual({s["messages"] for s in report["sessions"]}, {6}, run)

    def test_tls_that_ends_between_two_points(self):
        outer, inner = Pcap(CAPTURES / "smtp-starttls-tls13.pcap"), Pcap(CAPTURES / "smtp-offered-not-used.pcap")
        begin = outer.packets[0][0]
        ends = [ports_of(p.packets[0][2])[:2] for p in (outer, inner)]
        shifted = [(t - inner.packets[0][0] + begin + 300 * MICROSECOND, w, readdressed(d, ends[1], ends[0]))
                   for t, w, d in inner.packets]
        a, b = self.file("a.pcap", outer.octets(outer.packets)), self.file("b.pcap", inner.octets(shifted))
        report, run = self.report(a, b)
        self.assertEqual([s["state"] for s in report["sessions"]], ["encrypted", "plaintext"], run)
        self.assertEqual(report["sessions"][0].get("also_seen_as"), [2], run)
        story = next(s for s in report["stories"] if s["kind"] == "terminated")
        self.assertEqual([p["input"] for p in story["places"]], [0, 1])
        self.assertIn("a.pcap frame", story["sentence"])

    def test_other_captures_of_the_same_time_are_no_pair(self):
        one, two = Pcap(CAPTURES / "smtp-plain.pcap"), Pcap(CAPTURES / "imap-login-clear.pcap")
        shift = one.packets[0][0] - two.packets[0][0] + 50 * MICROSECOND
        a = self.file("a.pcap", one.octets(one.packets))
        b = self.file("b.pcap", two.octets([(t + shift, w, d) for t, w, d in two.packets]))
        report, run = self.report(a, b)
        self.assertEqual(len(report["sessions"]), 2, run)
        self.assertNotIn("seen_again", report)
        self.assertEqual(report["stories"], [])


class Devices(ProgramTest):
    """Recorded on both sides of a device: scripts/record_points."""

    def pair(self, name):
        return [POINTS / f"{name}-{side}.pcap" for side in ("client", "server")]

    def test_the_offer_was_removed(self):
        for name in ("masked", "removed"):
            client, server = self.pair(name)
            report, run = self.report(server, client)
            order = [i["path"] for i in report["inputs"]]
            at_client = next(s for s in report["sessions"] if order[s["input"]] == str(client))
            at_server = next(s for s in report["sessions"] if order[s["input"]] == str(server))
            self.assertEqual(len(report["sessions"]), 2, run)
            self.assertEqual(at_client["also_seen_as"], [at_server["id"]])
            found = next(f for f in report["findings"] if f["id"] == "starttls-stripped-suspected")
            self.assertEqual(found["occurrence_count"], 1, run)
            occurrence = found["occurrences"][0]
            self.assertEqual(occurrence["session"], at_client["id"])
            offered = at_server["upgrade"]["offered"]["frame"]
            self.assertIn(f"certain: the server offered STARTTLS, as another capture point shows (session {at_server['id']}, "
                          f"frame {offered} of input {at_server['input'] + 1})", occurrence["note"])
            self.assertIn("starttls-stripped-suspected", at_client["findings"])
            self.assertNotIn("starttls-stripped-suspected", at_server["findings"])
            story = next(s for s in report["stories"] if s["kind"] == "removed")
            self.assertIn(f"{server} frame {offered}", story["sentence"])
            self.assertIn(f"{client} frame {occurrence['frame']}", story["sentence"])
            self.assertEqual({p["input"] for p in story["places"]}, {0, 1})
            self.assertNotIn("starttls-inconsistent-offer", [f["id"] for f in report["findings"]], run)
            strict, _ = self.report(server, client, "--redact", "strict")
            self.assertNotIn("masked-", strict["stories"][0]["sentence"])

    def test_addresses_were_translated(self):
        for name in ("nat-clear", "nat-tls"):
            files = self.pair(name)
            report, run = self.report(*files)
            self.assertEqual([s.get("also_seen_as") for s in report["sessions"]], [[2], [1]], run)
            story = next(s for s in report["stories"] if s["kind"] == "translated")
            self.assertIn("192.0.2.7", story["sentence"])
            self.assertIn("192.0.2.70", story["sentence"])
            # Both sides in one capture, as on the device itself.
            both = [Pcap(f) for f in files]
            together = sorted(both[0].packets + both[1].packets, key=lambda p: p[0])
            one, run = self.report(self.file("both.pcap", both[0].octets(together)))
            self.assertEqual([s.get("also_seen_as") for s in one["sessions"]], [[2], [1]], run)
            self.assertNotIn("point", one["sessions"][0])


class Honest(ProgramTest):
    """Two captures of one connection that no device changed, one of which shows less: none is accused."""

    ACCUSING = {"removed", "terminated", "altered"}

    def pair(self, pcap, other, apart=0):
        late = [(t + apart, w, d) for t, w, d in other]
        return self.report(self.file("a.pcap", pcap.octets(pcap.packets)), self.file("b.pcap", pcap.octets(late)))

    def test_what_lacks_at_one_point_was_not_removed(self):
        views = {
            "all of it": lambda p: p,
            "its first third": lambda p: p[:len(p) // 3],
            "its last two thirds": lambda p: p[len(p) // 3:],
            "its middle": lambda p: p[5:-5],
            "cut to 96 octets": lambda p: [(t, w, d[:96]) for t, w, d in p],
            "one direction": lambda p: [x for x in p if ports_of(x[2])[0] == ports_of(p[0][2])[0]],
            "every third lost": lambda p: [x for i, x in enumerate(p) if i % 3 != 1],
            "the beginning lost but the SYN": lambda p: p[:1] + p[5:],
            "four lost": lambda p: p[:7] + p[11:],
        }
        for name in ("smtp-plain", "smtp-starttls-tls13", "smtp-starttls-tls12", "imap-login-clear", "pop3-stls",
                     "smtp-plain-then-starttls"):
            pcap = Pcap(CAPTURES / f"{name}.pcap")
            for what, view in views.items():
                report, run = self.pair(pcap, view(pcap.packets))
                context = f"{name}, {what}\n{run}"
                self.assertEqual(self.ACCUSING & {s["kind"] for s in report["stories"]}, set(), context)
                notes = [o["note"] for f in report["findings"] if f["id"] == "starttls-stripped-suspected" for o in f["occurrences"]]
                self.assertEqual(notes, [], context)
                if len(report["sessions"]) == 2:
                    self.assertEqual(report.get("seen_again"), 1, context)

    def test_a_port_used_again_is_another_connection(self):
        one, two = Pcap(CAPTURES / "smtp-plain.pcap"), Pcap(CAPTURES / "smtp-starttls-tls13.pcap")
        ends = [ports_of(p.packets[0][2]) for p in (one, two)]
        shift = one.packets[-1][0] - two.packets[0][0] + MICROSECOND
        again = [(t + shift, w, readdressed(readdressed(d, ends[1][:2], ends[0][:2]), ends[1][2:], ends[0][2:]))
                 for t, w, d in two.packets]
        self.assertLess(again[0][0] - one.packets[0][0], 10**9)
        both = Pcap(octets=one.octets(one.packets + again))
        report, run = self.pair(both, both.packets, 200 * MICROSECOND)
        self.assertEqual(report["seen_again"], 2, run)
        self.assertEqual(self.ACCUSING & {s["kind"] for s in report["stories"]}, set(), run)

    def test_a_copy_is_read_once(self):
        path = CAPTURES / "smtp-plain.pcap"
        copy, link = self.file("copy.pcap", path.read_bytes()), self.folder / "link.pcap"
        link.symlink_to(path)
        for again in (path, copy, link):
            report, run = self.report(path, again)
            self.assertEqual(len(report["sessions"]), 1, run)
            self.assertEqual(len(report["inputs"]), 1, run)
            self.assertIn(f"{again}: the same as {path}; read once", run.err)
        another = bytearray(path.read_bytes())
        another[-3] ^= 1
        report, run = self.report(path, self.file("another.pcap", bytes(another)))
        self.assertEqual(len(report["inputs"]), 2, run)

    def test_clocks_that_differ(self):
        client, server = (Pcap(POINTS / f"removed-{side}.pcap") for side in ("client", "server"))
        for seconds in (30, -30, 300):
            late = [(t + seconds * 10**9, w, d) for t, w, d in server.packets]
            report, run = self.report(self.file("c.pcap", client.octets(client.packets)),
                                      self.file("s.pcap", server.octets(late)))
            self.assertEqual(report.get("seen_again"), 1, run)
            self.assertIn("removed", [s["kind"] for s in report["stories"]], run)


if __name__ == "__main__":
    main()
