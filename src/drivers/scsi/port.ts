/** A SCSI command. */
export interface ScsiCommand {
  /** 6 to 32 bytes. */
  readonly cdb: Uint8Array;
  /** What `data` is: nothing, filled in, or sent. */
  readonly direction: 'none' | 'in' | 'out';
  readonly data: Uint8Array | undefined;
  readonly timeoutMs: number;
}

/** How it ended, as `struct sg_io_hdr` has it. */
export interface ScsiResult {
  /** SAM status: 0 GOOD, 2 CHECK CONDITION, 0x18 RESERVATION CONFLICT ... */
  readonly status: number;
  /** DID_... of include/scsi/scsi_status.h; 0 = DID_OK. */
  readonly hostStatus: number;
  readonly driverStatus: number;
  /** Sense data, fixed or descriptor format; empty if there is none. */
  readonly sense: Uint8Array;
  /** Bytes of `data` that were not transferred. */
  readonly residual: number;
}

/**
 * How commands reach a logical unit. Rejects with Node's kind of error if one could not be sent
 * at all (ENODEV, ENXIO ...).
 */
export interface ScsiPort {
  execute(command: ScsiCommand): Promise<ScsiResult>;
}

/** What is known of a logical unit from outside of it: the system's part of its identity. */
export interface ScsiAttachment {
  readonly port: ScsiPort;
  /** `2:0:0:0`. */
  readonly address: string;
  readonly numaNode: number;
  /** The system's own wwid, where it has one. */
  readonly wwid: string | undefined;
  /** The scsi_device's state as sysfs has it, `running`; undefined when it is gone. */
  state(): string | undefined;
}
