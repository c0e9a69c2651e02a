#!/bin/sh
# What cppcheck and clang-tidy find in app/.  COMPILE_FLAGS comes from `make lint`.
cd "$(dirname "$0")/../.." || exit 99
: "${CLANG_TIDY:=clang-tidy}"
echo 1..2
count=0
# report NAME FINDINGS
report() {
	count=$((count + 1))
	if [ -z "$2" ]; then echo "ok $count - $1"; else
		echo "$2" | sed 's/^/# /'
		echo "not ok $count - $1"
		failed=1
	fi
}
failed=0
for tool in cppcheck "$CLANG_TIDY"; do
	command -v "$tool" >/dev/null || { echo "Bail out! $tool is not installed"; exit 1; }
done
# Members that only a table's readers use, and paths that cppcheck cannot follow through cleanup attributes, are no findings.
report 'cppcheck has nothing to say' "$(cppcheck --quiet -j 2 --enable=warning,performance,portability --std=c11 --inline-suppr \
	--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=uninitvar --suppress=legacyUninitvar \
	--suppress=ctuuninitvar --template='{file}:{line}: {id}: {message}' -D__cppcheck__ -DPACKAGE_VERSION='""' -DSYSCONFDIR='""' -Iapp app 2>&1)"
# The analyzer's checks of va_list see one in functions that have none, and not in every run.
CHECKS='-*,bugprone-*,cert-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-bugprone-reserved-identifier,-bugprone-assignment-in-if-condition,-bugprone-implicit-widening-of-multiplication-result,-cert-dcl37-c,-cert-dcl51-cpp,-cert-dcl16-c,-cert-err33-c,-cert-err34-c,-bugprone-branch-clone,-bugprone-sizeof-expression,-bugprone-not-null-terminated-result,-clang-analyzer-valist.*,-bugprone-macro-parentheses,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling'
# What a C program cannot do wrong (C++, Objective-C, Apple's and Fuchsia's interfaces, MPI, _Nullable) took a sixth of the time.
CHECKS="$CHECKS,-clang-analyzer-osx.*,-clang-analyzer-cplusplus.*,-clang-analyzer-webkit.*,-clang-analyzer-fuchsia.*,-clang-analyzer-nullability.*"
CHECKS="$CHECKS,-clang-analyzer-optin.cplusplus.*,-clang-analyzer-optin.osx.*,-clang-analyzer-optin.mpi.*,-clang-analyzer-apiModeling.google.*,-clang-analyzer-apiModeling.llvm.*"
export CLANG_TIDY CHECKS COMPILE_FLAGS
report 'clang-tidy has nothing to say' "$(find app -name '*.c' | LC_ALL=C sort |
	xargs -P 2 -n 4 sh -c '"$CLANG_TIDY" --quiet --checks="$CHECKS" "$@" -- $COMPILE_FLAGS 2>/dev/null' sh |
	grep -E '(warning|error):' | sed "s,^$PWD/,," | sort -u)"
exit $failed
