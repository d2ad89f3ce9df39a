/** Dword 0 of an Asynchronous Event Request's completion. */
export interface AsyncEvent {
  /** 0 error, 1 health, 2 notice, 6 command set, 7 vendor. */
  readonly type: number;
  readonly information: number;
  /** The log page that tells more, and is to be read. */
  readonly logPage: number;
}

export function decodeAsyncEvent(result: number): AsyncEvent {
  return {
    type: result & 0x7,
    information: (result >>> 8) & 0xff,
    logPage: (result >>> 16) & 0xff,
  };
}

/** drivers/nvme/host/core.c: nvme_handle_aen_notice, NVME_AER_NOTICE_ANA. */
export function isAnaChange(result: number): boolean {
  const { type, information } = decodeAsyncEvent(result);
  return type === 2 && information === 3;
}
