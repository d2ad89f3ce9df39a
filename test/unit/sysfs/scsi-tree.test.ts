import test from 'ava';
import { AccessState, ControllerState } from '../../../src/multipath/names.js';
import type { Directory } from '../../../src/sysfs/directory.js';
import { listing, nodes, resolve } from './listing.js';
import { ScsiFixture } from './scsi-fixture.js';

/**
 * A device with two paths. Left out: binary attributes, queue/ and block's own attributes, and
 * of the second host what is the same as in the first.
 */
const EXPECTED = String.raw`
dev D 0755
dev/sda B 0660
sys D 0755
sys/block D 0755
sys/block/sda L -> ../devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda
sys/block/sda:0 L -> ../devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0
sys/block/sda:1 L -> ../devices/platform/host1/target1:0:0/1:0:0:0/block/sda:1
sys/bus D 0755
sys/bus/scsi D 0755
sys/bus/scsi/devices D 0755
sys/bus/scsi/devices/0:0:0:0 L -> ../../../devices/platform/host0/target0:0:0/0:0:0:0
sys/bus/scsi/devices/1:0:0:0 L -> ../../../devices/platform/host1/target1:0:0/1:0:0:0
sys/bus/scsi/devices/host0 L -> ../../../devices/platform/host0
sys/bus/scsi/devices/host1 L -> ../../../devices/platform/host1
sys/bus/scsi/devices/target0:0:0 L -> ../../../devices/platform/host0/target0:0:0
sys/bus/scsi/devices/target1:0:0 L -> ../../../devices/platform/host1/target1:0:0
sys/bus/scsi/drivers D 0755
sys/bus/scsi/drivers/sd D 0755
sys/bus/scsi/drivers/sd/0:0:0:0 L -> ../../../../devices/platform/host0/target0:0:0/0:0:0:0
sys/bus/scsi/drivers/sd/1:0:0:0 L -> ../../../../devices/platform/host1/target1:0:0/1:0:0:0
sys/class D 0755
sys/class/block D 0755
sys/class/block/sda L -> ../../devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda
sys/class/block/sda:0 L -> ../../devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0
sys/class/block/sda:1 L -> ../../devices/platform/host1/target1:0:0/1:0:0:0/block/sda:1
sys/class/scsi_device D 0755
sys/class/scsi_device/0:0:0:0 L -> ../../devices/platform/host0/target0:0:0/0:0:0:0/scsi_device/0:0:0:0
sys/class/scsi_device/1:0:0:0 L -> ../../devices/platform/host1/target1:0:0/1:0:0:0/scsi_device/1:0:0:0
sys/class/scsi_disk D 0755
sys/class/scsi_disk/0:0:0:0 L -> ../../devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0
sys/class/scsi_disk/1:0:0:0 L -> ../../devices/platform/host1/target1:0:0/1:0:0:0/scsi_disk/1:0:0:0
sys/class/scsi_host D 0755
sys/class/scsi_host/host0 L -> ../../devices/platform/host0/scsi_host/host0
sys/class/scsi_host/host1 L -> ../../devices/platform/host1/scsi_host/host1
sys/class/scsi_mpath_device D 0755
sys/class/scsi_mpath_device/scsi_mpath_device0 L -> ../../devices/virtual/scsi_mpath_device/scsi_mpath_device0
sys/class/scsi_mpath_disk D 0755
sys/class/scsi_mpath_disk/scsi_mpath_disk0 L -> ../../devices/virtual/scsi_mpath_disk/scsi_mpath_disk0
sys/dev D 0755
sys/dev/block D 0755
sys/dev/block/8:0 L -> ../../devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda
sys/dev/char D 0755
sys/devices D 0755
sys/devices/platform D 0755
sys/devices/platform/host0 D 0755
sys/devices/platform/host0/scsi_host D 0755
sys/devices/platform/host0/scsi_host/host0 D 0755
sys/devices/platform/host0/scsi_host/host0/active_mode F 0444 "Initiator\n"
sys/devices/platform/host0/scsi_host/host0/can_queue F 0444 "128\n"
sys/devices/platform/host0/scsi_host/host0/cmd_per_lun F 0444 "128\n"
sys/devices/platform/host0/scsi_host/host0/device L -> ../../../host0
sys/devices/platform/host0/scsi_host/host0/eh_deadline F 0644 "off\n"
sys/devices/platform/host0/scsi_host/host0/host_busy F 0444 "0\n"
sys/devices/platform/host0/scsi_host/host0/host_reset F 0200 ""
sys/devices/platform/host0/scsi_host/host0/nr_hw_queues F 0444 "2\n"
sys/devices/platform/host0/scsi_host/host0/proc_name F 0444 "mpathfs\n"
sys/devices/platform/host0/scsi_host/host0/prot_capabilities F 0444 "0\n"
sys/devices/platform/host0/scsi_host/host0/prot_guard_type F 0444 "0\n"
sys/devices/platform/host0/scsi_host/host0/scan F 0200 ""
sys/devices/platform/host0/scsi_host/host0/sg_prot_tablesize F 0444 "0\n"
sys/devices/platform/host0/scsi_host/host0/sg_tablesize F 0444 "256\n"
sys/devices/platform/host0/scsi_host/host0/state F 0644 "running\n"
sys/devices/platform/host0/scsi_host/host0/subsystem L -> ../../../../../class/scsi_host
sys/devices/platform/host0/scsi_host/host0/supported_mode F 0444 "Initiator\n"
sys/devices/platform/host0/scsi_host/host0/uevent F 0644 ""
sys/devices/platform/host0/scsi_host/host0/unique_id F 0444 "0\n"
sys/devices/platform/host0/subsystem L -> ../../../bus/scsi
sys/devices/platform/host0/target0:0:0 D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0 D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/access_state F 0444 "active/optimized\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/blacklist F 0444 ""
sys/devices/platform/host0/target0:0:0/0:0:0:0/block D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0 D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/device L -> ../../../0:0:0:0
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/diag D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/diag/command_error_count F 0644 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/diag/command_retry_count F 0644 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/diag/multipath_failover_count F 0644 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/hidden F 0444 "1\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/holders D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/make-it-fail F 0644 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/make-it-slow F 0644 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/marginal F 0644 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/mpath_dev F 0444 "8:0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/mpath_numa_nodes F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/mpath_queue_depth F 0444 ""
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/queue D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/range F 0444 "16\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/size F 0444 "2048\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/slaves D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/subsystem L -> ../../../../../../../class/block
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/uevent F 0644 "DEVTYPE=disk\nDISKSEQ=1\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/delete F 0200 ""
sys/devices/platform/host0/target0:0:0/0:0:0:0/device_blocked F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/device_busy F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/dh_state F 0644 "detached\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/driver L -> ../../../../../bus/scsi/drivers/sd
sys/devices/platform/host0/target0:0:0/0:0:0:0/evt_capacity_change_reported F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/evt_inquiry_change_reported F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/evt_lun_change_reported F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/evt_media_change F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/evt_mode_parameter_change_reported F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/evt_soft_threshold_reached F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/iocounterbits F 0444 "32\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/iodone_cnt F 0444 "0x0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/ioerr_cnt F 0444 "0x0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/iorequest_cnt F 0444 "0x0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/iotmo_cnt F 0444 "0x0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/modalias F 0444 "scsi:t-0x00\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/model F 0444 "disk            \n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/preferred_path F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/queue_depth F 0444 "128\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/queue_type F 0644 "simple\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/rescan F 0200 ""
sys/devices/platform/host0/target0:0:0/0:0:0:0/rev F 0444 "1.0 \n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_device D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_device/0:0:0:0 D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_device/0:0:0:0/device L -> ../../../0:0:0:0
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_device/0:0:0:0/subsystem L -> ../../../../../../../class/scsi_device
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_device/0:0:0:0/uevent F 0644 ""
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0 D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/FUA F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/app_tag_own F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/cache_type F 0444 "write back\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/device L -> ../../../0:0:0:0
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/protection_mode F 0444 "none\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/protection_type F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/provisioning_mode F 0444 "full\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/subsystem L -> ../../../../../../../class/scsi_disk
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/thin_provisioning F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/uevent F 0644 ""
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0/zoned_cap F 0444 "none\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/scsi_level F 0444 "7\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/state F 0644 "running\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/subsystem L -> ../../../../../bus/scsi
sys/devices/platform/host0/target0:0:0/0:0:0:0/type F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/uevent F 0644 "DEVTYPE=scsi_device\nDRIVER=sd\nMODALIAS=scsi:t-0x00\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/vendor F 0444 "mpathfs \n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/wwid F 0444 "naa.600140505200a986f0043c9afa1fd077\n"
sys/devices/platform/host0/target0:0:0/subsystem L -> ../../../../bus/scsi
sys/devices/platform/host0/target0:0:0/uevent F 0644 "DEVTYPE=scsi_target\n"
sys/devices/platform/host0/uevent F 0644 "DEVTYPE=scsi_host\n"
sys/devices/platform/host1 D 0755
sys/devices/virtual D 0755
sys/devices/virtual/scsi_mpath_device D 0755
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0 D 0755
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/iopolicy F 0644 "numa\n"
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/multipath D 0755
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/multipath/0:0:0:0 L -> ../../../../platform/host0/target0:0:0/0:0:0:0
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/multipath/1:0:0:0 L -> ../../../../platform/host1/target1:0:0/1:0:0:0
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/subsystem L -> ../../../../class/scsi_mpath_device
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/uevent F 0644 ""
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/vpd_id F 0444 "naa.600140505200a986f0043c9afa1fd077\n"
sys/devices/virtual/scsi_mpath_disk D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0 D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/delayed_removal_secs F 0644 "0\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/dev F 0444 "8:0\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/device L -> ../../scsi_mpath_disk0
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/diag D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/diag/io_fail_no_available_path_count F 0644 "0\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/diag/io_requeue_no_usable_path_count F 0644 "0\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/hidden F 0444 "0\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/holders D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/marginal_path_failures F 0644 "5\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/marginal_path_recovery_secs F 0644 "60\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/marginal_path_window_secs F 0644 "60\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/multipath D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/multipath/sda:0 L -> ../../../../../platform/host0/target0:0:0/0:0:0:0/block/sda:0
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/multipath/sda:1 L -> ../../../../../platform/host1/target1:0:0/1:0:0:0/block/sda:1
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/queue D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/range F 0444 "16\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/size F 0444 "2048\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/slaves D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/subsystem L -> ../../../../../class/block
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/uevent F 0644 "MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\nDISKSEQ=9\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/subsystem L -> ../../../../class/scsi_mpath_disk
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/uevent F 0644 ""
sys/module D 0755
`;

