import type { SoftwareTargets } from '../../target/create-targets.js';
import type { Directory } from '../directory.js';
import { addNvmetTree } from './nvmet-tree.js';
import { addTargetTree } from './target-tree.js';

/** `config` in `sys/kernel`: what configfs has of each kind of target that is configured. */
export function addConfigTrees(kernel: Directory, { nvmet, core }: SoftwareTargets): void {
  if (nvmet.subsystems.size > 0 || nvmet.ports.size > 0) {
    addNvmetTree(kernel.directory('config'), nvmet);
  }
  if (core.units.size > 0) addTargetTree(kernel.directory('config'), core);
}
