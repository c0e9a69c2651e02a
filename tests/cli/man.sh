#!/bin/sh
# The manual pages and the completion say what the program knows: commands, options, settings, variables.
. "$(dirname "$0")/tap.sh"
"$top/packaging/make-man" "$SIDEWAYS" >sideways.1
awk -v version=1 -f "$top/packaging/settings-man.awk" "$top/docs/settings.md" >sideways.yaml.5
cp "$top/packaging/sideways.fcgi.8.in" sideways.fcgi.8

"$SIDEWAYS" help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  *.*/\1/p' | sed 's/   *.*//' | grep -v '^sideways help' >names
missing=
while read -r name; do
	grep -qF ".SS \"$name\"" sideways.1 || missing="$missing [$name]"
	# shellcheck disable=SC2086
	for option in $("$SIDEWAYS" help $name | sed -n 's/^  --\([a-z]*\).*/\1/p'); do
		sed -n "/^\.SS \"$name\"/,/^\.fi/p" sideways.1 | grep -qF -- "\\-\\-$option" || missing="$missing [$name --$option]"
	done
done <names
is "sideways(1) has every command with its options" "$missing" ""
is "there are many" "$([ "$(wc -l <names)" -gt 10 ] && echo many)" many

{
	sed -n '/rows\[\] = {/,/^};/p' "$top/app/settings/schema.c" | grep -v 'UNSUPPORTED\|GUARD\|SETTINGS_PLAIN\|#include'
	grep -E '^	(NUMBER|WORDS)\(' "$top/app/settings/plain_settings.h"
	grep -v UNSUPPORTED "$top/app/settings/schema_clouds.inc"
} | sed -n 's/^[^"]*"\([a-z_.]*\).*/\1/p' | sort -u >keys
missing=
while read -r key; do
	grep -qF "\\fB$key" sideways.yaml.5 || missing="$missing $key"
done <keys
is "sideways.yaml(5) has every key that is read" "$missing" ""

missing=
for name in $(cat "$top"/app/*/*.c | grep -o 'getenv("[A-Z_]*")' | cut -d'"' -f2 | sort -u); do
	case $name in NO_COLOR | SUDO_USER | TZ | LITELLM_MASTER_KEY) continue ;; esac # of the command line alone, and everybody's
	grep -q "$name" sideways.fcgi.8 || missing="$missing $name"
done
is "sideways.fcgi(8) has every variable that is read" "$missing" ""

for page in sideways.1 sideways.yaml.5 sideways.fcgi.8; do
	# An unknown request would swallow its line.
	is "$page uses only what man knows" "$(grep '^\.' "$page" | grep -vE '^\.(TH|SH|SS|TP|PP|IP|B|I|br|nf|fi|RS|RE)( |$)')" ""
done

complete() {
	PATH=$(dirname "$SIDEWAYS"):$PATH bash -c '. "$1"; shift; COMP_WORDS=(sideways "$@") COMP_CWORD=$#; _sideways; echo "${COMPREPLY[@]}"' - "$top/packaging/sideways.bash-completion" "$@"
}
is "completion knows the first words" "$(complete '' | tr ' ' '\n' | sort -u)" "$(cut -d' ' -f1 names | sort -u)"
is "and the second" "$(complete keys '' | tr ' ' '\n' | sort -u)" "$(sed -n 's/^keys //p' names | sort -u)"
has "and options" " $(complete simulate --) " " --"
done_testing
