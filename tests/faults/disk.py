"""A disk that loses its power: what nobody synced is gone."""
import ctypes
import fcntl
import os
import struct
import subprocess
import time

SIZE = 256 << 20
CLONE_NEWNS = 0x20000
EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2                # not even the file system's own journal gets what it does not have yet
UMOUNT_SECONDS = 10


class NoDisk(Exception):
    """Says why there can be none here."""


class Disk:
    """An ext4 file system in an image, mounted for us and our children alone, so that it ends with us."""

    def __init__(self, scratch):
        self.path = scratch / "disk"
        self.path.mkdir()
        self._image = scratch / "disk.img"
        self._canary = self.path / "canary"
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
            raise NoDisk(f"unshare: {os.strerror(ctypes.get_errno())}")
        with self._image.open("wb") as image:
            image.truncate(SIZE)
        try:
            self._run("mount", "--make-rprivate", "/")
            self._run("mkfs.ext4", "-q", "-F", self._image)
            self._mount()
        except (OSError, subprocess.CalledProcessError) as error:
            raise NoDisk(getattr(error, "stderr", None) or error) from error

    def cut(self):
        """From now on nothing reaches the disk, neither what is written nor what waits in the page cache."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._canary.write_text("not synced")
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)

    def restore(self):
        """Once nobody has a file open there. The file system's journal is replayed."""
        self.end()
        self._mount()
        if self._canary.exists() and self._canary.read_text() == "not synced":
            raise RuntimeError("a file that nobody synced survived the cut, so the cut proves nothing")
        self._canary.unlink(missing_ok=True)

    def end(self):
        give_up = time.monotonic() + UMOUNT_SECONDS
        while subprocess.run(["umount", self.path], capture_output=True, check=False).returncode != 0:
            if time.monotonic() > give_up:
                raise RuntimeError(f"{self.path} is busy")
            time.sleep(0.05)

    def _mount(self):
        self._run("mount", "-o", "loop", self._image, self.path)

    @staticmethod
    def _run(*argv):
        subprocess.run(argv, check=True, capture_output=True, text=True)
