#!/bin/sh
# all - every lint, one after the other; what `make lint` runs.
set -u
bad=0
for script in layers doors listed sizes banned format panel packaging; do
    sh "tests/lint/$script.sh"
    case $? in
    0) echo "ok   $script" ;;
    77) echo "skip $script" ;;
    *) echo "FAIL $script"; bad=1 ;;
    esac
done
exit $bad
