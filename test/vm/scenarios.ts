/** The scenarios, and the hardware that each of them wants. */

/** One machine of a scenario. */
export interface Run {
  /** Arguments of the scenario's program. */
  readonly args?: readonly string[];
  readonly parameters?: readonly string[];
  /** Arguments of QEMU; images are made in `directory`. */
  devices?(directory: string): readonly string[];
}

export interface Scenario {
  /** Also its program: scenarios/NAME.ts. */
  readonly name: string;
  /** For each of its machines. */
  readonly timeoutSecs: number;
  /** One after the other; they have the share in common. */
  readonly runs: readonly Run[];
}

/** mpathfs needs the paths as disks of their own; Debian's kernel hides them by default. */
const OWN_PATHS = ['nvme_core.multipath=N'];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'scan',
    timeoutSecs: 180,
    runs: [{ parameters: OWN_PATHS, devices: (directory) => nvmePair(directory, ROOT_PORTS) }],
  },
  {
    name: 'nvme-pair',
    timeoutSecs: 240,
    runs: [{ parameters: OWN_PATHS, devices: (directory) => nvmePair(directory, ROOT_PORTS) }],
  },
  {
    name: 'nvmet-ana',
    timeoutSecs: 240,
    runs: [
      { parameters: OWN_PATHS, args: ['loop'] },
      { parameters: OWN_PATHS, args: ['tcp'] },
    ],
  },
  {
    name: 'nvmet-counts',
    timeoutSecs: 300,
    runs: [
      { parameters: ['nvme_core.multipath=Y'], args: ['kernel'] },
      { parameters: OWN_PATHS, args: ['mpathfs'] },
    ],
  },
  { name: 'path-loss', timeoutSecs: 300, runs: [{ parameters: OWN_PATHS }] },
  {
    name: 'all-paths-loss',
    timeoutSecs: 240,
    runs: [
      {
        parameters: OWN_PATHS,
        args: ['nvme'],
        devices: (directory) => nvmePair(directory, ROOT_PORTS),
      },
      { args: ['scsi'] },
    ],
  },
  { name: 'hotplug', timeoutSecs: 240, runs: [{ parameters: OWN_PATHS }] },
  { name: 'lio', timeoutSecs: 240, runs: [{}] },
  { name: 'scsi-errors', timeoutSecs: 360, runs: [{}] },
  {
    name: 'numa',
    timeoutSecs: 180,
    runs: [{ parameters: OWN_PATHS, devices: (directory) => nvmePair(directory, TWO_NODES) }],
  },
  { name: 'dm', timeoutSecs: 360, runs: [{}] },
  {
    name: 'contract',
    timeoutSecs: 300,
    runs: [{ parameters: OWN_PATHS, args: ['nvme'] }, { args: ['scsi'] }],
  },
];

const ROOT_PORTS = [
  ...['-device', 'pcie-root-port,id=port0,chassis=1,slot=1'],
  ...['-device', 'pcie-root-port,id=port1,chassis=2,slot=2'],
];

/** Two NUMA nodes with a CPU, half of the memory and a PCIe root port each. */
const TWO_NODES = [0, 1].flatMap((node) => [
  ...['-object', `memory-backend-ram,id=memory${node},size=1G`],
  ...['-numa', `node,nodeid=${node},cpus=${node},memdev=memory${node}`],
  ...['-device', `pxb-pcie,id=bus${node},bus=pcie.0,bus_nr=${32 * (node + 1)},numa_node=${node}`],
  ...['-device', `pcie-root-port,id=port${node},bus=bus${node},chassis=${node + 1},slot=${node}`],
]);

/** Two controllers of one subsystem, in the slots `port0` and `port1`, that share a namespace. */
function nvmePair(directory: string, ports: readonly string[]): readonly string[] {
  const image = `file=${directory}/nvme.img,format=raw,if=none,id=image,cache=unsafe`;
  return [
    ...ports,
    ...['-device', 'nvme-subsys,id=subsystem,nqn=pair'],
    ...['-device', 'nvme,id=nvme0,serial=PAIR,bus=port0,subsys=subsystem'],
    ...['-device', 'nvme,id=nvme1,serial=PAIR,bus=port1,subsys=subsystem'],
    ...['-drive', image, '-device', 'nvme-ns,drive=image,bus=nvme0,nsid=1,shared=on'],
  ];
}
