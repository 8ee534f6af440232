/**
 * `ekiben completions`: what a shell needs to complete the commands, their flags and the values of
 * these. It is made of the commands themselves.
 * @module
 */

import { Argument, Command, type Option } from "commander";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Returns the command. @param load returns all commands to complete */
export function completionsCommand(load: () => Promise<readonly Command[]>): Command {
  return new Command("completions")
    .description("Print what a shell needs to complete the commands and their flags")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText(
      "after",
      "\nAdd to ~/.bashrc:               source <(ekiben completions bash)" +
        "\nAdd to ~/.zshrc:                source <(ekiben completions zsh)" +
        "\nAdd to ~/.config/fish/config.fish:  ekiben completions fish | source",
    )
    .action(async (shell: (typeof SHELLS)[number]) => {
      console.log(WRITERS[shell](await load()));
    });
}

type Writer = (commands: readonly Command[]) => string;

const WRITERS: Readonly<Record<(typeof SHELLS)[number], Writer>> = { bash, zsh, fish };

function bash(commands: readonly Command[]): string {
  const choices = new Map(
    commands.flatMap(flagsOf).flatMap(({ long, argChoices }) => {
      return argChoices === undefined ? [] : [[long, argChoices.join(" ")] as const];
    }),
  );
  const cases = commands.map(
    (command) => `        ${command.name()}) words="${wordsOf(command).join(" ")}" ;;`,
  );
  return `_ekiben() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  # bash takes --flag=value for three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case "$before" in
${[...choices].map(([flag, words]) => `    ${flag}) words="${words}" ;;`).join("\n")}
  esac
  if [[ -z $words ]]; then
    if [[ $COMP_CWORD -eq 1 ]]; then
      words="${commands.map((command) => command.name()).join(" ")}"
    else
      case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
      esac
      if [[ $current != -* ]]; then
        words=$(printf '%s\\n' $words | grep -v '^-')
        COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
        return
      fi
    fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -F _ekiben ekiben`;
}

function zsh(commands: readonly Command[]): string {
  const described = commands.map((each) => zshQuoted(`${each.name()}:${each.description()}`));
  const cases = commands.map((command) => {
    const flags = flagsOf(command).map((flag) => {
      const about = flag.description.replace(/[[\]\\]/g, " ");
      // A flag with a value may be given again, and its value also behind "=".
      if (!takesValue(flag)) return zshQuoted(`${flag.long}[${about}]`);
      return zshQuoted(`*${flag.long}=[${about}]:value:${zshValues(flag)}`);
    });
    const names = namesOf(command).join(" ");
    const first = names === "" ? [] : [`'2:word:(${names})'`];
    const parts = [...flags, ...first, "'*:file:_files'"];
    return `    ${command.name()}) _arguments ${parts.join(" \\\n      ")} ;;`;
  });
  return `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_ekiben() {
  local -a commands=(${described.join(" ")})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case $words[2] in
${cases.join("\n")}
  esac
}
compdef _ekiben ekiben`;
}

function zshValues({ argChoices }: Option): string {
  return argChoices === undefined ? "_files" : `(${argChoices.join(" ")})`;
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("\n", " ").replaceAll("'", "'\\''")}'`;
}

/** The condition of fish that a word has been given. */
const AFTER = "__fish_seen_subcommand_from";

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const name = command.name();
    const within = `complete -c ekiben -n '${AFTER} ${name}'`;
    const names = namesOf(command).join(" ");
    const about = fishQuoted(command.description());
    const first = `${AFTER} ${name}; and not ${AFTER} ${names}`;
    return [
      `complete -c ekiben -n __fish_use_subcommand -a ${name} -d ${about}`,
      ...flagsOf(command).map((flag) => {
        // Without files, where the values are known.
        const value = flag.argChoices === undefined ? "-r" : `-x -a '${flag.argChoices.join(" ")}'`;
        const takes = takesValue(flag) ? ` ${value}` : "";
        return `${within} -l ${flag.long?.slice(2)}${takes} -d ${fishQuoted(flag.description)}`;
      }),
      ...(names === "" ? [] : [`complete -c ekiben -n '${first}' -f -a '${names}'`]),
    ];
  });
  return ["complete -c ekiben -n __fish_use_subcommand -f", ...lines].join("\n");
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\n", " ").replace(/[\\']/g, "\\$&")}'`;
}

/** Returns the flags of a command, and the words that may follow it. */
function wordsOf(command: Command): readonly string[] {
  return [...flagsOf(command).map(({ long }) => long ?? ""), ...namesOf(command)];
}

/** Returns the commands below a command, and the values of its argument where they are known. */
function namesOf(command: Command): readonly string[] {
  const [argument] = command.registeredArguments;
  return [...command.commands.map((each) => each.name()), ...(argument?.argChoices ?? [])];
}

function flagsOf(command: Command): readonly Option[] {
  const below = command.commands.flatMap(({ options }) => options);
  const all = [...command.options, ...below].filter(({ hidden, long }) => !hidden && long);
  return [...new Map(all.map((option) => [option.long, option])).values()];
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}
