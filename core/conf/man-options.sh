#!/bin/sh
# SPDX-License-Identifier: MIT
# man-options - writes the section OPTIONS of core/claude-proxy.conf.5 from the table of options.
#
# Usage: core/conf/man-options.sh CLAUDE-PROXY    (the program that was built)
set -eu
page=$(dirname "$0")/../claude-proxy.conf.5
"$1" --list-options=man >"$page.options"
awk -v options="$page.options" '
    /^\.\\" options: end/ { is_in = 0 }
    !is_in
    /^\.\\" options: begin/ { while ((getline line < options) > 0) print line; is_in = 1 }
' "$page" >"$page.new"
rm -f "$page.options"
mv "$page.new" "$page"
