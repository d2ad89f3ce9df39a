import type { TransportType } from './nvme/transport-type.js';

/** What an NVMe namespace and its controller say of themselves. */
export interface NvmeIdentity {
  readonly kind: 'nvme';
  /** As the kernel prints it (drivers/nvme/host/sysfs.c: wwid_show). */
  readonly wwid: string;
  readonly subsysnqn: string;
  /** Without the padding. */
  readonly model: string;
  readonly serial: string;
  readonly firmwareRev: string;
  readonly nsid: number;
  readonly cntlid: number;
  readonly transport: TransportType;
  /** As in the controller's attribute `address`. */
  readonly address: string;
  /** -1 = none. */
  readonly numaNode: number;
  /** Lower-case hex digits without separators; undefined where it is all zeros or not reported. */
  readonly uuid: string | undefined;
  readonly nguid: string | undefined;
  readonly eui64: string | undefined;
  /** The namespace's ANA group, now: a namespace may be moved. Undefined without ANA. */
  readonly anaGrpid: number | undefined;
}

/** What a SCSI logical unit says of itself, through one of its ports. */
export interface ScsiIdentity {
  readonly kind: 'scsi';
  /** As the kernel prints it (drivers/scsi/scsi_lib.c: scsi_vpd_lun_id); empty without a unique id. */
  readonly wwid: string;
  /** Without the padding. */
  readonly vendor: string;
  readonly model: string;
  readonly revision: string;
  readonly serial: string;
  /** `2:0:0:0`, host, channel, target and LUN as the system numbers them. */
  readonly address: string;
  readonly numaNode: number;
  /** Standard INQUIRY data, and VPD pages by code, whole as the unit sent them. */
  readonly inquiry: Uint8Array;
  readonly vpd: ReadonlyMap<number, Uint8Array>;
  /** Target port group and relative target port, from VPD 0x83; undefined without ALUA. */
  readonly portGroup: number | undefined;
  readonly relativePort: number | undefined;
}

export type Identity = NvmeIdentity | ScsiIdentity;
