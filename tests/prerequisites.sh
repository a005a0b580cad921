# Read by ./demo and ./test: what they need from the machine.

# The .NET SDK of global.json.
need_dotnet() {
    if ! command -v dotnet > /dev/null || ! dotnet --version > /dev/null 2>&1; then
        echo "The .NET SDK 10 is missing. Get it from https://dotnet.microsoft.com/download/dotnet/10.0, or with Debian's" >&2
        echo "packages of Microsoft's repository: apt-get install dotnet-sdk-10.0" >&2
        exit 1
    fi
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
}

# Debian packages, each given as PROGRAM:PACKAGE and installed when the program is not there.
need_packages() {
    local need missing=()
    for need in "$@"; do
        command -v "${need%%:*}" > /dev/null || missing+=("${need##*:}")
    done
    ((${#missing[@]})) || return 0
    if ((EUID != 0)) || ! command -v apt-get > /dev/null; then
        echo "Missing: ${missing[*]}. Install them, on Debian with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    echo "Installing ${missing[*]}"
    (
        # The packages bring services; here only their programs are wanted, so nothing is started.
        if [[ ! -e /usr/sbin/policy-rc.d ]]; then
            trap 'rm -f /usr/sbin/policy-rc.d' EXIT
            printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
            chmod 755 /usr/sbin/policy-rc.d
        fi
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -qq --no-install-recommends "${missing[@]}" > /dev/null
    ) < /dev/null
}
