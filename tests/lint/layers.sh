#!/bin/sh
# layers - a folder of core/ may include itself and the folders before it in the order below; a plugin only the ABI.
set -u
order="base json ir loop conf state plugin kit balance flow admin main ctl"
allowed="" bad=0
for dir in $order; do
    allowed="$allowed $dir"
    for hit in $(grep -rnoE '^#include "[a-z_]+/' "core/$dir" --include='*.[ch]' | tr ' ' '_'); do
        used=${hit##*\"}
        used=${used%/}
        case " $allowed " in
        *" $used "*) ;;
        *) echo "$hit: $dir must not know $used"; bad=1 ;;
        esac
    done
    if grep -rnE '^#include "[^/"]+"' "core/$dir" --include='*.[ch]'; then
        echo "core/$dir: includes name the folder"; bad=1
    fi
done
# A store may have its library, and what a file on disk needs; doors.sh says which of its files.
if grep -rnE '^#include' plugins --include='*.[ch]' | grep -vE '^plugins/sqlite/(db|pack)\.c:.*<(sqlite3|zlib|sys/stat)\.h>' |
    grep -vE '<(claude-proxy/(plugin|json|store)\.h|std(arg|bool|def|int|io|lib)\.h|string\.h|inttypes\.h|ctype\.h|limits\.h|errno\.h|math\.h)>|"[a-z_]+\.h"'; then
    echo "plugins include the ABI, libc and their own headers only"; bad=1
fi
exit $bad
