#!/bin/sh
# A file's base name says which file is meant, so no two folders of app/ share one.
cd "$(dirname "$0")/../.." || exit 99
echo 1..1
bad=$(find app -name '*.[ch]' | sed 's,.*/,,' | LC_ALL=C sort | uniq -d)
if [ -z "$bad" ]; then
	echo "ok 1 - file names are unique"
else
	for name in $bad; do
		find app -name "$name" | sed 's,^,# ,'
	done
	echo "not ok 1 - file names are unique"
	exit 1
fi
