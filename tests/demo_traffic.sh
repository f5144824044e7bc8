#!/bin/sh
# demo_traffic - about one request a second through every client API, as two clients would send them, until it is ended.
#
#   demo_traffic.sh BASE KEY KEY
set -u
base=$1 alice=$2 build=$3
seed=$$ n=0
trap 'exit 0' INT TERM HUP

# The next number below $1, in $dice.
roll() {
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    dice=$((seed / 65536 % $1))
}

manner_well() {
    roll 16
    case $dice in
    0 | 1 | 2) words='think="Let me see." first=600 pace=120 events=30' ;;
    3 | 4 | 5) words='usage=1200,380,24000 first=300 pace=60 events=25' ;;
    6) words='first=2500 pace=200 events=20' ;;
    7 | 8) words='usage=150,90,0,8000 delay=250' ;;
    *) words='first=200 pace=40 events=15' ;;
    esac
}

# Words for the simulator: quick and slow, with reasoning, from a cache, some refused.
manner() {
    # What fails by its words fails at every channel: seldom, or all of them would rest.
    roll 60
    case $dice in
    0) words='status=529' ;;
    1) words='status=429 retry-after=2' ;;
    2 | 3) words='error=invalid_request_error:demo' ;;
    esac
    [ $dice -lt 4 ] || manner_well
}

send() { # PATH HEADER BODY
    curl -sN --max-time 30 -o /dev/null "$base$1" -H "$2" -H 'content-type: application/json' -d "$3" 2>/dev/null &
}

one() { # KEY
    said="Question $n of the demo [[sim: $words]]"
    said=$(printf %s "$said" | sed 's/"/\\"/g')
    roll 2
    [ "$dice" = 0 ] && stream=true || stream=false
    roll 12
    case $dice in
    0 | 1 | 2 | 3) send /v1/messages "x-api-key: $1" "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":500,\"stream\":$stream,\"messages\":[{\"role\":\"user\",\"content\":\"$said\"}]}" ;;
    4) send /v1/messages "x-api-key: $1" "{\"model\":\"gpt-5\",\"max_tokens\":500,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"$said\"}]}" ;;
    5 | 6) send /v1/chat/completions "authorization: Bearer $1" "{\"model\":\"gpt-5\",\"stream\":$stream,\"messages\":[{\"role\":\"user\",\"content\":\"$said\"}]}" ;;
    7) send /v1/chat/completions "authorization: Bearer $1" "{\"model\":\"claude-demo\",\"messages\":[{\"role\":\"user\",\"content\":\"$said\"}]}" ;;
    8 | 9) send /v1/responses "authorization: Bearer $1" "{\"model\":\"codex-demo\",\"stream\":$stream,\"input\":\"$said\"}" ;;
    10) send '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse' "x-goog-api-key: $1" "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"$said\"}]}]}" ;;
    *) send /v1beta/models/gemini-2.5-flash:generateContent "x-goog-api-key: $1" "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"$said\"}]}]}" ;;
    esac
}

while :; do
    n=$((n + 1))
    manner
    roll 3
    [ "$dice" = 0 ] && one "$build" || one "$alice"
    roll 4
    sleep "$(echo "0.4 0.8 1.2 1.6" | cut -d' ' -f$((dice + 1)))"
done
