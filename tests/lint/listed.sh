#!/bin/sh
# listed - each source is named in its folder's makefile fragment: a build finds no file by itself, a fresh clone would miss it.
set -u
bad=0
for dir in core/* plugins/*; do
    for file in "$dir"/*.[ch]; do
        [ -f "$file" ] || continue
        case $file in core/include/*) continue ;; esac
        grep -qF "$file" "$dir"/*.mk core/core.mk Makefile.am 2>/dev/null || { echo "$file: not listed in $dir/*.mk"; bad=1; }
    done
done
exit $bad
