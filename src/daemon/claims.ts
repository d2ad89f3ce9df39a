import type { DiskConfig, PathConfig } from '../config/types.js';
import { resolved } from '../drivers/sysfs.js';
import { diskConfigs } from '../discovery/disk-configs.js';
import type { FoundDevice } from '../discovery/found-device.js';
import { foundDisks } from '../discovery/found-disks.js';
import { isAllowed, isDenied, type ScanRules } from '../discovery/scan-rules.js';

/** What is needed of a path. */
export interface HotplugPath {
  readonly device: string;
  readonly disk: { readonly wwid: string };
}

/** What is needed of the topology. */
export interface HotplugTopology<P extends HotplugPath> {
  readonly disks: readonly { readonly wwid: string }[];
  pathByDevt(major: number, minor: number): P | undefined;
  pathByDevice(device: string): P | undefined;
  /** 0 or a negative errno. */
  addPathOf(disk: Omit<DiskConfig, 'paths'>, path: PathConfig): Promise<number>;
  dropPath(path: P): Promise<void>;
  rescanPath(path: P): Promise<void>;
}

/** The disk and path that a device is to be. */
export interface Claim {
  readonly disk: Omit<DiskConfig, 'paths'>;
  readonly path: PathConfig;
}

/** Knows which devices are wanted as paths, and with which settings. */
export class Claims<P extends HotplugPath> {
  readonly #topology: HotplugTopology<P>;
  readonly #rules: ScanRules;
  readonly #disks: readonly DiskConfig[];
  /** Configured disks. */
  readonly #byWwid = new Map<string, DiskConfig>();

  constructor(topology: HotplugTopology<P>, disks: readonly DiskConfig[], rules: ScanRules) {
    this.#topology = topology;
    this.#rules = rules;
    this.#disks = disks;
  }

  /** Disks configured without a wwid have that of their paths. */
  nameDisks(): void {
    for (const disk of this.#disks) {
      const paths = disk.paths.map(({ device }) => this.#topology.pathByDevice(device));
      const wwid = disk.wwid ?? paths.find((path) => path !== undefined)?.disk.wwid;
      if (wwid !== undefined) this.#byWwid.set(wwid, disk);
    }
  }

  /** It is a path of a configured disk, and that very path is configured. */
  configured({ wwid, ...device }: FoundDevice): Claim | undefined {
    const disk = wwid === undefined ? undefined : this.#byWwid.get(wwid);
    const path = disk?.paths.find((candidate) => isMeant(candidate, device));
    if (wwid === undefined || disk === undefined || path === undefined) return undefined;
    return { disk: { ...disk, wwid }, path: { ...path, device: device.device } };
  }

  /** Undefined: nobody wants it. */
  of(device: FoundDevice): Claim | undefined {
    const { wwid } = device;
    if (wwid === undefined) return undefined;
    const configured = this.configured(device);
    if (configured !== undefined) return configured;
    const disk = this.#byWwid.get(wwid);
    if (isDenied(this.#rules, device)) return undefined;
    const there = disk !== undefined || this.#topology.disks.some((head) => head.wwid === wwid);
    if (!there && !isAllowed(this.#rules, device)) return undefined;
    const [made] = diskConfigs(foundDisks([{ ...device, unusable: undefined }]));
    const [path] = made?.paths ?? [];
    if (made === undefined || path === undefined) return undefined;
    return { disk: { ...(disk ?? made), wwid }, path };
  }
}

/** By its address if it has one, else by its name. */
function isMeant(
  path: PathConfig,
  { address, device }: Pick<FoundDevice, 'address' | 'device'>,
): boolean {
  if (path.address !== undefined) return path.address === address;
  return (resolved(path.device) ?? path.device) === device;
}
