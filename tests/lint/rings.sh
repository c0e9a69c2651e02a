#!/bin/sh
# Files of one folder do not call each other in a ring: from the symbols that each object defines and
# uses.  Wants a build: BUILD, or build/ beside the sources.  (Folders: layers.sh.)
build=$(cd "${BUILD:-build}" && pwd) || exit 99
cd "$(dirname "$0")/../.." || exit 99
set -- "$build"/app/*/*.o
if [ ! -f "$1" ]; then
	echo "1..1"
	echo "not ok 1 - no objects in $build: build first, or say where with BUILD=..."
	exit 1
fi
found=$(for object; do
	source=${object#"$build"/}
	[ -f "${source%.o}.c" ] || continue # of a file that is gone
	nm -P "$object" | sed "s|^|$object |"
done | awk '
	{ folder = $1; sub("/[^/]*$", "", folder); file = $1; sub("^.*/", "", file); sub(/\.o$/, "", file) }
	$3 ~ /^[TDBRVW]$/ { at[folder, $2] = file }
	$3 == "U" { uses[folder, file, $2] = 1 }
	END {
		for (use in uses) {
			split(use, part, SUBSEP)
			to = at[part[1], part[3]]
			if (to != "" && to != part[2])
				print part[1] "/" part[2], part[1] "/" to
		}
	}' | sort -u | tsort 2>&1 >/dev/null | sed -n "s|^tsort: $build/||p")
echo "1..1"
if [ -n "$found" ]; then
	echo "$found" | sed 's/^/# /'
	echo "not ok 1 - no files of one folder call each other in a ring"
	exit 1
fi
echo "ok 1 - no files of one folder call each other in a ring"
