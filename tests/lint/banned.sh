#!/bin/sh
# banned - calls that nobody needs, words that say unfinished, and paths that point outside the project.
set -u
bad=0
if grep -rnE '(^|[^a-zA-Z0-9_])(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|alloca|setjmp|longjmp|strncpy|strncat)\(' \
    core plugins contrib --include='*.[ch]'; then
    echo "banned call"; bad=1
fi
if grep -rnwE 'TODO|FIXME|XXX' core plugins contrib www --include='*.[ch]' --include='*.js' --include='*.html'; then
    echo "unfinished"; bad=1
fi
if grep -rnE 'curl_slist_append' core --include='*.c' | grep -v '^core/loop/client.c'; then
    echo "headers are made in one place"; bad=1
fi
if grep -rnE '(fork|signal|sigaction|exit|_exit|abort|system|popen|dlopen|pthread_[a-z]+|socket|connect|open|fopen)\(' plugins contrib --include='*.c' |
    grep -vE '(json|out|quote|frame|rx|tx|J|_)[-_>.a-z]*(open|close)\(|[a-z_]+_(open|connect|exit|signal|system)\(|->(open|frame_open|quote_open)\('; then
    echo "plugins do not do that"; bad=1
fi
exit $bad
