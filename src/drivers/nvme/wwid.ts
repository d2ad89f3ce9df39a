import type { ControllerData } from './identify-controller.js';

/** Identifiers of a namespace, in hex digits. */
export interface NamespaceIds {
  readonly uuid: string | undefined;
  readonly nguid: string | undefined;
  readonly eui64: string | undefined;
}

/** drivers/nvme/host/sysfs.c: wwid_show. */
export function wwidOf(
  { vid, sn, mn }: Pick<ControllerData, 'vid' | 'sn' | 'mn'>,
  nsid: number,
  { uuid, nguid, eui64 }: NamespaceIds,
): string {
  if (uuid !== undefined) return `uuid.${dashed(uuid)}`;
  const eui = nguid ?? eui64;
  if (eui !== undefined) return `eui.${eui}`;
  return `nvme.${hex(vid, 4)}-${digits(sn)}-${digits(mn)}-${hex(nsid, 8)}`;
}

/** `%pU` of 32 hex digits. */
function dashed(uuid: string): string {
  return uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** `%*phN`: each character's byte. */
function digits(text: string): string {
  return Array.from(text, (character) => hex(character.charCodeAt(0), 2)).join('');
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}
