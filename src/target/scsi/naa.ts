/** OpenFabrics' OUI, as LIO has it (company_id). */
const COMPANY_ID = '001405';
const DIGITS = 32;

/**
 * drivers/target/target_core_spc.c: spc_gen_naa_6h_vendor_specific. NAA IEEE Registered Extended,
 * with the hex digits of the unit's serial number behind the company id.
 */
export function naaOfSerial(serial: string): string {
  const digits = serial.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
  return `6${COMPANY_ID}${digits}`.slice(0, DIGITS).padEnd(DIGITS, '0');
}
