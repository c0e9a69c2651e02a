#!/bin/sh
# Everything is as `make format` leaves it.
cd "$(dirname "$0")/../.." || exit 99
echo 1..1
format=${CLANG_FORMAT:-clang-format}
if ! command -v "$format" >/dev/null; then
	echo "ok 1 - sources are formatted # SKIP $format is not installed"
	exit 0
fi
if said=$(find app tests bench -name '*.[ch]' ! -path '*/node_modules/*' 2>/dev/null | LC_ALL=C sort | xargs -n 100 "$format" --dry-run -Werror 2>&1); then
	echo "ok 1 - sources are formatted"
else
	echo "$said" | sed -n 's/^\([^ :]*\):[0-9]*:[0-9]*: .*/# \1/p' | uniq
	echo "not ok 1 - sources are formatted (run make format)"
	exit 1
fi
