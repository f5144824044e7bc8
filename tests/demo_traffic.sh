#!/bin/sh
# demo_traffic - about two requests a second through every client API, as two clients would send them, until it is ended.
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

# Words for the simulator: quick and slow, with reasoning, from a cache, long.
manner_well() {
    roll 16
    case $dice in
    0 | 1) words='think="Let me see." first=600 pace=120 events=30' ;;
    2 | 3 | 4) words='usage=1200,380,24000 first=300 pace=60 events=40' ;;
    5) words='first=1800 pace=200 events=25' ;;
    6 | 7) words='usage=150,90,0,8000 first=250 pace=30 events=12' ;;
    8 | 9) words='usage=4200,1600,61000,900 first=450 pace=70 events=80' ;;
    *) words='first=200 pace=40 events=20' ;;
    esac
}

# What fails by its words fails at every channel: only what is the client's own fault, and a stream that is cut.
manner() {
    roll 120
    case $dice in
    0 | 1) words='error=invalid_request_error:demo' ;;
    2) words='first=200 pace=60 events=30 cutevent=9' ;;
    *) manner_well ;;
    esac
}

send() { # PATH HEADER BODY
    curl -sN --max-time 30 -o /dev/null "$base$1" -H "$2" -H 'content-type: application/json' -d "$3" 2>/dev/null &
}

# KEY MODEL
claude() { send /v1/messages "x-api-key: $1" "{\"model\":\"$2\",\"max_tokens\":500,\"stream\":$stream,\"messages\":[{\"role\":\"user\",\"content\":\"$said\"}]}"; }
chat() { send /v1/chat/completions "authorization: Bearer $1" "{\"model\":\"$2\",\"stream\":$stream,\"messages\":[{\"role\":\"user\",\"content\":\"$said\"}]}"; }
codex() { send /v1/responses "authorization: Bearer $1" "{\"model\":\"$2\",\"stream\":$stream,\"input\":\"$said\"}"; }
gemini() { send "/v1beta/models/$2" "x-goog-api-key: $1" "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"$said\"}]}]}"; }

one() { # KEY
    said="Question $n of the demo [[sim: $words]]"
    said=$(printf %s "$said" | sed 's/"/\\"/g')
    roll 4
    [ "$dice" = 0 ] && stream=false || stream=true
    roll 16
    case $dice in
    0 | 1 | 2 | 3) claude "$1" claude-sonnet-4-5 ;;
    4 | 5) claude "$1" claude-opus-4-5 ;;
    6) claude "$1" claude-haiku-4-5 ;;
    7) claude "$1" gpt-5 ;;
    8 | 9) chat "$1" gpt-5 ;;
    10) chat "$1" gpt-5-mini ;;
    11) chat "$1" claude-sonnet-4-5 ;;
    12 | 13) codex "$1" codex-demo ;;
    14) gemini "$1" 'gemini-2.5-flash:streamGenerateContent?alt=sse' ;;
    *) gemini "$1" gemini-2.5-pro:generateContent ;;
    esac
}

while :; do
    n=$((n + 1))
    manner
    roll 3
    [ "$dice" = 0 ] && one "$build" || one "$alice"
    roll 4
    sleep "$(echo "0.2 0.3 0.5 0.8" | cut -d' ' -f$((dice + 1)))"
done
