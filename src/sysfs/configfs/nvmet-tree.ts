import type { Nvmet } from '../../target/nvmet/nvmet.js';
import type { Directory } from '../directory.js';
import {
  NVMET_ANA_GROUP,
  NVMET_NAMESPACE,
  NVMET_PORT,
  NVMET_SUBSYSTEM,
} from './nvmet-attributes.js';

/** `sys/kernel/config/nvmet`. Nothing comes or goes in it: that takes a new configuration. */
export function addNvmetTree(config: Directory, nvmet: Nvmet): void {
  const root = config.directory('nvmet');
  const subsystems = root.directory('subsystems');
  const ports = root.directory('ports');
  for (const subsystem of nvmet.subsystems.values()) {
    const directory = subsystems.directory(subsystem.nqn).attributes(NVMET_SUBSYSTEM, subsystem);
    const namespaces = directory.directory('namespaces');
    for (const namespace of subsystem.namespaces.values()) {
      namespaces.directory(String(namespace.nsid)).attributes(NVMET_NAMESPACE, namespace);
    }
  }
  for (const port of nvmet.ports.values()) {
    const directory = ports.directory(String(port.id)).attributes(NVMET_PORT, port);
    const groups = directory.directory('ana_groups');
    for (const group of port.groups) {
      groups.directory(String(group)).attributes(NVMET_ANA_GROUP, { port, group });
    }
    const links = directory.directory('subsystems');
    for (const { nqn, controllers } of nvmet.subsystems.values()) {
      if (!controllers.some((controller) => controller.port === port)) continue;
      links.link(nqn, subsystems.directory(nqn));
    }
  }
}
