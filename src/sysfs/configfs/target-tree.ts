import type { TargetCore } from '../../target/scsi/target-core.js';
import type { Directory } from '../directory.js';
import { LUN, PORT_GROUP, TARGET_PORT, UNIT, UNIT_ATTRIB, UNIT_WWN } from './target-attributes.js';

/** `sys/kernel/config/target`. Nothing comes or goes in it: that takes a new configuration. */
export function addTargetTree(config: Directory, { units, ports }: TargetCore): void {
  const root = config.directory('target');
  const backstores = root.path('core', 'fileio_0');
  for (const unit of units.values()) {
    const directory = backstores.directory(unit.name).attributes(UNIT, unit);
    directory.directory('attrib').attributes(UNIT_ATTRIB, unit);
    directory.directory('wwn').attributes(UNIT_WWN, unit);
    const groups = directory.directory('alua');
    for (const group of unit.groups.values()) {
      groups.directory(group.name).attributes(PORT_GROUP, group);
    }
  }
  const loopback = root.directory('loopback');
  for (const port of ports.values()) {
    const group = loopback.path(port.wwn, 'tpgt_1').attributes(TARGET_PORT, port);
    for (const lun of port.luns.values()) {
      const directory = group.path('lun', `lun_${lun.number}`).attributes(LUN, lun);
      directory.link(lun.unit.name, backstores.directory(lun.unit.name));
    }
  }
}
