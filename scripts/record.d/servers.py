"""The lab: two network namespaces joined by a veth pair, Postfix and Dovecot in one, the clients in the other.

Runs inside the room that room.sh makes, so it writes to /etc and /srv as it likes. Everything is throwaway.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

CLIENT, CLIENT6 = "192.0.2.7", "2001:db8::7"
# One address for each way a server can be set up.
USUAL = "192.0.2.25"        # STARTTLS offered, submission, POP3, IMAP, LMTP
WITHOUT_TLS = "192.0.2.26"  # no STARTTLS
ONLY_TLS12 = "192.0.2.27"   # TLS 1.2 and no other
ONLY_TLS10 = "192.0.2.28"   # TLS 1.0 and no other: today's clients fail
NULL_CIPHER = "192.0.2.29"  # NULL suites, the first choice
BROKEN_KEY = "192.0.2.30"   # STARTTLS offered, answered by 454
USUAL6 = "2001:db8::25"

USER, PASSWORD, DOMAIN = "anna", "not-a-secret-1925", "mail.example"
MARKER = "MARKER-1111111111"
MAIL = f"""From: Bert <bert@client.example>
To: Anna <anna@mail.example>
Subject: core capture
Message-Id: <core-1@client.example>
Date: Sat, 21 Nov 2026 10:00:00 +0000

{MARKER}
This text stands in the body of the mail.
"""


def run(*command, **options):
    # Its words go to a file: a daemon that it leaves behind would hold a pipe open for ever.
    with tempfile.TemporaryFile("w+") as words:
        done = subprocess.run(command, stdout=words, stderr=words, text=True, **options)
        if done.returncode:
            words.seek(0)
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{words.read()}")


def served(*command):
    run("ip", "netns", "exec", "mail", *command)


def network():
    run("hostname", "client.example")
    run("ip", "link", "set", "lo", "up")
    run("ip", "netns", "add", "mail")
    run("ip", "link", "add", "lan", "type", "veth", "peer", "name", "lan", "netns", "mail")
    run("ip", "addr", "add", f"{CLIENT}/24", "dev", "lan")
    run("ip", "addr", "add", f"{CLIENT6}/64", "dev", "lan", "nodad")
    for address in (USUAL, WITHOUT_TLS, ONLY_TLS12, ONLY_TLS10, NULL_CIPHER, BROKEN_KEY):
        served("ip", "addr", "add", f"{address}/24", "dev", "lan")
    served("ip", "addr", "add", f"{USUAL6}/64", "dev", "lan", "nodad")
    for where in (run, served):
        # Frames as they are on a wire: no segment larger than the MTU, checksums filled in.
        where("ethtool", "-K", "lan", "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        where("ip", "link", "set", "lan", "up")
        where("ip", "link", "set", "lo", "up")
    with open("/etc/hosts", "a", encoding="ascii") as hosts:
        hosts.write(f"{CLIENT} client.example\n{USUAL} mail.example\n{WITHOUT_TLS} plain.mail.example\n")


def certificates(folder):
    folder.mkdir(parents=True)
    os.chdir(folder)
    name = ("-subj", "/CN=mail.example", "-addext", "subjectAltName=DNS:mail.example", "-days", "3650")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
        "-subj", "/CN=Throwaway Test CA", "-days", "3650")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "mail.key", "-out", "mail.pem",
        "-CA", "ca.pem", "-CAkey", "ca.key", *name)
    (folder / "broken.key").write_text("no key\n")


MAIN = """compatibility_level = 3.6
queue_directory = /srv/{0}/queue
data_directory = /srv/{0}/data
maillog_file = /var/log/{0}.log
maillog_file_prefixes = /var/log
alternate_config_directories = /etc/postfix-client
mynetworks =
smtputf8_enable = no
"""
# name, private, wake-up time, most processes, program
SERVICES = "".join(
    f"{name} {'unix-dgram' if name == 'postlog' else 'unix'} {private} - n {wake} {most} {program}\n"
    for name, private, wake, most, program in (
        ("postlog", "n", "-", "1", "postlogd"), ("pickup", "n", "60", "1", "pickup"),
        ("cleanup", "n", "-", "0", "cleanup"), ("qmgr", "n", "300", "1", "qmgr"),
        ("tlsmgr", "-", "1000?", "1", "tlsmgr"), ("rewrite", "-", "-", "-", "trivial-rewrite"),
        ("bounce", "-", "-", "0", "bounce"), ("defer", "-", "-", "0", "bounce"),
        ("trace", "-", "-", "0", "bounce"), ("smtp", "-", "-", "-", "smtp"),
        ("error", "-", "-", "-", "error"), ("retry", "-", "-", "-", "error"),
        ("discard", "-", "-", "-", "discard"), ("anvil", "-", "-", "1", "anvil"),
        ("scache", "-", "-", "1", "scache"), ("proxymap", "-", "-", "-", "proxymap"),
    ))


def postfix(name, config, settings, services):
    config.mkdir(parents=True, exist_ok=True)
    for part in ("queue", "data"):
        pathlib.Path(f"/srv/{name}/{part}").mkdir(parents=True, exist_ok=True)
    shutil.chown(f"/srv/{name}/data", "postfix")
    (config / "main.cf").write_text(MAIN.format(name) + settings)
    (config / "master.cf").write_text(SERVICES + services)


def postfix_server(tls):
    sasl = "-o smtpd_sasl_auth_enable=yes -o smtpd_sasl_type=dovecot -o smtpd_sasl_path=private/auth"
    settings = f"""myhostname = mail.example
