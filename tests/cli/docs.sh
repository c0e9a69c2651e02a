#!/bin/sh
# docs/commands.md says what the program says, docs/settings.md has every setting that is read.
. "$(dirname "$0")/tap.sh"
commands=$top/docs/commands.md
settings=$top/docs/settings.md

"$SIDEWAYS" help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  *.*/\1/p' | sed 's/   *.*//' >names
is "help lists commands" "$([ "$(wc -l <names)" -gt 10 ] && echo many)" many
while read -r name; do
	case $name in "sideways help"*) continue ;; esac
	# shellcheck disable=SC2086
	run help $name
	usage=$(printf '%s\n' "$out" | sed -n 's/^usage: //p')
	has "commands.md has $usage" "$(cat "$commands")" "
    $usage
"
	for option in $(printf '%s\n' "$out" | sed -n 's/^  \(--[a-z]*\).*/\1/p'); do
		section=$(sed -n "/^## $name\$/,/^## /p" "$commands")
		case $option in --config | --db | --help) continue ;; esac
		has "its section has $option" "$section" "\`$option"
	done
done <names

# Rows of the schema whose type is not UNSUPPORTED; price and pattern rows are shown by their stem.
schema=$top/app/settings/schema.c
sed -n '/rows\[\] = {/,/^};/p' "$schema" | grep -v UNSUPPORTED |
	sed -n 's/^[^"]*"\([a-z_.]*\).*/\1/p' | sort -u >keys
is "the schema has keys" "$([ "$(wc -l <keys)" -gt 60 ] && echo many)" many
missing=
while read -r key; do
	grep -qF "\`$key" "$settings" || missing="$missing $key"
done <keys
is "settings.md has every key that is read" "$missing" ""
done_testing
