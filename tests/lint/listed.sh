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
# What the panel would serve; -c -o: a file that was not committed yet counts, one that git ignores does not.
for file in $(git ls-files -c -o --exclude-standard www 2>/dev/null || find www -type f); do
    case $file in *.mk | *.md | www/package.json) continue ;; esac
    [ -f "$file" ] || continue
    grep -qE "(^|[[:space:]])$(printf %s "$file" | sed 's/[.]/[.]/g')([[:space:]]|\$)" www/www.mk || { echo "$file: not listed in www/www.mk"; bad=1; }
done
for file in $(sed -n 's/#.*//; s/\\//g; s/^nobase.*=//; /^[[:space:]]/p' www/www.mk); do
    [ -f "$file" ] || { echo "$file: listed in www/www.mk, but not there"; bad=1; }
done
exit $bad
