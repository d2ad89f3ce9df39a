import type { TransportType } from './transport-type.js';

/** An NVMe command, as a controller gets it. */
export interface NvmeCommand {
  /**
   * The submission queue entry, 64 bytes. Of it the opcode, flags, NSID, CDW2, CDW3 and
   * CDW10 to CDW15 count; command identifier and data pointers are the transport's.
   */
  readonly sqe: Uint8Array;
  /** Its data buffer: sent, or filled in, as the two low bits of the opcode say. */
  readonly data: Uint8Array | undefined;
  readonly timeoutMs: number;
}

export interface NvmeCompletion {
  /**
   * The status field without the phase bit: SC 0-7, SCT 8-10, CRD 11-12, MORE 13, DNR 14.
   * 0 = success.
   */
  readonly status: number;
  /** Dword 0 (and 1) of the completion queue entry. */
  readonly result: bigint;
}

/**
 * How commands reach a controller. Rejects with Node's kind of error (`code`, negative `errno`)
 * if one did not reach it or had no answer: ENODEV, ETIMEDOUT, EIO ...
 */
export interface NvmePort {
  admin(command: NvmeCommand): Promise<NvmeCompletion>;
  io(command: NvmeCommand): Promise<NvmeCompletion>;
  /** Has the controller reset (NVME_IOCTL_RESET). Resolves when that has begun. */
  reset(): Promise<void>;
}

/** What is known of a controller from outside of it: the system's part of its identity. */
export interface NvmeAttachment {
  readonly port: NvmePort;
  readonly nsid: number;
  readonly transport: TransportType;
  /** As in the controller's attribute `address`. */
  readonly address: string;
  readonly numaNode: number;
  /** The system's own wwid, where it has one: it knows of devices whose ids are bogus. */
  readonly wwid: string | undefined;
  /** The system's name of the subsystem, where it has one. */
  readonly subsysnqn: string | undefined;
  /** The controller's state as sysfs has it, `live`; undefined when it is gone. */
  state(): string | undefined;
  /**
   * Calls `changed` with the result of every asynchronous event that the system passes on, until
   * the returned function is called. Many systems pass on none.
   */
  onEvent(changed: (result: number) => void): () => void;
}
