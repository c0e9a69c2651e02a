#!/bin/sh
# A name says where it stands: no two folders of app/ share a file's base name, and a static function's
# name stands in two files at most.  One that three files want takes its file's word: plan_after_failure.
cd "$(dirname "$0")/../.." || exit 99
echo 1..2
status=0
bad=$(find app -name '*.[ch]' | sed 's,.*/,,' | LC_ALL=C sort | uniq -d)
if [ -z "$bad" ]; then
	echo "ok 1 - file names are unique"
else
	for name in $bad; do
		find app -name "$name" | sed 's,^,# ,'
	done
	echo "not ok 1 - file names are unique"
	status=1
fi
# A definition starts in the first column; its head may go on in the lines below.
bad=$(find app -name '*.c' | LC_ALL=C sort | xargs awk '
	FNR == 1 { head = "" }
	/^static / { head = $0; sub(/__attribute__\(\([a-z]+\)\) /, "", head) }
	head != "" && !/^static / { head = head " " $0 }
	head ~ /[;=({]/ {
		if (match(head, /^static [^;=({]*[a-z0-9_]+\(/)) {
			name = substr(head, 1, RLENGTH - 1)
			sub(/^.*[^a-z0-9_]/, "", name)
			if (!((name, FILENAME) in seen)) {
				seen[name, FILENAME] = 1
				count[name]++
				at[name] = at[name] " " FILENAME
			}
		}
		head = ""
	}
	END { for (name in count) if (count[name] > 2) print name ":" at[name] }' | LC_ALL=C sort)
if [ -z "$bad" ]; then
	echo "ok 2 - a static function's name stands in two files at most"
else
	echo "$bad" | sed 's,^,# ,'
	echo "not ok 2 - a static function's name stands in two files at most"
	status=1
fi
exit $status
