#!/bin/sh
# No function over 60 lines, no file over 600.  Needs universal-ctags (its end: field).
cd "$(dirname "$0")/../.." || exit 99
echo 1..2
status=0
report() {
	if [ -z "$3" ]; then
		echo "ok $1 - $2"
	else
		echo "$3" | sed 's/^/# /'
		echo "not ok $1 - $2"
		status=1
	fi
}
sources=$(find app -name '*.[ch]' | LC_ALL=C sort)
if ctags --version 2>/dev/null | grep -q '^Universal'; then
	# shellcheck disable=SC2086
	report 1 "functions have at most 60 lines" "$(ctags -f - --languages=C --kinds-C=f --fields=ne --sort=no $sources |
		awk -F'\t' '{
			line = 0; end = 0
			for (i = 4; i <= NF; i++) {
				if ($i ~ /^line:/) line = substr($i, 6)
				if ($i ~ /^end:/) end = substr($i, 5)
			}
			if (end - line + 1 > 60)
				print $2 ":" line ": " $1 " has " end - line + 1 " lines"
		}')"
else
	echo "ok 1 - functions have at most 60 lines # SKIP universal-ctags is not installed"
fi
# shellcheck disable=SC2086
report 2 "files have at most 600 lines" "$(wc -l $sources |
	awk '$2 != "total" && $1 > 600 { print $2 " has " $1 " lines" }')"
exit $status
