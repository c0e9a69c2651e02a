#!/bin/bash
# A list of maps behind YAML's merge key, and which of two maps wins.
#
# Guess: PyYAML, which reads LiteLLM's config.yaml, follows the merge key's specification: of the maps in
#        `<<: [*a, *b]` the first that has a key wins; and if a release turned that round, it did so for every key.
# Seen:  up to 6.0.3 the first wins.  From 6.0.4 on the last wins for names of more than one character, and the first
#        for names of one.  Merged keys are told apart by the identity of Python's string, and CPython keeps one object
#        for each string of one character only.  So a config.yaml that merges two maps with `model` calls another model
#        after the upgrade, and a test with keys such as `x` sees no change.
# Date:  2026-11-29.  Source: yaml/constructor.py (flatten_mapping) of both releases, and this run.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/ask.py" <<'PY'
import yaml
text = """
a: &a {model: first, k: 1}
b: &b {model: second, k: 2}
c: {<<: [*a, *b]}
"""
both = yaml.safe_load(text)["c"]
print("PyYAML", yaml.__version__, "model:", both["model"], "k:", both["k"])
PY
for version in 6.0.3 6.0.4; do
	python3 -m venv "$work/$version"
	"$work/$version/bin/pip" install -q "pyyaml==$version"
	"$work/$version/bin/python" "$work/ask.py" | tee -a "$work/seen"
done
diff - "$work/seen" <<'SEEN'
PyYAML 6.0.3 model: first k: 1
PyYAML 6.0.4 model: second k: 1
SEEN
echo 'as described'
