#!/bin/sh
# The runner of the golden cases itself: what it leaves out, it says.
. "$(dirname "$0")/../cli/tap.sh"
golden=${GOLDEN:-$(dirname "$SIDEWAYS")/tests/golden/golden}

golden() {
	status=0
	top_srcdir=$where "$golden" "$@" >"$work/.out" 2>&1 || status=$?
	out=$(tail -n 3 "$work/.out")
}

where=$top
golden no_case_has_this_name
is "a filter without a match fails" "$status" 1
has "and says what it looked for" "$out" "no_case_has_this_name"
golden openai-openai/a_pdf
is "a filter with a match passes" "$status" 0

# Folders without files fail at once; that they are looked at is what matters.
where=$work/many
mkdir -p "$where/tests/golden/openai-openai"
(cd "$where/tests/golden/openai-openai" && seq -f 'case%g' 2500 | xargs mkdir)
golden
has "every case counts, however many there are" "$out" "1..2500"
is "and cases without files fail" "$status" 1

where=$work/large
mkdir -p "$where/tests/golden/openai-openai/large"
head -c 9000000 /dev/zero | tr '\0' ' ' >"$where/tests/golden/openai-openai/large/client.json"
golden
is "a file that is too large fails" "$status" 1
has "and is named" "$out" "client.json"

where=$work/none
mkdir -p "$where/tests/golden"
golden
is "no case at all fails" "$status" 1

where=$top
export GOLDEN_MUTATE=many
golden openai-openai/a_pdf
is "a number that is none fails" "$status" 1
done_testing
