#!/bin/sh
# Installs the programs that the tests drive for real: a database, SCEP clients, a browser, a QR reader, a PDF reader.
set -eu

packages="aapt apksigner default-jre-headless mosquitto mosquitto-clients postgresql certmonger strongswan-pki libstrongswan-extra-plugins scep chromium zbar-tools poppler-utils libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation fonts-dejavu-core openssl dbus-daemon nginx-light"
marker=".venv/.system-packages"

[ -e "$marker" ] && exit 0
command -v apt-get >/dev/null 2>&1 || { echo "No apt-get here: some tests will be listed as not run." >&2; exit 0; }

missing=""
for package in $packages; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -z "$missing" ] && { touch "$marker"; exit 0; }

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    echo "Without root these packages cannot be installed, and their tests will be listed as not run:$missing" >&2
    exit 0
fi

# Their services are not wanted: the tests start what they need themselves.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
$as_root apt-get update -qq
for package in $missing; do
    $as_root apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        echo "The package $package could not be installed; its tests will be listed as not run." >&2
done
touch "$marker"
