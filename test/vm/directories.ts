/** Where the virtual machine's things are on the host. */
import { fileURLToPath } from 'node:url';

/** The repository: where the command in the machine starts. */
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** Kernel, initial file system and the logs of the last runs; ignored by git. */
export const CACHE = fileURLToPath(new URL('../../../test/vm/.cache/', import.meta.url));
