/** drivers/nvme/target/core.c: nvmet_parse_io_cmd; io-cmd-file.c. */
import type { NvmeCommand, NvmeCompletion } from '../../drivers/nvme/port.js';
import type { Image } from '../image.js';
import { anaStatus } from './ana-state.js';
import type { NvmetController } from './controller.js';
import { Sqe } from './sqe.js';
import { completed, DNR, failed, MORE, Status } from './status.js';

const Opcode = { FLUSH: 0x00, WRITE: 0x01, READ: 0x02 } as const;

export async function executeIo(
  { subsystem, port }: NvmetController,
  command: NvmeCommand,
): Promise<NvmeCompletion> {
  const sqe = new Sqe(command.sqe);
  const namespace = subsystem.namespaces.get(sqe.nsid);
  if (namespace === undefined) return failed(Status.INVALID_NS | DNR | MORE);
  const { image } = namespace;
  if (image === undefined) return failed(Status.INTERNAL_PATH_ERROR | MORE);
  const ana = anaStatus(port.anaState(namespace.anaGrpid));
  if (ana !== 0) return failed(ana | MORE);
  const data = command.data ?? new Uint8Array(0);
  try {
    switch (sqe.opcode) {
      case Opcode.FLUSH:
        await image.flush();
        return completed();
      case Opcode.WRITE:
      case Opcode.READ:
        return await transfer(image, sqe, data);
      default:
        return failed(Status.INVALID_OPCODE | DNR | MORE);
    }
  } catch {
    return failed(Status.INTERNAL | DNR);
  }
}

async function transfer(image: Image, sqe: Sqe, data: Uint8Array): Promise<NvmeCompletion> {
  const blocks = (sqe.cdw(12) & 0xffff) + 1;
  if (data.length !== blocks * image.blockSize) {
    return failed(Status.SGL_INVALID_DATA | DNR | MORE);
  }
  const start = sqe.qword(10) * BigInt(image.blockSize);
  if (start + BigInt(data.length) > BigInt(image.size)) {
    return failed(Status.LBA_RANGE | DNR | MORE);
  }
  if (sqe.opcode === Opcode.READ) await image.read(data, Number(start));
  else await image.write(data, Number(start));
  return completed();
}
