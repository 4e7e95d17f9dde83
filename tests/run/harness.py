"""What the tests of the whole program share: running it, and holding its reports against the schema.

Each test program is called as: NAME_test.py MAILSEAL [unittest options].
"""
import json, os, pathlib, re, signal, socket, subprocess, sys, tempfile, unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CAPTURES = ROOT / "captures"
SHARED = ROOT.parent / "shared"
PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else "mailseal"
PASS, FAIL, CANNOT_RUN, INCONCLUSIVE = 0, 1, 2, 3
SECONDS = 30  # for one run; far more than any needs, also under a sanitizer
SANITIZER = b"Sanitizer" in pathlib.Path(PROGRAM).read_bytes() if os.path.exists(PROGRAM) else False

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))
import validate_report  # noqa: E402

VALIDATOR, INPUTS_VALIDATOR = (validate_report.validator_of(json.loads(path.read_text()))
                               for path in (validate_report.SCHEMA, validate_report.INPUTS))


def quiet_environment(**more):
    """Ours, without what would change the output: what the system trusts, too."""
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "SOURCE_DATE_EPOCH", "CLICOLOR_FORCE")}
    return {**env, "TERM": "xterm", "LC_ALL": "C", "SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere", **more}


def formats():
    """Every name that --format takes, asked of the program: it refuses one that it has not, and names all."""
    done = subprocess.run([PROGRAM, "check", "x", "--format", "?"], capture_output=True, text=True, env=quiet_environment())
    return re.findall(r"([a-z0-9-]+) \(", done.stderr.split("say one of ")[1])


def may_capture():
    """On the loopback device."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
        return pathlib.Path("/sys/class/net/lo").exists()
    except (OSError, AttributeError):
        return False


class Run:
    """One run that ended: exit code, out and err as text."""

    def __init__(self, *arguments, stdin=b"", env=None, **options):
        self.arguments = [str(a) for a in arguments]
        how = dict(input=stdin) if not hasattr(stdin, "fileno") else dict(stdin=stdin)
        done = subprocess.run([PROGRAM, *self.arguments], capture_output=True, timeout=SECONDS,
                              env=env or quiet_environment(), **how, **options)
        self.code, self.raw_out, self.raw_err = done.returncode, done.stdout, done.stderr
        self.out, self.err = (b.decode("utf-8", "strict") for b in (done.stdout, done.stderr))

    @property
    def word(self):
        """The first word printed: the answer."""
        return (self.out.split() or [""])[0]

    def __str__(self):
        return f"mailseal {' '.join(self.arguments)}\nexit {self.code}\n{self.out[:1500]}\n{self.err[:1500]}"


class ProgramTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        held = tempfile.TemporaryDirectory(prefix="mailseal-test-")
        self.addCleanup(held.cleanup)
        self.folder = pathlib.Path(held.name)
        self.folder.chmod(0o755)

    def run_it(self, *arguments, **options):
        run = Run(*arguments, **options)
        self.assertIn(run.code, (PASS, FAIL, CANNOT_RUN, INCONCLUSIVE), f"crashed: {run}")
        self.assertNotIn("internal error", run.err, run)
        return run

    def file(self, name, octets):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets if isinstance(octets, bytes) else octets.encode())
        return path

    def valid(self, text, context="", validator=VALIDATOR):
        """The report as parsed, once the schema has passed it."""
        text = text if isinstance(text, str) else text.decode("utf-8")
        self.assertEqual(validate_report.faults(text, validator)[:5], [], f"not valid: {context}")
        return json.loads(text)

    def report(self, *arguments, **options):
        """Runs `check ARGUMENTS` for its JSON: (report, run)."""
        run = self.run_it("check", *arguments, "-o", "-", "--format", "json", **options)
        report = self.valid(run.out, run)
        self.assertEqual(report["exit_code"], run.code, run)
        return report, run

    def one_line(self, run, *words):
        """Exactly one line on stderr, by the program, that holds each of the words."""
        self.assertRegex(run.err, r"\Amailseal: [^\n]+\n\Z", run)
        for word in words:
            self.assertIn(word, run.err, run)

    def refused(self, *arguments, words=(), **options):
        """Could not run: exit 2, one line that says so, nothing on standard output."""
        run = self.run_it(*arguments, **options)
        self.assertEqual(run.code, CANNOT_RUN, run)
        self.one_line(run, *words)
        self.assertEqual(run.out, "", run)
        return run


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    unittest.main(argv=sys.argv, verbosity=1)
