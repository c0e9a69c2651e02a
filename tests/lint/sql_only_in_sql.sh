#!/bin/sh
# SQL stands in sql/, and only app/store talks to SQLite: no other folder calls it, and no string
# begins like a statement.
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
sources=$(find app -name '*.[ch]' ! -path 'app/store/*' | LC_ALL=C sort)
# shellcheck disable=SC2086
report 1 "only app/store calls SQLite" "$(grep -nE 'sqlite3_|#[ \t]*include <sqlite3' $sources)"
# shellcheck disable=SC2086
report 2 "statements stand in sql/" \
	"$(grep -nE '"(SELECT|INSERT|UPDATE|DELETE|REPLACE|BEGIN|COMMIT|ROLLBACK|CREATE|ALTER|DROP|PRAGMA)( [A-Za-z"*(]|;|")' $sources)"
exit $status