const LEFT_OUT = [
  /\/(inquiry|vpd_pg\w+) F/,
  /\/queue\//,
  /\/(alignment_offset|capability|discard_alignment|diskseq|events\w*|ext_range|inflight|partscan|removable|ro|stat) F/,
  /\/host1\//,
];

function lines(fixture: ScsiFixture): string[] {
  return listing(fixture.root).filter(
    (line) => !LEFT_OUT.some((pattern) => pattern.test(line.replace(/ L -> .*/, ' L'))),
  );
}

test('the tree of a device with two paths', (t) => {
  t.deepEqual(lines(ScsiFixture.withPaths(2)), EXPECTED.trim().split('\n'));
});

test('every link leads to something', (t) => {
  const { root } = ScsiFixture.withPaths(2);
  const links = [...nodes(root)].filter(([, { kind }]) => kind === 'link');
  t.true(links.length > 40);
  for (const [place] of links) t.truthy(resolve(root, place), place);
});

test('the second host has what the first has', (t) => {
  const { root } = ScsiFixture.withPaths(2);
  const below = (host: number): string[] =>
    [...nodes(root)]
      .filter(([place]) => place.startsWith(`sys/devices/platform/host${host}/`))
      .map(([place]) => place.replaceAll(/\d:0:0|(?<=sda:|host)\d/g, 'N'));
  t.deepEqual(below(0), below(1));
  t.true(below(0).length > 80);
});

