#!/bin/sh
# sizes - no file above 600 lines, no function above 60, no header above 15 functions... and each file says what it is.
set -u
bad=0
files=$(git ls-files 'core/*.[ch]' 'plugins/*.[ch]' 'contrib/*.[ch]' 'tests/*.[ch]' 2>/dev/null)
[ -n "$files" ] || files=$(find core plugins contrib tests -name '*.[ch]')
for f in $files; do
    [ -f "$f" ] || continue
    n=$(wc -l <"$f")
    [ "$n" -le 600 ] || { echo "$f: $n lines (600)"; bad=1; }
    head -n 1 "$f" | grep -q 'SPDX-License-Identifier: MIT' || { echo "$f: no SPDX line"; bad=1; }
done
python3 tests/lint/functions.py $files || bad=1
exit $bad
