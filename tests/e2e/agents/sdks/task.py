"""What the Python clients have in common: where the gateway is, the task, and the tool."""
import os
import subprocess

BASE, KEY, MODEL = os.environ["BASE"], os.environ["KEY"], os.environ["MODEL"]
PLAIN = "Say what this is, in two words."
TASK = "Write the word PEACH into peach.txt, then read the file and tell me what the marker is."
DESCRIPTION = "Runs a command in a shell"
PARAMETERS = {"type": "object", "properties": {"command": {"type": "string", "description": "The command"}}, "required": ["command"], "additionalProperties": False}


def run_command(command: str) -> str:
    """Runs a command in a shell.

    Args:
        command: The command
    """
    return subprocess.run(command, shell=True, capture_output=True, text=True).stdout


def show(whole: str, stream: str) -> None:
    print(f"whole: {whole}\nstream: {stream}", flush=True)
