#!/bin/sh
# Documents are read in a terminal too: no line of 120 characters or more, but for rows of tables and what a
# program printed (```console).
cd "$(dirname "$0")/../.." || exit 99
echo 1..1
bad=$(find . \( -name node_modules -o -name 'build*' -o -name run -o -path ./tests/golden -o -name .git \) -prune -o -name '*.md' -print |
	LC_ALL=C sort | LC_ALL=C.UTF-8 xargs awk '
		FNR == 1 { printed = 0 }
		/^```/ { printed = /^```console/ }
		!printed && length($0) >= 120 && !/^\|/ { print substr(FILENAME, 3) ":" FNR ": " length($0) " characters" }')
if [ -n "$bad" ]; then
	echo "$bad" | sed 's/^/# /'
	echo "not ok 1 - lines of documents are shorter than 120 characters"
	exit 1
fi
echo "ok 1 - lines of documents are shorter than 120 characters"
