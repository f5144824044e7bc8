/* SPDX-License-Identifier: MIT */
/*
 * completion - the scripts by which shells ask us what may stand at the cursor.
 *
 * They know nothing themselves: commands, options and names come from `claude-proxyctl __complete' (ctl/complete.h), so a script
 * of last year completes what came this year.
 */
#include "base/buf.h"
#include "ctl/ctl.h"
#include "ctl/run.h"

#include <string.h>

/* clang-format off */
static const char bash[] =
    "# bash completion for claude-proxyctl; made by `claude-proxyctl completion bash'\n"
    "_claude_proxyctl()\n"
    "{\n"
    "    local words=() cur= line i\n"
    "    # Readline parts words at : and =, which stand in URLs and behind options.\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        line=${COMP_WORDS[i]}\n"
    "        if ((i)) && [[ $line == [:=]* || ${words[-1]} == *[:=] ]]; then\n"
    "            words[-1]+=$line\n"
    "        else\n"
    "            words+=(\"$line\")\n"
    "        fi\n"
    "    done\n"
    "    cur=${words[-1]##*=}\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        if [[ $line == :files ]]; then\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(compgen -f -- \"$cur\")\n"
    "        else\n"
    "            [[ $line == *= || $line == */ ]] && compopt -o nospace 2>/dev/null\n"
    "            COMPREPLY+=(\"$line\")\n"
    "        fi\n"
    "    done < <(\"${words[0]}\" __complete \"$((${#words[@]} - 1))\" \"${words[@]}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _claude_proxyctl claude-proxyctl\n";

static const char zsh[] =
    "#compdef claude-proxyctl\n"
    "# zsh completion for claude-proxyctl; made by `claude-proxyctl completion zsh'\n"
    "_claude_proxyctl()\n"
    "{\n"
    "    local -a whole begun lines\n"
    "    local line\n"
    "    # Of --name=VALUE only the value is completed.\n"
    "    [[ $PREFIX == --*=* ]] && compset -P 1 '*='\n"
    "    lines=(${(f)\"$(\"${(@Q)words[1]}\" __complete $((CURRENT - 1)) \"${(@Q)words[1,CURRENT]}\" 2>/dev/null)\"})\n"
    "    for line in $lines; do\n"
    "        case $line in\n"
    "        (:files) _files ;;\n"
    "        (*=|*/) begun+=($line) ;;\n"
    "        (*) whole+=($line) ;;\n"
    "        esac\n"
    "    done\n"
    "    (( $#whole )) && compadd -- $whole\n"
    "    (( $#begun )) && compadd -S '' -- $begun\n"
    "    return 0\n"
    "}\n"
    "if [[ $funcstack[1] == _claude-proxyctl ]]; then\n"
    "    _claude_proxyctl \"$@\"\n"
    "else\n"
    "    compdef _claude_proxyctl claude-proxyctl\n"
    "fi\n";

static const char fish[] =
    "# fish completion for claude-proxyctl; made by `claude-proxyctl completion fish'\n"
    "function __claude_proxyctl\n"
    "    set -l words (commandline -opc)\n"
    "    set -l typed (commandline -ct)\n"
    "    # Of --name=VALUE only the value is told; fish wants the whole word.\n"
    "    set -l head (string match -r -- '^--[^=]*=' \"$typed\")\n"
    "    for line in ($words[1] __complete (count $words) $words \"$typed\" 2>/dev/null)\n"
    "        if test \"$line\" = :files\n"
    "            __fish_complete_path \"$typed\"\n"
    "        else\n"
    "            printf '%s%s\\n' \"$head\" $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c claude-proxyctl -f -a '(__claude_proxyctl)'\n";
/* clang-format on */

int run_completion(struct ctl *ctl)
{
    static const struct {
        const char *shell, *script;
    } known[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
    const char *shell = args_word(&ctl->args, "SHELL");

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (!strcmp(shell, known[i].shell)) {
            buf_add_z(&ctl->out, known[i].script);
            return 0;
        }
    }
    ctl_complain("completion: bash, zsh or fish, not %s", shell);
    return CTL_USAGE;
}
