#!/bin/sh
# panel - the rules for www: sizes, words in both languages, nothing that the Content-Security-Policy would stop, imports that lead somewhere.
set -u
command -v node >/dev/null || { echo "node is not here"; exit 77; }
exec node --no-warnings tests/lint/panel.mjs
