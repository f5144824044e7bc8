#!/bin/sh
# format - clang-format 14, Debian 12's, decides: each later one spells some lines in a way of its own.
set -u
command -v clang-format >/dev/null || { echo "clang-format is not installed: not checked"; exit 77; }
clang-format --version | grep -q 'version 14\.' || { echo "$(clang-format --version) is not 14: not checked"; exit 77; }
files=$(git ls-files 'core/*.[ch]' 'plugins/*.[ch]' 'contrib/*.[ch]' 'tests/*.[ch]' 2>/dev/null | grep -v '^core/include/')
[ -n "$files" ] || exit 0
out=$(clang-format --dry-run -Werror $files 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c)
[ -z "$out" ] || { echo "$out"; exit 1; }
