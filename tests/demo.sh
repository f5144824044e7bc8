#!/bin/sh
# demo - the gateway in front of the upstream simulator, with some traffic, until Ctrl-C; ends what it started.
#
# PORT: where it listens (3000); PROXY_ACCESS_KEY: its key, else one is made; DEMO_TRAFFIC=no: nobody asks anything unasked.
set -eu
top=$1 build=$2
port=${PORT:-3000}
key=${PROXY_ACCESS_KEY:-}
state=$(mktemp -d "${TMPDIR:-/tmp}/claude-proxy-demo.XXXXXX")
sim= gateway= traffic= last=

# Who serves: the process that was started here, or since an upgrade another one, which is no child of ours.
serving() { p=$(cat "$state/state/lock" 2>/dev/null) && [ -n "$p" ] && echo "$p" || echo "$gateway"; }

# One that nobody has buried is dead, too.
is_alive() { kill -0 "$1" 2>/dev/null && ! grep -q ') Z ' "/proc/$1/stat" 2>/dev/null; }

stop() {
    [ -z "$gateway" ] || kill "$gateway" 2>/dev/null || :
    [ "$last" = "$gateway" ] || kill "$last" 2>/dev/null || :
}

# A second signal ends the streams that are still running.
finish() {
    trap - EXIT
    last=$(serving)
    trap stop INT TERM HUP
    [ -z "$traffic" ] || kill "$traffic" 2>/dev/null || :
    stop
    while [ -n "$gateway" ] && kill -0 "$gateway" 2>/dev/null; do wait "$gateway" 2>/dev/null || :; done
    while [ -n "$last" ] && [ "$last" != "$gateway" ] && is_alive "$last"; do sleep 0.2; done
    [ -z "$sim" ] || kill "$sim" 2>/dev/null || :
    [ -z "$sim" ] || wait "$sim" 2>/dev/null || :
    rm -rf "$state"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

made_key() { printf 'demo-%s' "$(od -An -N9 -tx1 /dev/urandom | tr -d ' \n')"; }
if [ -z "$key" ]; then
    key=$(made_key)
    made=yes
else
    made=no
fi
alice=$(made_key) bot=$(made_key)
# What is wrong with the demonstration's channels: one fails every fourth time, a key was revoked, one has a limit.
cat >"$state/sim.rules" <<'RULES'
key=sim-shaky        every=4   status=529 retry-after=2
key=sim-revoked                status=401
key=sim-chat-not     every=14  status=429 retry-after=8
key=sim-gemini-not   every=11  status=503
RULES
"$build/claude-proxy-sim" --script "$state/sim.rules" --listen 127.0.0.1:0 --port-file "$state/sim.port" >"$state/sim.log" 2>&1 &
sim=$!
n=0
while [ ! -s "$state/sim.port" ]; do
    n=$((n + 1))
    [ $n -lt 100 ] && kill -0 "$sim" 2>/dev/null || { cat "$state/sim.log"; echo "the simulator did not start" >&2; exit 1; }
    sleep 0.05
done
simport=$(cat "$state/sim.port")
sed "s/@SIM@/127.0.0.1:$simport/g; s/@ALICE@/$alice/; s/@BUILD@/$bot/" "$top/conf/demo.conf" >"$state/claude-proxy.conf"
chmod 600 "$state/claude-proxy.conf"
mkdir -m 700 "$state/state" # the demo leaves the user's own gateway alone

PORT=$port PROXY_ACCESS_KEY=$key "$build/claude-proxy" -c "$state/claude-proxy.conf" \
    --plugins "$build/.libs" --lax --www "$top/www" \
    -o "prices_file=$top/conf/prices.conf" -o "state_dir=$state/state" -o "control.socket=$state/state/ctl.sock" --port-file "$state/port" &
gateway=$!
n=0
while [ ! -s "$state/port" ]; do
    n=$((n + 1))
    if ! kill -0 "$gateway" 2>/dev/null || [ $n -ge 200 ]; then
        echo "the gateway did not start (is port $port in use? set PORT)" >&2
        exit 1
    fi
    sleep 0.05
done
base=http://127.0.0.1:$(cat "$state/port")
if [ "${DEMO_TRAFFIC:-yes}" != no ]; then
    sh "$top/tests/demo_traffic.sh" "$base" "$alice" "$bot" </dev/null >/dev/null 2>&1 &
    traffic=$!
    busy="About two requests a second are sent by two pretended clients, so that there is something to see; without: DEMO_TRAFFIC=no"
else
    busy="Nobody asks anything unasked (DEMO_TRAFFIC=no)."
fi
[ "$made" = yes ] && shown=$key || shown='$PROXY_ACCESS_KEY'
cat <<TXT

claude-proxy is running on $base, in front of a simulator (no real model, no real key).
Paste into another terminal:

  export KEY=$shown

  curl -s $base/v1/messages -H "x-api-key: \$KEY" -H 'content-type: application/json' \\
    -d '{"model":"claude-demo","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}'

  curl -sN $base/v1/chat/completions -H "Authorization: Bearer \$KEY" -H 'content-type: application/json' \\
    -d '{"model":"gpt-demo","stream":true,"messages":[{"role":"user","content":"Hello"}]}'

  # translated: a Claude client in front of a Chat Completions upstream
  curl -sN $base/v1/messages -H "x-api-key: \$KEY" -H 'content-type: application/json' \\
    -d '{"model":"gpt-demo","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"Hello"}]}'

  curl -s $base/v1/messages/count_tokens -H "x-api-key: \$KEY" -H 'content-type: application/json' \\
    -d '{"model":"claude-demo","messages":[{"role":"user","content":"Hello"}]}'

  curl -s $base/v1/responses -H "Authorization: Bearer \$KEY" -H 'content-type: application/json' \\
    -d '{"model":"gemini-demo","input":"Hello"}'

  curl -sN "$base/v1beta/models/claude-demo:streamGenerateContent?alt=sse" -H "x-goog-api-key: \$KEY" \\
    -H 'content-type: application/json' -d '{"contents":[{"parts":[{"text":"Hello"}]}]}'

  ANTHROPIC_BASE_URL=$base ANTHROPIC_API_KEY=\$KEY claude     # Claude Code, if you have it

  # what it is doing, and all that can be changed while it runs
  export CLAUDE_PROXY_SOCKET=$state/state/ctl.sock
  $build/claude-proxyctl status
  $build/claude-proxyctl history
  $build/claude-proxyctl explain --model gpt-demo
  $build/claude-proxyctl help

In a browser: $base/     log in with the key: $shown
$busy
Models named gpt* go to a Chat Completions upstream, codex* to a Responses one, gemini* to a Gemini one, all others
to a Claude one, whichever API you call.
Each request is logged here.  Ctrl-C ends everything.

TXT
wait "$gateway" || status=$?
gateway=
last=$(serving)
while [ -n "$last" ] && is_alive "$last"; do
    sleep 0.5
    last=$(serving)
done
exit "${status:-0}"
