import type { EventEmitter } from 'eventemitter3';
import type { HeadDisk, Partition } from '../topology/disk.js';
import type { TopologyEvents } from '../topology/events.js';
import { nvmeNames, partLabel, partName, scsiNames } from './by-id-names.js';
import type { DiskFile } from './disk-file.js';
import type { Link } from './link.js';
import type { Roots } from './roots.js';

/** NAME_MAX. */
const MAX_NAME = 255;

/** A name below `dev/disk`: who wants it, in the order of their coming. The first has it. */
interface Name {
  readonly directory: string;
  readonly name: string;
  readonly files: DiskFile[];
  link: Link;
}

/**
 * Keeps the links in `dev/disk`: `by-id`, `by-partuuid` and `by-partlabel`. Where several disks
 * want one name the first keeps it, and when it goes the next gets it. (With udev the last one
 * that had a uevent has it.) To be made after what makes the files in `dev`.
 */
export class ById {
  readonly #roots: Roots;
  readonly #names = new Map<string, Name>();
  /** The ids of the disks that are there. */
  readonly #ids = new Map<HeadDisk, readonly string[]>();
  /** What each disk and partition wants. */
  readonly #wants = new Map<HeadDisk | Partition, { file: DiskFile; names: readonly Name[] }>();

  constructor(roots: Roots, topology: EventEmitter<TopologyEvents>) {
    this.#roots = roots;
    topology.on('nvmeHeadLive', (head) => this.#addDisk(head, nvmeNames(head)));
    topology.on('scsiHeadLive', (head) => this.#addDisk(head, scsiNames(head)));
    topology.on('nvmeHeadRemoved', (head) => this.#removeDisk(head));
    topology.on('scsiHeadRemoved', (head) => this.#removeDisk(head));
    topology.on('partitionAdded', (partition) => this.#addPartition(partition));
    topology.on('partitionRemoved', (partition) => this.#remove(partition));
  }

  #addDisk(disk: HeadDisk, ids: readonly string[]): void {
    this.#ids.set(disk, ids);
    this.#add(
      disk,
      [...new Set(ids)].map((id) => ['by-id', id]),
    );
  }

  #removeDisk(disk: HeadDisk): void {
    this.#remove(disk);
    this.#ids.delete(disk);
  }

  #addPartition(partition: Partition): void {
    const { disk, uuid, label } = partition;
    const ids = this.#ids.get(disk) ?? [];
    const names: [string, string][] = ids.map((id) => ['by-id', partName(id, partition)]);
    if (uuid !== undefined) names.push(['by-partuuid', uuid]);
    if (label !== undefined) names.push(['by-partlabel', partLabel(label)]);
    this.#add(partition, names);
  }

  #add(owner: HeadDisk | Partition, names: readonly (readonly [string, string])[]): void {
    const file = this.#roots.dev.child(owner.name);
    if (file?.kind !== 'disk') return;
    const possible = names.filter(([, name]) => isFileName(name));
    const wants = possible.map(([directory, name]) => this.#want(directory, name, file));
    this.#wants.set(owner, { file, names: wants });
  }

  #want(directory: string, text: string, file: DiskFile): Name {
    const key = `${directory}/${text}`;
    const name = this.#names.get(key);
    if (name !== undefined) {
      name.files.push(file);
      return name;
    }
    const made = { directory, name: text, files: [file], link: this.#link(directory, text, file) };
    this.#names.set(key, made);
    return made;
  }

  /** Whoever removed the file has removed the links to it, too. */
  #remove(owner: HeadDisk | Partition): void {
    const wanted = this.#wants.get(owner);
    if (wanted === undefined) return;
    this.#wants.delete(owner);
    for (const name of wanted.names) {
      name.files.splice(name.files.indexOf(wanted.file), 1);
      const [next] = name.files;
      if (next === undefined) this.#names.delete(`${name.directory}/${name.name}`);
      // Only if it was the first that went.
      else if (name.link.removed) name.link = this.#link(name.directory, name.name, next);
    }
  }

  #link(directory: string, name: string, file: DiskFile): Link {
    return this.#roots.dev.path('disk', directory).link(name, file);
  }
}

function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && Buffer.byteLength(name) <= MAX_NAME;
}
