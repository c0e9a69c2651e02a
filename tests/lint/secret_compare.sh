#!/bin/sh
# Secrets are compared by digest_equal (base/digest.h) alone, which takes as long for a near miss as for a far one.  A timed
# test cannot prove that on a busy machine; this looks for the comparisons that stop at the first difference.  A comparison with
# a literal of the program, and of a new password with its repetition, keeps nothing secret.
cd "$(dirname "$0")/../.." || exit 99
echo 1..3

# FILE:LINE of each comparison of something that is named like a secret.
early_comparisons() {
	grep -nHE '(^|[^a-z_])(strcmp|strncmp|strcasecmp|strncasecmp|memcmp|bcmp)\(' "$@" |
		sed 's/"[^"]*"/LITERAL/g' | grep -v LITERAL |
		grep -E '(strcmp|strncmp|strcasecmp|strncasecmp|memcmp|bcmp)\([^;]*(presented|secret|token|csrf|cookie|password|master|digest|setup)' |
		grep -v 'strcmp(password, again)'
}

bad=$(early_comparisons $(find app -name "*.[ch]" ! -path app/base/digest.c))
if [ -z "$bad" ]; then
	echo "ok 1 - no secret is compared by a function that stops early"
else
	echo "$bad" | sed 's/^/# /'
	echo "not ok 1 - no secret is compared by a function that stops early"
	failed=1
fi

sample=$(mktemp) || exit 99
trap 'rm -f "$sample"' EXIT
printf '\tif (strcmp(wanted, token) == 0)\n\tif (strcmp(token, "x") == 0)\n\tif (memcmp(master_key, given, 32))\n' >"$sample"
if [ "$(early_comparisons "$sample" | wc -l)" = 2 ]; then
	echo "ok 2 - and such a comparison would be seen"
else
	echo "not ok 2 - and such a comparison would be seen"
	failed=1
fi

# Where somebody presents a secret: master key, key of /metrics, token of a form, set-up code, probe of the doctor.
missing=
for file in app/accounts/keys.c app/api/metrics.c app/api/doctor_probe.c app/panel/sign_in.c app/panel/setup.c; do
	grep -q 'digest_equal(' $file || missing="$missing $file"
done
grep -A12 '^bool digest_equal' app/base/digest.c | grep -q CRYPTO_memcmp || missing="$missing app/base/digest.c"
if [ -z "$missing" ]; then
	echo "ok 3 - they are compared in constant time"
else
	echo "# not in:$missing"
	echo "not ok 3 - they are compared in constant time"
	failed=1
fi
exit ${failed:-0}
