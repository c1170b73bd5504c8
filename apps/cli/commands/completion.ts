import { Argument, type Command } from 'commander';
import type { Terminal } from '../terminal.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** A command with what may follow it. */
interface Completed {
  /** its words after `coordination`, by spaces */
  readonly path: string;
  readonly description: string;
  readonly commands: readonly string[];
  readonly options: readonly { readonly flag: string; readonly description: string }[];
}

export function addCompletionCommand(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('the script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  source <(coordination completion bash)
  coordination completion fish > ~/.config/fish/completions/coordination.fish`,
    )
    .action((shell: Shell) => terminal.out(completionScript(program, shell)));
}

/** Made from the commands as they are: nothing of it is written twice. */
function completionScript(program: Command, shell: Shell): string {
  const commands = completed(program, '');
  return shell === 'fish' ? fish(commands) : `${shell === 'zsh' ? ZSH : ''}${bash(commands)}`;
}

function completed(command: Command, path: string): Completed[] {
  const below = command.commands.map((each) => completed(each, path === '' ? each.name() : `${path} ${each.name()}`));
  const options = command.options
    .flatMap(({ long, description }) => (long === undefined || long === null ? [] : [{ flag: long, description }]))
    .concat({ flag: '--help', description: 'display help for command' });
  const own = {
    path,
    description: command.description(),
    commands: command.commands.map((each) => each.name()),
    options,
  };
  return [own, ...below.flat()];
}

const ZSH = 'autoload -U +X bashcompinit && bashcompinit\n';

/** Words of names alone: commands and options have no character that a shell takes for something else. */
function bash(commands: readonly Completed[]): string {
  const cases = commands.map(
    ({ path, commands: below, options }) =>
      `    '${path}') words='${[...below, ...options.map(({ flag }) => flag)].join(' ')}' ;;`,
  );
  return `_coordination() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " ${commands.map(({ path }) => path.replaceAll(' ', '/')).join(' ')} " in
      *" \${path:+$path/}$word "*) path="\${path:+$path/}$word" ;;
    esac
  done
  case "\${path//\\// }" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _coordination coordination
`;
}

function fish(commands: readonly Completed[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const of = new Map(commands.map(({ path, description }) => [path, description]));
  return commands
    .flatMap(({ path, commands: below, options }) => {
      const seen = path
        .split(' ')
        .filter((word) => word !== '')
        .map((word) => `__fish_seen_subcommand_from ${word}`);
      const when = seen.length === 0 ? '__fish_use_subcommand' : seen.join('; and ');
      return [
        ...below.map((name) => {
          const description = of.get(path === '' ? name : `${path} ${name}`) ?? '';
          return `complete -c coordination -n ${quoted(when)} -a ${name} -d ${quoted(description)}`;
        }),
        ...(path === '' ? [] : options).map(
          ({ flag, description }) =>
            `complete -c coordination -n ${quoted(when)} -l ${flag.slice(2)} -d ${quoted(description)}`,
        ),
      ];
    })
    .join('\n')
    .concat('\n');
}
