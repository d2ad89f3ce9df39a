import type { EventEmitter } from 'eventemitter3';
import type { Partition } from '../topology/disk.js';
import type { TopologyEvents } from '../topology/events.js';
import { PARTITION, partitionEnv } from './attributes/partition.js';
import { Device, removeDevice } from './device.js';
import type { Roots } from './roots.js';

/**
 * Keeps the partitions in the tree, each in its disk's directory and with a file in `dev`, as
 * block/partitions/core.c puts them there: add_partition, drop_partition.
 */
export class PartitionTree {
  readonly #roots: Roots;

  constructor(roots: Roots, topology: EventEmitter<TopologyEvents>) {
    this.#roots = roots;
    topology.on('partitionAdded', (partition) => this.#add(partition));
    topology.on('partitionRemoved', (partition) => this.#remove(partition));
  }

  #add(partition: Partition): void {
    const { name, disk, devt, bdev } = partition;
    const parent = this.#roots.disks.get(disk);
    if (parent === undefined) throw new Error(`${name} without its disk`);
    const directory = parent.directory.directory(name).attributes(PARTITION, partition);
    const device = Device.add(this.#roots, directory, {
      subsystem: 'block',
      block: true,
      devt,
      devname: name,
      file: bdev,
      env: () => partitionEnv(partition),
    });
    directory.directory('holders');
    this.#roots.partitions.set(partition, device);
    device.added();
  }

  #remove(partition: Partition): void {
    removeDevice(this.#roots.partitions, partition);
  }
}
