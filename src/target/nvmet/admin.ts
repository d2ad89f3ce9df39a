/** drivers/nvme/target/admin-cmd.c: nvmet_parse_admin_cmd. */
import type { NvmeCommand, NvmeCompletion } from '../../drivers/nvme/port.js';
import type { NvmetController } from './controller.js';
import {
  activeNamespaces,
  IDENTIFY_LENGTH,
  identifyController,
  identifyNamespace,
  namespaceDescriptors,
  OAES,
} from './identify.js';
import { LogPage, logPage } from './log-page.js';
import { Sqe } from './sqe.js';
import { completed, DNR, failed, MORE, Status } from './status.js';

const Opcode = {
  GET_LOG_PAGE: 0x02,
  IDENTIFY: 0x06,
  ABORT: 0x08,
  SET_FEATURES: 0x09,
  GET_FEATURES: 0x0a,
  KEEP_ALIVE: 0x18,
} as const;

const Cns = {
  NAMESPACE: 0x00,
  CONTROLLER: 0x01,
  ACTIVE_NAMESPACES: 0x02,
  DESCRIPTORS: 0x03,
  COMMAND_SET_CONTROLLER: 0x06,
} as const;
const CSI_NVM = 0;
const NSID_ALL = 0xffffffff;

const Feature = {
  VOLATILE_WRITE_CACHE: 0x06,
  NUMBER_OF_QUEUES: 0x07,
  ASYNC_EVENT: 0x0b,
  HOST_ID: 0x81,
} as const;
const MAX_QID = 128;
/** Both numbers of queues are one less than they are. */
const QUEUES = BigInt((MAX_QID - 1) | ((MAX_QID - 1) << 16));
/** Retain asynchronous event. */
const RAE = 1 << 15;

const INVALID_FIELD = Status.INVALID_FIELD | DNR | MORE;
const INVALID_NS = Status.INVALID_NS | DNR | MORE;
const WRONG_LENGTH = Status.SGL_INVALID_DATA | DNR | MORE;

export function executeAdmin(controller: NvmetController, command: NvmeCommand): NvmeCompletion {
  const sqe = new Sqe(command.sqe);
  const data = command.data ?? new Uint8Array(0);
  switch (sqe.opcode) {
    case Opcode.GET_LOG_PAGE:
      return getLogPage(controller, sqe, data);
    case Opcode.IDENTIFY:
      return identify(controller, sqe, data);
    case Opcode.ABORT:
      return data.length > 0 ? failed(WRONG_LENGTH) : completed(1n); // was not aborted
    case Opcode.SET_FEATURES:
      return data.length > 0 ? failed(WRONG_LENGTH) : setFeatures(controller, sqe);
    case Opcode.GET_FEATURES:
      return getFeatures(controller, sqe, data);
    case Opcode.KEEP_ALIVE:
      return data.length > 0 ? failed(WRONG_LENGTH) : completed();
    default:
      return failed(Status.INVALID_OPCODE | DNR | MORE);
  }
}

function identify(controller: NvmetController, sqe: Sqe, data: Uint8Array): NvmeCompletion {
  if (data.length !== IDENTIFY_LENGTH) return failed(WRONG_LENGTH);
  const namespace = controller.subsystem.namespaces.get(sqe.nsid);
  switch (sqe.cdw(10) & 0xff) {
    case Cns.NAMESPACE:
      if (sqe.nsid === NSID_ALL) return failed(INVALID_NS);
      data.set(identifyNamespace(controller, namespace));
      return completed();
    case Cns.CONTROLLER:
      data.set(identifyController(controller));
      return completed();
    case Cns.ACTIVE_NAMESPACES:
      data.set(activeNamespaces(controller, sqe.nsid));
      return completed();
    case Cns.DESCRIPTORS:
      if (namespace === undefined) return failed(INVALID_NS);
      if (!namespace.enabled) return failed(Status.INTERNAL_PATH_ERROR | MORE);
      data.set(namespaceDescriptors(namespace));
      return completed();
    case Cns.COMMAND_SET_CONTROLLER:
      if (sqe.cdw(11) >>> 24 !== CSI_NVM) return failed(INVALID_FIELD);
      data.fill(0); // nothing to say
      return completed();
    default:
      return failed(INVALID_FIELD);
  }
}

/** The part from LPO on, as long as the buffer; behind the page's end it is zeros. */
function getLogPage(controller: NvmetController, sqe: Sqe, data: Uint8Array): NvmeCompletion {
  const dwords = (sqe.cdw(10) >>> 16) + (sqe.cdw(11) & 0xffff) * 0x10000 + 1;
  if (data.length !== dwords * 4) return failed(WRONG_LENGTH);
  const lid = sqe.cdw(10) & 0xff;
  if ((sqe.cdw(10) & RAE) === 0) unmask(controller, lid);
  const page = logPage(controller, lid, (sqe.cdw(10) >>> 8) & 0x7f);
  const offset = sqe.qword(12);
  if (page === undefined || offset % 4n !== 0n || offset > BigInt(page.length)) {
    return failed(INVALID_FIELD);
  }
  data.fill(0);
  data.set(page.subarray(Number(offset), Number(offset) + data.length));
  return completed();
}

/** nvmet_clear_aen_bit, before the page is put together: a change meanwhile is told again. */
function unmask(controller: NvmetController, lid: number): void {
  if (lid === LogPage.ANA) controller.unmask('ana');
  if (lid === LogPage.CHANGED_NS) controller.unmask('namespaces');
}

function setFeatures(controller: NvmetController, sqe: Sqe): NvmeCompletion {
  const value = sqe.cdw(11);
  switch (sqe.cdw(10) & 0xff) {
    case Feature.NUMBER_OF_QUEUES:
      if (value >>> 16 === 0xffff || (value & 0xffff) === 0xffff) {
        return failed(Status.INVALID_FIELD | DNR);
      }
      return completed(QUEUES);
    case Feature.ASYNC_EVENT:
      if ((value & ~(OAES | 0xff)) !== 0) return failed(INVALID_FIELD);
      controller.asyncEvents = value;
      return completed(BigInt(value));
    case Feature.HOST_ID: // It came with the Connect command.
      return failed(Status.CMD_SEQ_ERROR | DNR);
    default:
      return failed(INVALID_FIELD);
  }
}

function getFeatures(controller: NvmetController, sqe: Sqe, data: Uint8Array): NvmeCompletion {
  const feature = sqe.cdw(10) & 0xff;
  if (data.length !== (feature === Feature.HOST_ID ? 16 : 0)) return failed(WRONG_LENGTH);
  switch (feature) {
    case Feature.VOLATILE_WRITE_CACHE:
      return completed(1n);
    case Feature.NUMBER_OF_QUEUES:
      return completed(QUEUES);
    case Feature.ASYNC_EVENT:
      return completed(BigInt(controller.asyncEvents));
    case Feature.HOST_ID:
      if ((sqe.cdw(11) & 1) === 0) return failed(INVALID_FIELD); // 128 bits only
      data.set(Buffer.from(controller.nvmet.hostid.replaceAll('-', ''), 'hex'));
      return completed();
    default:
      return failed(INVALID_FIELD);
  }
}
