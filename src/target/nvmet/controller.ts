import type { NvmeCommand, NvmeCompletion } from '../../drivers/nvme/port.js';
import { Listeners } from '../listeners.js';
import { executeAdmin } from './admin.js';
import { OAES } from './identify.js';
import { executeIo } from './io.js';
import type { Nvmet } from './nvmet.js';
import type { NvmetPort } from './port.js';
import type { NvmetSubsystem } from './subsystem.js';

/** Asynchronous events: the bit that turns each on, and dword 0 of its completion. */
const EVENTS = {
  namespaces: { bit: 0x100, result: 0x040002 },
  ana: { bit: 0x800, result: 0x0c0302 },
} as const;
type Event = keyof typeof EVENTS;

/** `struct nvmet_ctrl`: a port as one subsystem's controller, for the one host that there is. */
export class NvmetController {
  readonly nvmet: Nvmet;
  readonly port: NvmetPort;
  readonly subsystem: NvmetSubsystem;
  readonly cntlid: number;
  /** Feature 0Bh. */
  asyncEvents: number = OAES;
  /** Told, and not to be told again before the host has read the log page. */
  readonly #masked = new Set<Event>();
  readonly #changed = new Set<number>();
  readonly #listeners = new Listeners<[result: number]>();
  #resetting = false;

  constructor(nvmet: Nvmet, port: NvmetPort, subsystem: NvmetSubsystem, cntlid: number) {
    this.nvmet = nvmet;
    this.port = port;
    this.subsystem = subsystem;
    this.cntlid = cntlid;
  }

  /** As the host's attribute `state` has it. */
  get state(): string {
    return this.#resetting ? 'resetting' : 'live';
  }

  admin(command: NvmeCommand): NvmeCompletion {
    return executeAdmin(this, command);
  }

  io(command: NvmeCommand): Promise<NvmeCompletion> {
    return executeIo(this, command);
  }

  /** The host starts it anew: what it was told before counts no more. Over with the next turn. */
  reset(): void {
    this.#resetting = true;
    this.#masked.clear();
    this.asyncEvents = OAES;
    setImmediate(() => {
      this.#resetting = false;
    });
  }

  /** `listener` gets dword 0 of every asynchronous event, until the returned function is called. */
  onEvent(listener: (result: number) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** nvmet_send_ana_event. */
  anaChanged(): void {
    this.#send('ana');
  }

  /** nvmet_ns_changed. */
  namespaceChanged(nsid: number): void {
    this.#changed.add(nsid);
    this.#send('namespaces');
  }

  /** Those that changed since this was asked last. */
  takeChangedNamespaces(): number[] {
    const nsids = [...this.#changed].sort((a, b) => a - b);
    this.#changed.clear();
    return nsids;
  }

  unmask(event: Event): void {
    this.#masked.delete(event);
  }

  /** nvmet_add_async_event, unless nvmet_aen_bit_disabled. */
  #send(event: Event): void {
    const { bit, result } = EVENTS[event];
    if ((this.asyncEvents & bit) === 0 || this.#masked.has(event)) return;
    this.#masked.add(event);
    queueMicrotask(() => {
      this.#listeners.tell(result);
    });
  }
}