mydestination = mail.example
local_recipient_maps =
local_transport = discard:
smtpd_tls_cert_file = {tls}/mail.pem
smtpd_tls_key_file = {tls}/mail.key
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
"""
    services = f"""{USUAL}:25 inet n - n - - smtpd
[{USUAL6}]:25 inet n - n - - smtpd
{USUAL}:587 inet n - n - - smtpd {sasl}
{USUAL}:465 inet n - n - - smtpd {sasl} -o smtpd_tls_wrappermode=yes
{WITHOUT_TLS}:25 inet n - n - - smtpd -o smtpd_tls_security_level=none
{ONLY_TLS12}:25 inet n - n - - smtpd -o smtpd_tls_protocols=TLSv1.2
{ONLY_TLS10}:25 inet n - n - - smtpd -o smtpd_tls_protocols=TLSv1
{NULL_CIPHER}:25 inet n - n - - smtpd -o smtpd_tls_ciphers=null -o smtpd_tls_protocols=TLSv1.2
{BROKEN_KEY}:25 inet n - n - - smtpd -o smtpd_tls_key_file={tls}/broken.key
"""
    postfix("postfix", pathlib.Path("/etc/postfix"), settings, services)
    served("postfix", "-c", "/etc/postfix", "start")


def postfix_client():
    """A Postfix that sends opportunistically; `relay` sets where to."""
    settings = """myhostname = client.example
mydestination =
inet_interfaces = loopback-only
smtp_tls_security_level = may
smtp_tls_protocols = >=TLSv1.2
smtp_host_lookup = native
minimal_backoff_time = 2s
queue_run_delay = 2s
"""
    postfix("postfix-client", pathlib.Path("/etc/postfix-client"), settings, "")
    run("postfix", "-c", "/etc/postfix-client", "start")


def relay(address):
    run("postconf", "-c", "/etc/postfix-client", "-e", f"relayhost = [{address}]")
    run("postfix", "-c", "/etc/postfix-client", "reload")
    time.sleep(1)


def dovecot(tls):
    for place in ("cur", "new", "tmp"):
        pathlib.Path(f"/srv/mail/{USER}/{place}").mkdir(parents=True)
    pathlib.Path(f"/srv/mail/{USER}/new/1.core").write_text(MAIL)
    run("chown", "-R", "mail:mail", "/srv/mail")
    config = pathlib.Path("/etc/dovecot-core")
    config.mkdir()
    (config / "dovecot.conf").write_text(f"""
protocols = imap pop3 lmtp
listen = {USUAL}
log_path = /var/log/dovecot.log
ssl = yes
ssl_cert = <{tls}/mail.pem
ssl_key = <{tls}/mail.key
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:~
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
protocol imap {{
  mail_plugins = imap_zlib
}}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home=/srv/mail/%n allow_all_users=yes
}}
service lmtp {{
  inet_listener lmtp {{
    address = {USUAL}
    port = 24
  }}
}}
service auth {{
  unix_listener /srv/postfix/queue/private/auth {{
    mode = 0666
  }}
}}
""")
    served("dovecot", "-c", str(config / "dovecot.conf"))


def start():
    network()
    tls = pathlib.Path("/srv/tls")
    certificates(tls)
    postfix_server(tls)
    dovecot(tls)
    postfix_client()
    time.sleep(2)
