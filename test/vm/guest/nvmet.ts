/** The kernel's NVMe target (drivers/nvme/target/configfs.c), and connections to it. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/child.js';
import { connectFabrics } from './fabrics.js';
import { namespaces as listNamespaces } from './kernel-nvme.js';
import { make, modprobe, write } from './sys.js';

export type NvmetTransport = 'loop' | 'tcp';
export type AnaState =
  'optimized' | 'non-optimized' | 'inaccessible' | 'persistent-loss' | 'change';

const ROOT = '/sys/kernel/config/nvmet';
export const NQN = 'nqn.2026-01.org.example:array';
const FIRST_TCP_PORT = 4420;
/** I/O to a path waits that long for it to come back. */
export const FAST_IO_FAIL_SECS = 3;

export function namespaceUuid(nsid: number): string {
  return `0f0f0f0f-0000-4000-8000-00000000000${nsid}`;
}

export interface NvmetOptions {
  readonly transport: NvmetTransport;
  readonly ports: number;
  /** As many namespaces, namespace n in ANA group n. */
  readonly namespaces: number;
  /** The last ones of them are made, but hidden until they are enabled. Default 0. */
  readonly hidden?: number;
}

/** A subsystem over memory disks; port p (from 1) is its controller p. */
export class Nvmet {
  readonly #transport: NvmetTransport;
  readonly #ports: number;
  /** How many of the namespaces there are to be seen. */
  #visible: number;

  private constructor(options: NvmetOptions) {
    this.#transport = options.transport;
    this.#ports = options.ports;
    this.#visible = options.namespaces - (options.hidden ?? 0);
  }

  /** Makes it, with every group optimized on every port, and connects to all ports. */
  static async start(options: NvmetOptions): Promise<Nvmet> {
    const { transport, ports, namespaces } = options;
    await modprobe('brd', `rd_nr=${namespaces}`, `rd_size=${32 * 1024}`);
    await modprobe('nvmet');
    await modprobe(transport === 'loop' ? 'nvme-loop' : 'nvmet-tcp');
    if (transport === 'tcp') await modprobe('nvme-tcp');
    const nvmet = new Nvmet(options);
    makeSubsystem(namespaces, nvmet.#visible);
    for (let port = 1; port <= ports; port++) nvmet.#makePort(port, namespaces);
    // One after the other, each with its disks: the kernel's list of paths is in this order.
    for (let port = 1; port <= ports; port++) await nvmet.connect(port);
    return nvmet;
  }

  get ports(): readonly number[] {
    return Array.from({ length: this.#ports }, (_, index) => index + 1);
  }

  /** Of tcp. */
  tcpPort(port: number): number {
    return FIRST_TCP_PORT - 1 + port;
  }

  /** What a controller's `address` starts with. */
  address(port: number): string {
    return this.#transport === 'loop'
      ? `traddr=port${port}`
      : `traddr=127.0.0.1,trsvcid=${this.tcpPort(port)}`;
  }

  setState(port: number, group: number, state: AnaState): void {
    write(join(ROOT, `ports/${port}/ana_groups/${group}/ana_state`), state);
  }

  /** Shows a hidden namespace; its disks appear by themselves. */
  enable(nsid: number): void {
    write(join(namespaceDirectory(nsid), 'enable'), 1);
    this.#visible++;
  }

  disable(nsid: number): void {
    write(join(namespaceDirectory(nsid), 'enable'), 0);
    this.#visible--;
  }

  /** Puts a namespace in another ANA group. */
  move(nsid: number, group: number): void {
    write(join(namespaceDirectory(nsid), 'ana_grpid'), group);
  }

  /** Takes the subsystem off a port: its controller is lost. */
  unlink(port: number): void {
    rmSync(this.#link(port));
  }

  link(port: number): void {
    symlinkSync(join(ROOT, 'subsystems', NQN), this.#link(port));
  }

  /** Connects to a port; resolves when its disks are there. */
  async connect(port: number): Promise<void> {
    connectFabrics(this.#connection(port));
    await this.#untilConnected(port, this.#visible);
  }

  #link(port: number): string {
    return join(ROOT, `ports/${port}/subsystems/${NQN}`);
  }

  #makePort(port: number, groups: number): void {
    const directory = make(join(ROOT, `ports/${port}`), { addr_trtype: this.#transport });
    if (this.#transport === 'tcp') {
      write(join(directory, 'addr_adrfam'), 'ipv4');
      write(join(directory, 'addr_traddr'), '127.0.0.1');
      write(join(directory, 'addr_trsvcid'), this.tcpPort(port));
    } else {
      write(join(directory, 'addr_traddr'), `port${port}`);
    }
    for (let group = 1; group <= groups; group++) {
      // Group 1 is there, and optimized; others begin inaccessible.
      if (group > 1) mkdirSync(join(directory, `ana_groups/${group}`));
      this.setState(port, group, 'optimized');
    }
    this.link(port);
  }

  #connection(port: number): string {
    const options = `nqn=${NQN},transport=${this.#transport},${this.address(port)}`;
    // Without it, I/O to a lost path would hang for ctrl_loss_tmo.
    return this.#transport === 'tcp'
      ? `${options},fast_io_fail_tmo=${FAST_IO_FAIL_SECS},reconnect_delay=1`
      : options;
  }

  async #untilConnected(port: number, namespaces: number): Promise<void> {
    const address = this.address(port);
    const disks = (): number =>
      listNamespaces().filter((disk) => disk.address.startsWith(address)).length;
    await until(`${namespaces} disks on port ${port}`, () => disks() === namespaces, 30_000);
  }
}

function makeSubsystem(namespaces: number, visible: number): void {
  make(join(ROOT, 'subsystems', NQN), {
    attr_allow_any_host: 1,
    attr_serial: 'ARRAY1',
    attr_model: 'Array',
  });
  for (let nsid = 1; nsid <= namespaces; nsid++) {
    make(namespaceDirectory(nsid), {
      device_path: `/dev/ram${nsid - 1}`,
      device_uuid: namespaceUuid(nsid),
      ana_grpid: nsid,
      enable: Number(nsid <= visible),
    });
  }
}

function namespaceDirectory(nsid: number): string {
  return join(ROOT, 'subsystems', NQN, `namespaces/${nsid}`);
}
