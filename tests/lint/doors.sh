#!/bin/sh
# doors - each foreign library is included by exactly the files named here.
set -u
bad=0
door() { # HEADER-PATTERN FILE...
    pattern=$1
    shift
    for file in $(grep -rlE "^ *#include <$pattern" core plugins --include='*.[ch]'); do
        case " $* " in
        *" $file "*) ;;
        *) echo "$file: <$pattern> has another door: $*"; bad=1 ;;
        esac
    done
}
door 'microhttpd\.h' core/loop/server.c
door 'curl/' core/loop/client.c core/ctl/talk.c
door 'libconfig\.h' core/conf/read.c
door 'dlfcn\.h' core/plugin/loader.c
door 'sys/epoll\.h' core/loop/loop.c
door 'zlib\.h' core/loop/inflate_zlib.c plugins/sqlite/pack.c
door 'zstd\.h' core/loop/inflate_zstd.c
door 'brotli/' core/loop/inflate_br.c
door 'systemd/sd-journal\.h' core/base/journal.c
door 'systemd/sd-daemon\.h' core/main/notify.c
door 'gnutls/crypto\.h' core/base/hash.c core/loop/trust.c
door 'gnutls/(gnutls|x509|abstract)\.h' core/loop/server_tls.c core/loop/trust.c core/loop/client.c
door 'json-c/' core/json/tree.c
door 'crypt\.h' core/admin/password.c
door 'sqlite3\.h' plugins/sqlite/db.c
exit $bad
