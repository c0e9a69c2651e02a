"""Bodies as agents and chats send them, in OpenAI's format: {name: chat}.  Made from files at hand, the same in each run.

Code and JSON are this tree's and Python's own, prose in eight languages is TypeScript's messages (npm), tools are written as coding
agents have them.  Requests that agents really sent are taken along: recorded/, and the folder BOUND_RECORDED (record.mjs makes them).
"""
import gzip
import json
import os
import pathlib
import random
import sysconfig

from families import HOME
from recorded import as_chat

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = pathlib.Path(sysconfig.get_paths()["stdlib"])
LANGUAGES = {"german": "de", "french": "fr", "spanish": "es", "portuguese": "pt-br", "russian": "ru", "japanese": "ja", "chinese": "zh-cn", "korean": "ko"}
SYSTEM = (ROOT / "docs/operate.md").read_text()[:3000]


def text(path, size):
    return path.read_text(errors="replace")[:size]


def prose(language, size):
    messages = json.loads((HOME / f"node_modules/typescript/lib/{language}/diagnosticMessages.generated.json").read_text())
    return " ".join(messages.values())[:size]


def chat(*contents, system="You are a helpful assistant.", **more):
    roles = ["user", "assistant"]
    messages = [{"role": roles[i % 2], "content": c} for i, c in enumerate(contents)]
    return {"model": "m", "messages": [{"role": "system", "content": system}] + messages} | more


def tool(name, description, required, **properties):
    parameters = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def string(description, **more):
    return {"type": "string", "description": description} | more


