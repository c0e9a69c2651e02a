# Installs the pinned LiteLLM.  For `run` and `programs`: sets place, work and SIDEWAYS.
VERSION=1.108.7
here=$(cd "$(dirname "$0")" && pwd) || exit 1
: "${SIDEWAYS:?must name the built program}"
case $SIDEWAYS in /*) ;; *) SIDEWAYS=$PWD/$SIDEWAYS ;; esac
export SIDEWAYS PATH=$PATH:/usr/sbin
command -v python3 >/dev/null || { echo "Bail out! python3 is missing"; exit 1; }
[ -d "$here/../node_modules/openai" ] || { echo "Bail out! run npm ci in tests/e2e first"; exit 1; }

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
place=${BESIDE:-$work/litellm}
if ! "$place/bin/pip" show litellm 2>/dev/null | grep -qx "Version: $VERSION"; then
	python3 -m venv "$place" && "$place/bin/pip" install -q "litellm[proxy]==$VERSION" || { echo "Bail out! LiteLLM $VERSION cannot be installed"; exit 1; }
fi
