/** One mistake in a configuration file. */
export interface ConfigMistake {
  /** From 1; 0 for the file as a whole. */
  readonly line: number;
  /** `disk[0].path[1].numa_node`; empty where the text is not TOML at all. */
  readonly key: string;
  readonly reason: string;
}

/** A configuration that can't be used. The message has one line for each mistake. */
export class ConfigError extends Error {
  readonly code = 'MPATHFS_CONFIG';
  readonly mistakes: readonly ConfigMistake[];

  constructor(file: string, mistakes: readonly ConfigMistake[]) {
    super(mistakes.map((mistake) => describe(file, mistake)).join('\n'));
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

function describe(file: string, { line, key, reason }: ConfigMistake): string {
  return (line > 0 ? `${file}:${line}: ` : `${file}: `) + (key === '' ? '' : `${key}: `) + reason;
}