TOOLS = [
    tool("read_file", "Reads a file from the local filesystem. Up to 2000 lines are returned from the beginning unless offset and limit say otherwise; "
         "lines longer than 2000 characters are cut. Results have line numbers like cat -n.", ["path"], path=string("The absolute path of the file"),
         offset={"type": "integer", "description": "The line to start from", "minimum": 0}, limit={"type": "integer", "description": "How many lines", "default": 2000}),
    tool("edit_file", "Replaces an exact text in a file by another. The text must be unique in the file; give more context around it if it is not, or set replace_all.",
         ["path", "old", "new"], path=string("The absolute path of the file"), old=string("The text to replace"), new=string("What stands there instead"),
         replace_all={"type": "boolean", "description": "Replace all of them", "default": False}),
    tool("run", "Runs a command in a shell and gives its output and exit status.\n\nBefore you run it:\n1. If it makes new files or folders, look first whether the parent exists.\n"
         "2. Quote paths with spaces.\n\nThe output is cut at 30000 characters.", ["command"], command=string("The command"),
         timeout={"type": "number", "description": "In milliseconds, at most 600000"}, background={"type": "boolean", "description": "Do not wait for it"}),
    tool("search", "Searches file contents with a regular expression (ripgrep).", ["pattern"], pattern=string("The expression"), path=string("Where to search"),
         mode=string("What is shown", enum=["content", "files", "count"]), types={"type": "array", "items": {"type": "string"}, "description": "Kinds of files"}),
    tool("plan", "Keeps a list of what is to be done.", ["todos"], todos={"type": "array", "description": "The whole list", "items": {"type": "object", "properties": {
        "content": {"type": "string", "minLength": 1}, "status": {"type": "string", "enum": ["pending", "in_progress", "completed"]},
        "priority": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, "required": ["content", "status"]}}),
    tool("get_weather", "The weather of a place.", ["location"], location=string("City and state, as in San Francisco, CA"), unit=string("", enum=["celsius", "fahrenheit"])),
]


def many_tools(count):
    made = random.Random(count)
    nouns = "invoice customer branch issue ticket release comment label milestone pipeline artifact secret".split()
    return [tool(f"{made.choice(['create', 'list', 'update', 'delete', 'get'])}_{made.choice(nouns)}_{i}", f"Works on one {made.choice(nouns)} of the project's tracker and gives it back as JSON. "
                 "Fails when it does not exist or the caller may not see it.", ["id"], id={"type": "integer", "description": "Its number"},
                 title=string("What it is called"), state=string("Its state", enum=["open", "closed", "all"]), per_page={"type": "integer", "description": "How many a page (at most 100)"})
            for i in range(count)]


def session(steps, files, tools=TOOLS):
    """A coding agent's session: it reads files, runs commands, and says something now and then."""
    made = random.Random(steps)
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "Find out why the tests fail and mend it."}]
    for step in range(steps):
        path = files[step % len(files)]
        name, arguments, result = made.choice([
            ("read_file", {"path": str(path), "offset": step}, text(path, 6000)),
            ("run", {"command": f"make check 2>&1 | tail -{step + 20}"}, "PASS: test_one\n" * 20 + "FAIL: test_two - expected 3, got 4\n"),
            ("search", {"pattern": "struct [a-z_]+", "path": "app", "mode": "content"}, "\n".join(f"{path.name}:{n}:{line}" for n, line in enumerate(text(path, 2500).split("\n"), 1))),
            ("get_weather", {"location": "Paris"}, json.dumps({"temperature": 21.5, "values": [made.randint(0, 99) for _ in range(40)]}, separators=(",", ":")))])
        call = {"id": "call_%024x" % made.getrandbits(96), "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        messages.append({"role": "assistant", "content": "Let me look at that file first." if step % 3 == 0 else "", "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
    return {"model": "m", "messages": messages + [{"role": "user", "content": "Go on."}], "tools": tools}


def bodies():
    c_files = sorted((ROOT / "app/relay").glob("*.c"))
    js_files = sorted((ROOT / "tests/e2e").glob("*.mjs"))
    python = [PYTHON / n for n in ("argparse.py", "asyncio/base_events.py", "typing.py", "tarfile.py", "ast.py", "doctest.py")]
    out = {}
    for size in (2000, 20000):
        out |= {f"c {size}": chat("Review this:\n\n" + text(c_files[1], size)), f"python {size}": chat("What does this do?\n```python\n" + text(python[0], size) + "```")}
        out |= {f"javascript {size}": chat(text(js_files[0], size)), f"english {size}": chat("Summarize:\n" + text(ROOT / "docs/bound.md", size))}
        out |= {f"{name} {size}": chat(prose(code, size)) for name, code in LANGUAGES.items()}
        out |= {f"json {size}": chat("Here is the data:\n" + text(ROOT / "config/openapi.json", size)),
                f"compact json {size}": chat(json.dumps(json.loads((ROOT / "config/openapi.json").read_text()), separators=(",", ":"))[:size])}
    out |= {f"talk of {n} turns": chat(*[text(ROOT / "docs/operate.md", 9000)[i * 300:i * 300 + 300] for i in range(n)]) for n in (6, 26)}
    out |= {f"agent {n} steps": session(n, c_files + python) for n in (1, 5, 20, 60)}
    out |= {"javascript agent": session(30, js_files), "40 tools": chat("Which issues are open?", tools=many_tools(40)), "150 tools": chat("Which issues are open?", tools=many_tools(150)),
            "6 tools": chat("What is the weather in Paris?", tools=TOOLS),
            "python 100 KB": chat("Review:\n" + "\n".join(text(p, 40000) for p in python[:3])), "code 300 KB": chat("\n".join(text(p, 60000) for p in python + c_files[:4])),
            "code 1 MB": chat("\n".join(text(p, 10**6) for p in sorted(PYTHON.glob("*.py")))[:10**6]), "prose 400 KB": chat("\n".join(prose(c, 40000) for c in LANGUAGES.values()))}
    for folder in filter(None, [pathlib.Path(__file__).parent / "recorded", os.environ.get("BOUND_RECORDED")]):
        for path in sorted(pathlib.Path(folder).glob("*.json.gz")):
            out["recorded " + path.name.split(".")[0]] = as_chat(json.loads(gzip.decompress(path.read_bytes())))
    return out
