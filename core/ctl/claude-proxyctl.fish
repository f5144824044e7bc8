# fish completion for claude-proxyctl; made by `claude-proxyctl completion fish'
function __claude_proxyctl
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    # Of --name=VALUE only the value is told; fish wants the whole word.
    set -l head (string match -r -- '^--[^=]*=' "$typed")
    for line in ($words[1] __complete (count $words) $words "$typed" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$typed"
        else
            printf '%s%s\n' "$head" $line
        end
    end
end
complete -c claude-proxyctl -f -a '(__claude_proxyctl)'
