"""Conversations inside TLS, made with Python's ssl module and without a network: what each side sent, and the key log."""
import atexit, functools, pathlib, shutil, ssl, subprocess, tempfile, warnings

NO_ENCRYPT_THEN_MAC, NO_EXTENDED_MASTER_SECRET = 1 << 19, 1 << 0  # of OpenSSL, which the module does not name
VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@functools.lru_cache(None)
def folder():
    made = tempfile.mkdtemp(prefix="mailseal-sealed-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return pathlib.Path(made)


@functools.lru_cache(None)
def certificate(kind="rsa", sent=1):
    """A key and its self-signed certificate in one file, so many times."""
    path = folder() / f"{kind}.pem"
    if sent > 1:
        certificate(kind)
        long = folder() / f"{kind}-{sent}.pem"
        long.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes() * (sent - 1))
        return str(long)
    how = ["-newkey", "rsa:2048"] if kind == "rsa" else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    subprocess.run(["openssl", "req", "-x509", *how, "-nodes", "-subj", "/CN=mail.example", "-days", "30",
                    "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return str(path)


def contexts(version=None, ciphers="ALL:COMPLEMENTOFALL:@SECLEVEL=0", options=0, kind="rsa", keylog=None, sent=1):
    client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    if keylog:
        client.keylog_filename = str(keylog)
    for context in (client, server):
        context.set_ciphers(ciphers)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            context.minimum_version = VERSIONS[version or "1.0"]
            context.maximum_version = VERSIONS[version or "1.3"]
        context.options |= options
    server.load_cert_chain(certificate(kind, sent))
    return client, server


class Talk:
    """Two ends of TLS; `sent` is what crossed between them: [("C"|"S", octets)]."""

    def __init__(self, pair, session=None):
        client, server = pair
        self.sent = []
        self.into = {side: ssl.MemoryBIO() for side in "CS"}
        self.out = {side: ssl.MemoryBIO() for side in "CS"}
        self.ends = {"C": client.wrap_bio(self.into["C"], self.out["C"], server_hostname="mail.example", session=session),
                     "S": server.wrap_bio(self.into["S"], self.out["S"], server_side=True)}
        done = set()
        while len(done) < 2:
            for side in "CS":
                try:
                    self.ends[side].do_handshake()
                    done.add(side)
                except ssl.SSLWantReadError:
                    pass
                self.pass_on(side)
        self.read("C")  # the tickets

    def pass_on(self, side):
        if octets := self.out[side].read():
            self.sent.append((side, octets))
            self.into["S" if side == "C" else "C"].write(octets)

    def read(self, side):
        try:
            while self.ends[side].read(65536):
                pass
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass

    def say(self, dialogue):
        for side, said in dialogue:
            self.ends[side].write(said if isinstance(said, bytes) else said.encode())
            self.pass_on(side)
            self.read("S" if side == "C" else "C")
        return self.sent


def sealed(dialogue, keylog=None, **how):
    """The dialogue inside TLS from the first octet on."""
    return Talk(contexts(keylog=keylog, **how)).say(dialogue)
