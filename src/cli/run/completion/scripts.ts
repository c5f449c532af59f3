import type { GivenOf } from '../../command.ts';
import type { completionCommand } from '../../commands/running.ts';
import type { Answer } from '../../output/answer.ts';

export type Shell = GivenOf<typeof completionCommand>['shell'];

/** `:files` is answered where the name of a file is wanted. All that can be completed is known to the program itself. */
const SCRIPTS: Record<Shell, string> = {
  bash: `# bash: source <(3cx-relay completion bash), or save it as /etc/bash_completion.d/3cx-relay
_3cx_relay() {
  local IFS=$'\\n' current=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=( $("$1" __complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) )
  if [ "\${COMPREPLY[0]}" = ":files" ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=( $(compgen -f -- "$current") )
  fi
}
complete -F _3cx_relay 3cx-relay
`,
  zsh: `#compdef 3cx-relay
# zsh: source <(3cx-relay completion zsh), or save it as _3cx-relay in a folder of $fpath
_3cx_relay() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${found[1]}" == ":files" ]]; then
    _files
  elif [[ -n "\${found[1]}" ]]; then
    _describe '3cx-relay' found
  fi
}
if [[ "\${funcstack[1]}" = "_3cx-relay" ]]; then
  _3cx_relay "$@"
else
  compdef _3cx_relay 3cx-relay
fi
`,
  fish: `# fish: 3cx-relay completion fish | source, or save it as ~/.config/fish/completions/3cx-relay.fish
function __3cx_relay_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete fish -- $words[2..-1] 2>/dev/null)
  if test "$found[1]" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c 3cx-relay -f -a '(__3cx_relay_complete)'
`,
};

export async function completionScript({ shell }: GivenOf<typeof completionCommand>): Promise<Answer> {
  const script = SCRIPTS[shell];
  return {
    schema: 'completion/1',
    data: { shell, script },
    rows: () => script.split('\n').map(line => [line]),
    text: () => script,
  };
}
