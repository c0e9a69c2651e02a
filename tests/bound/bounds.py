"""Our bound of many bodies or texts, from the program tests/bound/weigh (make tests/bound/weigh)."""
import json
import os
import pathlib
import struct
import subprocess

WEIGH = os.environ.get("WEIGH", str(pathlib.Path(__file__).parent / "../../build/tests/bound/weigh"))


class Bounds:
    OPENAI, ANTHROPIC, TEXT, BARE = 0, 1000, 2000, 3000

    def __init__(self):
        self.program = subprocess.Popen([WEIGH], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def of(self, bodies, tokenizer, what):
        """Tokens of each body (bytes); at most some megabytes at once."""
        frames = b"".join(struct.pack("=II", what + tokenizer, len(b)) + b for b in bodies)
        self.program.stdin.write(frames + struct.pack("=II", 0, 0))
        self.program.stdin.flush()
        answer = self.program.stdout.read(8 * len(bodies))
        return struct.unpack(f"={len(bodies)}q", answer)

    def of_texts(self, texts, tokenizer):
        return self.of([json.dumps(t, ensure_ascii=False).encode() for t in texts], tokenizer, self.TEXT)
