import { Errno } from '../../shared/errno.js';
import { Image, type OpenFile } from '../image.js';
import { systemErrno } from '../../shared/system-error.js';
import type { NvmetNamespaceConfig } from '../../config/targets.js';

/** What happens to a namespace that its subsystem's controllers hear of. */
export interface NamespaceEvents {
  /** It came, went, or has another size (nvmet_ns_changed). */
  namespaceChanged(namespace: NvmetNamespace): void;
  /** It is in another ANA group. */
  namespaceMoved(namespace: NvmetNamespace): void;
}

/** `struct nvmet_ns`. It starts disabled. */
export class NvmetNamespace {
  readonly nsid: number;
  readonly devicePath: string;
  /** 32 hex digits; empty: it has none. */
  readonly uuid: string;
  readonly nguid: string;
  readonly #openFile: OpenFile;
  readonly #events: NamespaceEvents;
  #anaGrpid: number;
  #image: Image | undefined;
  #size = 0;

  /** `uuid`: the one of a namespace that is configured with no id. */
  constructor(
    config: NvmetNamespaceConfig,
    uuid: string,
    openFile: OpenFile,
    events: NamespaceEvents,
  ) {
    this.nsid = config.nsid;
    this.devicePath = config.device_path;
    this.uuid = (config.uuid ?? (config.nguid === undefined ? uuid : '')).replaceAll('-', '');
    this.nguid = config.nguid ?? '';
    this.#anaGrpid = config.ana_grpid;
    this.#openFile = openFile;
    this.#events = events;
  }

  get anaGrpid(): number {
    return this.#anaGrpid;
  }

  /** nvmet_ns_ana_grpid_store. */
  set anaGrpid(group: number) {
    this.#anaGrpid = group;
    this.#events.namespaceMoved(this);
  }

  get enabled(): boolean {
    return this.#image !== undefined;
  }

  /** Undefined while it is disabled. */
  get image(): Image | undefined {
    return this.#image;
  }

  /** Bytes, as last looked at. */
  get size(): number {
    return this.#size;
  }

  /** nvmet_ns_enable. 0, or the negative errno of its image. */
  enable(): number {
    if (this.#image !== undefined) return 0;
    try {
      this.#image = new Image(this.devicePath, this.#openFile);
    } catch (error) {
      return -(systemErrno(error) || Errno.EIO);
    }
    this.#size = this.#image.size;
    this.#events.namespaceChanged(this);
    return 0;
  }

  /** nvmet_ns_disable. */
  disable(): void {
    if (this.#image === undefined) return;
    this.#image.close();
    this.#image = undefined;
    this.#size = 0;
    this.#events.namespaceChanged(this);
  }

  /** nvmet_ns_revalidate: looks at the size of the image. 0, or -EINVAL while it is disabled. */
  revalidate(): number {
    if (this.#image === undefined) return -Errno.EINVAL;
    const { size } = this.#image;
    if (size === this.#size) return 0;
    this.#size = size;
    this.#events.namespaceChanged(this);
    return 0;
  }
}