const EVENTS_OF_A_PATH = [
  'add@/devices/platform/host0',
  'add@/devices/platform/host0/scsi_host/host0',
  'add@/devices/platform/host0/target0:0:0',
  'add@/devices/platform/host0/target0:0:0/0:0:0:0',
  'add@/devices/platform/host0/target0:0:0/0:0:0:0/scsi_device/0:0:0:0',
  'add@/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0',
  'bind@/devices/platform/host0/target0:0:0/0:0:0:0',
];

test('uevents come as the kernel sends them', (t) => {
  const fixture = ScsiFixture.withPaths(1);
  t.deepEqual(fixture.headlines(), [
    'add@/devices/virtual/scsi_mpath_device/scsi_mpath_device0',
    ...EVENTS_OF_A_PATH,
    'add@/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0',
    'add@/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda',
  ]);
  const [path] = fixture.paths;
  if (path === undefined) return t.fail();
  fixture.uevents.length = 0;
  fixture.removePath(path);
  t.deepEqual(fixture.headlines(), [
    'remove@/devices/platform/host0/target0:0:0/0:0:0:0/scsi_device/0:0:0:0',
    'remove@/devices/platform/host0/target0:0:0/0:0:0:0/scsi_disk/0:0:0:0',
    'unbind@/devices/platform/host0/target0:0:0/0:0:0:0',
    'remove@/devices/platform/host0/target0:0:0/0:0:0:0',
    'remove@/devices/platform/host0/target0:0:0',
  ]);
  fixture.uevents.length = 0;
  fixture.topology.emit('scsiHeadRemoved', fixture.device.disk);
  fixture.topology.emit('scsiDeviceRemoved', fixture.device);
  fixture.topology.emit('hostRemoved', path.host);
  t.deepEqual(fixture.headlines(), [
    'remove@/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda',
    'remove@/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0',
    'remove@/devices/virtual/scsi_mpath_device/scsi_mpath_device0',
    'remove@/devices/platform/host0/scsi_host/host0',
    'remove@/devices/platform/host0',
  ]);
});

