#!/bin/sh
# Checks every #include "folder/..." below app/ against the table in tests/lint/layers.txt.
cd "$(dirname "$0")/../.." || exit 99
echo 1..1
bad=$(find app -mindepth 2 -name '*.[ch]' | LC_ALL=C sort | xargs awk '
	FILENAME == "tests/lint/layers.txt" {
		from = $1; sub(/:.*/, "", from); $1 = from
		may[from] = " " $0 " "
		next
	}
	/^#[ \t]*include "[a-z_]+\// {
		split(FILENAME, path, "/"); from = path[2]
		to = $0; sub(/^[^"]*"/, "", to); sub(/\/.*/, "", to)
		if (index(may[from], " " to " ") == 0)
			print "# " FILENAME ":" FNR ": " from "/ may not include " to "/"
	}' tests/lint/layers.txt)
if [ -z "$bad" ]; then
	echo "ok 1 - includes follow tests/lint/layers.txt"
else
	echo "$bad"
	echo "not ok 1 - includes follow tests/lint/layers.txt"
	exit 1
fi
