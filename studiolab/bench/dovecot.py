"""A real Dovecot for tests and measurements: mailboxes on a free port, in a folder of its own, without rights."""

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

from studiolab import install

CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{home}/mail/%u
mailbox_list_index = no
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class DovecotServer:
    """IMAP on `port` for any user with `password`; `deliver` is what a mail server before it would do."""

    def __init__(self, password):
        self.password, self._numbers = password, count()
        self.home = Path(tempfile.mkdtemp(prefix="dovecot-"))
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())  # Dovecot serves no root
        self._owner = owner.pw_uid, owner.pw_gid
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        group = grp.getgrgid(owner.pw_gid).gr_name
        config = CONFIG.format(home=self.home, user=owner.pw_name, group=group, port=self.port, password=password)
        (self.home / "dovecot.conf").write_text(config)
        (self.home / "mail").mkdir()
        for path in (self.home, *self.home.iterdir()):
            os.chown(path, *self._owner)
        self.start()

    def start(self):
        uid, gid = self._owner
        rights = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
        words = [install.dovecot(), "-F", "-c", str(self.home / "dovecot.conf")]
        self.process = subprocess.Popen(
            words, cwd=self.home, stderr=subprocess.PIPE, text=True, process_group=0, **rights
        )
        while True:
            try:
                imaplib.IMAP4("127.0.0.1", self.port, timeout=5).logout()
                return
            except (OSError, imaplib.IMAP4.error):
                if self.process.poll() is not None:
                    raise RuntimeError(f"Dovecot ended: {self.process.stderr.read()}") from None
                time.sleep(0.05)

    def deliver(self, user, message, folder=""):
        """Put the bytes of a message into a mailbox, as delivery agents do: written aside, then moved."""
        box = self.home / "mail" / user / folder
        for name in ("tmp", "new", "cur"):
            self._make(box / name)
        name = f"{time.time_ns()}.{os.getpid()}_{next(self._numbers)}.test"
        (box / "tmp" / name).write_bytes(message)
        os.chown(box / "tmp" / name, *self._owner)
        (box / "tmp" / name).rename(box / "new" / name)

    def _make(self, folder):
        if not folder.exists():
            self._make(folder.parent)
            folder.mkdir()
            os.chown(folder, *self._owner)

    def log(self):
        return (self.home / "log").read_text()

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)  # its own group: the master and its helpers
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)