test('a scsi_device has a driver while it is bound, and no MODALIAS as it is unbound', (t) => {
  const fixture = ScsiFixture.withPaths(1);
  const [path] = fixture.paths;
  if (path === undefined) return t.fail();
  fixture.removePath(path);
  const variables = fixture.uevents
    .filter((text) => text.includes('DEVTYPE=scsi_device\n'))
    .map((text) => text.split('\n').filter((line) => /^(ACTION|DRIVER|MODALIAS)=/.test(line)));
  t.deepEqual(variables, [
    ['ACTION=add', 'MODALIAS=scsi:t-0x00'],
    ['ACTION=bind', 'DRIVER=sd', 'MODALIAS=scsi:t-0x00'],
    ['ACTION=unbind'],
    ['ACTION=remove', 'MODALIAS=scsi:t-0x00'],
  ]);
});

test('what goes leaves nothing behind, and comes back the same', (t) => {
  const fixture = ScsiFixture.withPaths(2);
  const all = lines(fixture);
  const [first, second] = fixture.paths;
  if (first === undefined || second === undefined) return t.fail();
  const shown = fixture.attribute('sys/devices/platform/host1/target1:0:0/1:0:0:0/state');
  fixture.removePath(second);
  t.true(shown.removed);
  const left = lines(fixture);
  t.deepEqual(
    left.filter((line) => line.includes('1:0:0') || line.includes('sda:1')),
    [],
  );
  t.true(left.some((line) => line.startsWith('sys/class/scsi_host/host1 ')));
  fixture.removePath(first);
  fixture.topology.emit('scsiHeadRemoved', fixture.device.disk);
  fixture.topology.emit('scsiDeviceRemoved', fixture.device);
  for (const { host } of fixture.paths) fixture.topology.emit('hostRemoved', host);
  t.deepEqual(
    lines(fixture).filter((line) => /\d/.test(line.replace(/ [A-Z] .*/, ''))),
    [],
  );
  fixture.topology.emit('scsiDeviceAdded', fixture.device);
  for (const { host, scsi } of fixture.paths) {
    fixture.topology.emit('hostAdded', host);
    fixture.device.disk.paths.push(scsi);
    fixture.topology.emit('scsiPathAdded', scsi);
  }
  fixture.topology.emit('scsiHeadLive', fixture.device.disk);
  t.deepEqual(lines(fixture), all);
});

test('a path that comes to a live head, and one before it, are linked once', (t) => {
  const fixture = ScsiFixture.withPaths(1);
  fixture.addPath(1);
  const head = fixture.node('sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/multipath');
  if (head?.kind !== 'directory') return t.fail();
  t.deepEqual(
    [...head.children()].map(([name]) => name),
    ['sda:0', 'sda:1'],
  );
});

test('who polls an attribute hears of its change', (t) => {
  const fixture = ScsiFixture.withPaths(1);
  const [path] = fixture.paths;
  if (path === undefined) return t.fail();
  const directory = (place: string): Directory => fixture.node(place) as Directory;
  const sdev = directory('sys/devices/platform/host0/target0:0:0/0:0:0:0');
  const hidden = directory('sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0');
  const head = directory('sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda');
  const { topology, device } = fixture;
  const users = ['mpath_numa_nodes', 'mpath_queue_depth'];
  const state = (): boolean =>
    topology.emit('controllerState', path.scsi, path.scsi.controller, ControllerState.NEW, '');
  t.deepEqual(fixture.notified(state, sdev), ['state']);
  t.deepEqual(fixture.notified(state, hidden), users);
  path.path.accessState = AccessState.NONOPTIMIZED;
  const access = (): boolean => topology.emit('accessState', path.scsi);
  t.deepEqual(fixture.notified(access, sdev), ['access_state']);
  t.deepEqual(fixture.notified(access, hidden), users);
  const policy = (): boolean => topology.emit('iopolicy', device);
  const mpathDevice = directory('sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0');
  t.deepEqual(fixture.notified(policy, mpathDevice), ['iopolicy']);
  t.deepEqual(fixture.notified(policy, hidden), users);
  const resized = (): boolean => topology.emit('resized', device.disk);
  fixture.uevents.length = 0;
  t.deepEqual(fixture.notified(resized, hidden), ['size']);
  t.deepEqual(fixture.headlines(), [
    'change@/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda',
  ]);
  t.true(fixture.uevents[0]?.includes('\nRESIZE=1\n'));
  t.deepEqual(fixture.notified(resized, head), ['size']);
});
