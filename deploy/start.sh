#!/bin/bash
# Entry point of the container: VoiceAssist, and beside it frpc when Nextcloud reaches us through HaRP's tunnel.
#
# AppAPI gives everything by environment variables. With HP_SHARED_KEY VoiceAssist serves a Unix socket and frpc connects
# that socket with HaRP; without it VoiceAssist listens on APP_HOST:APP_PORT. Nothing is written but below
# APP_PERSISTENT_STORAGE, and the socket.
#
# This shell stays process 1 rather than being replaced: it collects the orphans of programs that read files, and the
# kernel keeps SIGTERM from a process 1 that has not asked for it, as Python has not while it starts.
set -euo pipefail
umask 077

here=$(cd "$(dirname "$0")" && pwd)
storage=${APP_PERSISTENT_STORAGE:?AppAPI sets it; it names the folder that is kept}

if ! mkdir -p "$storage" 2>/dev/null || [ ! -w "$storage" ]; then
    echo "$storage cannot be written to by user $(id -u). Give the volume to that user; in Kubernetes: fsGroup: $(id -g)." >&2
    exit 1
fi
# What was being read when the last run ended is read again.
export TMPDIR=$storage/tmp
rm -rf "$TMPDIR"
mkdir "$TMPDIR"

running=()
asked=no
stop() {
    # Those that have ended already are no mistake.
    kill -TERM "${running[@]}" 2>/dev/null || true
}
trap 'asked=yes; stop' TERM INT

if [ -n "${HP_SHARED_KEY:-}" ]; then
    : "${HP_FRP_ADDRESS:?AppAPI sets it beside HP_SHARED_KEY}" "${HP_FRP_PORT:?AppAPI sets it beside HP_SHARED_KEY}"
    export APP_ID=${APP_ID:-voiceassist} APP_PORT=${APP_PORT:-9031} HP_EXAPP_SOCK=${HP_EXAPP_SOCK:-/tmp/exapp.sock}
    # HaRP puts certificates here before it starts the container for good.
    certificates=${FRP_CERTIFICATES:-/certs/frp}
    if [ -r "$certificates/client.crt" ] && [ -r "$certificates/client.key" ] && [ -r "$certificates/ca.crt" ]; then
        export FRP_CERTIFICATES=$certificates
    else
        unset FRP_CERTIFICATES
        echo "No certificates in $certificates: the tunnel to HaRP is not encrypted." >&2
    fi
    # frpc fills in the key from its environment: it is written nowhere.
    frpc -c "$here/frpc.toml" &
    running+=($!)
fi
"${PYTHON:-python}" -m ex_app &
running+=($!)

# One without the other is of no use: whichever ends first ends both, and the container is started again.
status=0
[ "$asked" = yes ] || wait -n "${running[@]}" || status=$?
trap : TERM INT
stop
wait || true
[ "$asked" = no ] || status=0
exit "$status"
