"""File systems under measurement: ftpsfs and rclone, mounted afresh for each."""
import re
import shutil
import subprocess
import time
from pathlib import Path

import processes

MOUNT_SECONDS = 30
UNMOUNT_SECONDS = 30


def is_mounted(path):
    """By the kernel's table alone: a stat could hang."""
    return any(line.split()[4] == str(path) for line in Path("/proc/self/mountinfo").read_text().splitlines())


class Mount:
    """Mounted between `with` and its end. A subclass tells the command that mounts and stays in the foreground."""

    def __init__(self, server, line, scratch):
        self.server, self.line = server, line
        self.path = scratch / "mnt"
        self._scratch = scratch
        self._daemon = None

    def command(self, scratch):
        """The words of the command and its further environment. `scratch` is an empty directory for its files."""
        raise NotImplementedError

    def __enter__(self):
        shutil.rmtree(self._scratch, ignore_errors=True)
        self.path.mkdir(parents=True)
        argv, environment = self.command(self._scratch)
        self._daemon = processes.start(self.line.at_client(argv), self._scratch / "log", environment)
        try:
            self._await_mount()
        except BaseException:
            self.kill()
            raise
        return self

    def _await_mount(self):
        deadline = time.monotonic() + MOUNT_SECONDS
        while not is_mounted(self.path):
            if self._daemon.poll() is not None:
                raise processes.Failure(f"cannot mount: {self._last_word()}")
            if time.monotonic() > deadline:
                raise processes.Failure(f"not mounted after {MOUNT_SECONDS} s: {self._last_word()}")
            time.sleep(0.02)

    def _last_word(self):
        return (processes.lines_of((self._scratch / "log").read_bytes()) or ["it said nothing"])[-1]

    def peak_mib(self):
        """The most memory the daemon ever had resident."""
        status = Path(f"/proc/{self._daemon.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024

    def kill(self):
        """Ends the daemon and takes the mount away, whatever state they are in."""
        subprocess.run(["fusermount3", "-u", "-z", self.path], stderr=subprocess.DEVNULL, check=False,
                       timeout=UNMOUNT_SECONDS)
        processes.end(self._daemon)

    def __exit__(self, kind, *_):
        if kind is not None:
            self.kill()
            return
        try:
            processes.run(["fusermount3", "-u", self.path], UNMOUNT_SECONDS)
            self._daemon.wait(UNMOUNT_SECONDS)
        except (processes.Failure, subprocess.TimeoutExpired) as reason:
            self.kill()
            raise processes.Failure(f"does not unmount: {reason}") from None


class Ftpsfs(Mount):
    program = None  # set once by the bench

    def command(self, scratch):
        credentials = scratch / "credentials"
        credentials.touch(mode=0o600)
        credentials.write_text(f"username={self.server.user}\npassword={self.server.password}\n")
        options = f"credentials={credentials},ca={self.server.ca},staging_dir={scratch / 'staging'}"
        return [self.program, "-f", "-o", options, f"ftpes://{self.server.address}:{self.server.port}", self.path], {}


class Rclone(Mount):
    """With TLS 1.3 rclone reaches no vsftpd, and with its chunks of 128 MiB it reads no large file from any of the three:
    it ends a transfer early where a chunk ends, and the next one fails. Its FTP backend trusts only what Go's own variable
    names."""
    cache_mode = None

    def command(self, scratch):
        hidden = processes.run(["rclone", "obscure", self.server.password], MOUNT_SECONDS).output.strip()
        config = scratch / "rclone.conf"
        config.touch(mode=0o600)
        config.write_text(f"[bench]\ntype = ftp\nhost = {self.server.address}\nport = {self.server.port}\n"
                          f"user = {self.server.user}\npass = {hidden}\nexplicit_tls = true\ndisable_tls13 = true\n")
        return ["rclone", "mount", "bench:", self.path, "--config", config, "--cache-dir", scratch / "cache",
                "--vfs-cache-mode", self.cache_mode, "--vfs-read-chunk-size", "off"], {"SSL_CERT_FILE": str(self.server.ca)}


class RcloneOff(Rclone):
    cache_mode = "off"


class RcloneFull(Rclone):
    cache_mode = "full"
