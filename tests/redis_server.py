"""A real Redis for tests, in a process of its own that keeps nothing on disk."""

import os
import signal
import socket
import subprocess
import time

import redis

from studiolab import install


class RedisServer:
    """`url` and `line` (a redis client) to a server that `start`, `kill` and `pause` act on."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.line = redis.Redis(port=self.port)
        self.start()

    def start(self):
        program, name = install.redis_server()
        words = [name, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(words, executable=program, stdout=subprocess.DEVNULL)
        while True:
            try:
                self.line.ping()
                return
            except redis.RedisError:
                assert self.process.poll() is None
                time.sleep(0.02)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        """Keep the connection and answer nothing, as a machine that is overloaded."""
        os.kill(self.process.pid, signal.SIGSTOP)
