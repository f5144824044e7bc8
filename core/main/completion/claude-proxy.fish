# fish completion for claude-proxy; what there is is read from the program's own --help
function __claude_proxy
    set -l words (commandline -opc)
    set -l cur (commandline -ct)
    set -l program $words[1]
    set -l prev $words[-1]
    set -l at (count $words)
    set -l command
    if test $at -gt 1; and contains -- $words[2] explain tape plugin
        set command $words[2]
    end
    set -l help ($program $command --help 2>/dev/null | string collect)
    set -l value (echo $help | awk -v option="$prev" '/^ +-/ {
        at = $1 ~ /,$/ ? 2 : 1
        if ((substr($1, 1, 2) == option && at == 2) || $at == option) if ($(at + 1) ~ /^[A-Z][A-Z0-9=]*$|^\047/) print $(at + 1)
    }')
    switch "$value,$prev"
        case 'FILE,*'
            __fish_complete_path "$cur"
        case 'DIR,*'
            __fish_complete_directories "$cur"
        case 'NAME=VALUE,-o' 'NAME=VALUE,--set'
            $program --options 2>/dev/null | awk '/^[a-z]/ { print $1 "=" }'
        case 'DIALECT*'
            $program --list-adapters 2>/dev/null | sed -n 's/^\([a-z0-9_]*\) - .*/\1/p'
        case ',*'
            switch "$cur,$command,$at"
                case '--list-options=*'
                    printf '%s\n' --list-options=text --list-options=man
                case '-*'
                    echo $help | awk '/^ +-/ { sub(/,/, "", $1); sub(/=.*/, "=", $1); print $1; if ($2 ~ /^--/) { sub(/=.*/, "=", $2); print $2 } }'
                case '*,,1'
                    printf '%s\n' run explain tape plugin
                case '*,plugin,2'
                    printf '%s\n' new check
                case '*,tape,2'
                    $program --list-adapters 2>/dev/null | sed -n 's/^\([a-z0-9_]*\) - .*/\1/p'
                case '*,tape,3'
                    printf '%s\n' request response failure stream
                case '*,explain,*' '*,tape,*' '*,plugin,*'
                    __fish_complete_path "$cur"
            end
    end
end
complete -c claude-proxy -f -a '(__claude_proxy)'
