#!/bin/bash
# A variable that is released on every path (AUTO_TEXT, AUTO_ARENA, ...) is made on every path: between its
# declaration without a value and its first use as &name there is no return, continue, break or goto.  TAP on stdout.
set -u
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1
found=$(find app tests bench -name '*.c' | sort | xargs awk '
	FNR == 1 || /^}/ { split("", open) }
	{ for (name in open) {
		if (index($0, "(&" name)) delete open[name]
		else if ($0 ~ /(^|[^a-z_])(return|continue|break|goto)([^a-z_]|$)/) { print FILENAME ":" FNR ": leaves before " name " is made"; delete open[name] } } }
	match($0, /AUTO_[A-Z]+ struct [a-z_]+ [a-z_]+;/) { part = substr($0, RSTART, RLENGTH - 1); sub(/.* /, "", part); open[part] = 1 }
')
echo 1..1
if [ -z "$found" ]; then
	echo "ok 1 - what is released on every path is made on every path"
else
	echo "$found" | sed 's/^/# /'
	echo "not ok 1 - what is released on every path is made on every path"
	exit 1
fi
