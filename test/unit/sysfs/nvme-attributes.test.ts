import test from 'ava';
import type { DirectoryNode } from '../../../src/fuse/node.js';
import { buildTree } from '../../../src/sysfs/tree.js';
import { disk, Fixture, path } from '../topology/fixture.js';
import { at, listing } from './listing.js';

/** Every attribute of every kind of NVMe device: name, mode, value. */

const VIRTUAL = 'sys/devices/virtual';

const SUBSYSTEM = String.raw`
firmware_rev 0444 "1.0     \n"
iopolicy 0644 "numa\n"
model 0444 "mpathfs                                 \n"
serial 0444 "S1                  \n"
subsysnqn 0444 "nqn.x\n"
subsystype 0444 "nvm\n"
uevent 0644 ""
`;

const GENERIC = String.raw`
dev 0444 "244:0\n"
uevent 0644 "MAJOR=244\nMINOR=0\nDEVNAME=ng0n1\n"
`;

const HEAD = String.raw`
alignment_offset 0444 "0\n"
capability 0444 "0\n"
csi 0444 "0\n"
delayed_removal_secs 0644 "0\n"
dev 0444 "259:0\n"
diag/io_fail_no_available_path_count 0644 "0\n"
diag/io_requeue_no_usable_path_count 0644 "0\n"
discard_alignment 0444 "0\n"
diskseq 0444 "1\n"
events 0444 ""
events_async 0444 ""
events_poll_msecs 0644 "-1\n"
ext_range 0444 "256\n"
hidden 0444 "0\n"
inflight 0444 "       0        0\n"
marginal_path_failures 0644 "5\n"
marginal_path_recovery_secs 0644 "60\n"
marginal_path_window_secs 0644 "60\n"
metadata_bytes 0444 "0\n"
nsid 0444 "1\n"
nuse 0444 "2048\n"
partscan 0444 "1\n"
passthru_err_log_enabled 0444 "off\n"
queue/add_random 0444 "0\n"
queue/atomic_write_boundary_bytes 0444 "0\n"
queue/atomic_write_max_bytes 0444 "0\n"
queue/atomic_write_unit_max_bytes 0444 "0\n"
queue/atomic_write_unit_min_bytes 0444 "0\n"
queue/chunk_sectors 0444 "0\n"
queue/dax 0444 "0\n"
queue/discard_granularity 0444 "4096\n"
queue/discard_max_bytes 0444 "1073741824\n"
queue/discard_max_hw_bytes 0444 "1073741824\n"
queue/discard_zeroes_data 0444 "0\n"
queue/dma_alignment 0444 "0\n"
queue/fua 0444 "0\n"
queue/hw_sector_size 0444 "512\n"
queue/io_poll 0444 "0\n"
queue/io_poll_delay 0444 "-1\n"
queue/iostats 0444 "1\n"
queue/logical_block_size 0444 "512\n"
queue/max_discard_segments 0444 "1\n"
queue/max_hw_sectors_kb 0444 "1024\n"
queue/max_integrity_segments 0444 "0\n"
queue/max_sectors_kb 0444 "1024\n"
queue/max_segment_size 0444 "4294967295\n"
queue/max_segments 0444 "256\n"
queue/minimum_io_size 0444 "512\n"
queue/nomerges 0444 "2\n"
queue/nr_zones 0444 "0\n"
queue/optimal_io_size 0444 "0\n"
queue/physical_block_size 0444 "512\n"
queue/read_ahead_kb 0444 "128\n"
queue/rotational 0444 "0\n"
queue/stable_writes 0444 "0\n"
queue/virt_boundary_mask 0444 "0\n"
queue/write_cache 0444 "write back\n"
queue/write_same_max_bytes 0444 "0\n"
queue/write_zeroes_max_bytes 0444 "1073741824\n"
queue/zone_append_max_bytes 0444 "0\n"
queue/zone_write_granularity 0444 "0\n"
queue/zoned 0444 "none\n"
range 0444 "0\n"
removable 0444 "0\n"
ro 0444 "0\n"
size 0444 "2048\n"
stat 0444 "       0        0        0        0        0        0        0        0        0        0        0        0        0        0        0        0        0\n"
uevent 0644 "MAJOR=259\nMINOR=0\nDEVNAME=nvme0n1\nDEVTYPE=disk\nDISKSEQ=1\n"
uuid 0444 "aaaaaaaa-0000-4000-8000-000000000002\n"
wwid 0444 "uuid.aaaaaaaa-0000-4000-8000-000000000002\n"
`;

const CONTROLLER = String.raw`
address 0444 "traddr=DIR/a\n"
cntlid 0444 "1\n"
cntrltype 0444 "io\n"
ctrl_loss_tmo 0644 "600\n"
dctype 0444 "none\n"
delete_controller 0200 ""
dev 0444 "245:0\n"
diag/command_error_count 0644 "0\n"
diag/reconnect_count 0644 "0\n"
diag/reset_count 0644 "0\n"
fast_io_fail_tmo 0644 "off\n"
firmware_rev 0444 "1.0     \n"
hostid 0444 "00000000-0000-4000-8000-000000000001\n"
hostnqn 0444 "nqn.2014-08.org.nvmexpress:uuid:00000000-0000-4000-8000-000000000001\n"
kato 0444 "10\n"
model 0444 "mpathfs                                 \n"
numa_node 0444 "0\n"
passthru_err_log_enabled 0444 "off\n"
queue_count 0444 "3\n"
reconnect_delay 0644 "10\n"
rescan_controller 0200 ""
reset_controller 0200 ""
serial 0444 "S1                  \n"
sqsize 0444 "63\n"
state 0444 "live\n"
subsysnqn 0444 "nqn.x\n"
transport 0444 "loop\n"
uevent 0644 "MAJOR=245\nMINOR=0\nDEVNAME=nvme0\nNVME_TRTYPE=loop\nNVME_TRADDR=DIR/a\nNVME_TRSVCID=none\nNVME_HOST_TRADDR=none\nNVME_HOST_IFACE=none\n"
`;

const PATH = String.raw`
alignment_offset 0444 "0\n"
ana_grpid 0444 "1\n"
ana_state 0444 "optimized\n"
capability 0444 "0\n"
csi 0444 "0\n"
diag/command_error_count 0644 "0\n"
diag/command_retry_count 0644 "0\n"
diag/multipath_failover_count 0644 "0\n"
discard_alignment 0444 "0\n"
diskseq 0444 "2\n"
events 0444 ""
events_async 0444 ""
events_poll_msecs 0644 "-1\n"
ext_range 0444 "256\n"
hidden 0444 "1\n"
inflight 0444 "       0        0\n"
make-it-fail 0644 "0\n"
make-it-slow 0644 "0\n"
marginal 0644 "0\n"
metadata_bytes 0444 "0\n"
nsid 0444 "1\n"
numa_nodes 0444 "0\n"
nuse 0444 "2048\n"
partscan 0444 "0\n"
passthru_err_log_enabled 0444 "off\n"
queue/read_ahead_kb 0444 "0\n"
queue/rq_affinity 0444 "2\n"
queue/scheduler 0444 "none\n"
queue_depth 0444 ""
range 0444 "0\n"
removable 0444 "0\n"
ro 0444 "0\n"
size 0444 "2048\n"
stat 0444 "       0        0        0        0        0        0        0        0        0        0        0        0        0        0        0        0        0\n"
uevent 0644 "DEVTYPE=disk\nDISKSEQ=2\n"
uuid 0444 "aaaaaaaa-0000-4000-8000-000000000002\n"
wwid 0444 "uuid.aaaaaaaa-0000-4000-8000-000000000002\n"
`;

/** The lines of a head's queue that a path's has, too. */
const SHARED_QUEUE = lines(HEAD).filter(
  (line) => line.startsWith('queue/') && !line.startsWith('queue/read_ahead_kb '),
);

const PLACES: readonly (readonly [string, readonly string[]])[] = [
  ['nvme-subsystem/nvme-subsys0', lines(SUBSYSTEM)],
  ['nvme-subsystem/nvme-subsys0/ng0n1', lines(GENERIC)],
  ['nvme-subsystem/nvme-subsys0/nvme0n1', lines(HEAD)],
  ['nvme-fabrics/ctl/nvme0', lines(CONTROLLER)],
  ['nvme-fabrics/ctl/nvme0/nvme0c0n1', [...lines(PATH), ...SHARED_QUEUE]],
];

for (const [place, expected] of PLACES) {
  test(`the attributes of ${place}`, async (t) => {
    const fixture = new Fixture();
    t.teardown(() => fixture.end());
    const root = buildTree(fixture.topology, {
      version: '0.1.0',
      pid: 1,
      transport: 'ring',
      reactors: 2,
      queueDepth: 64,
    });
    const paths = [path(fixture.device('a'), 0), path(fixture.device('b'), 1)];
    const wwid = 'uuid.aaaaaaaa-0000-4000-8000-000000000002';
    await fixture.build(disk(paths, { wwid, subsysnqn: 'nqn.x' }));
    const node = at(root, `${VIRTUAL}/${place}`);
    if (node?.kind !== 'directory') return t.fail();
    const found = attributes(node).map((line) => line.replace(fixture.directory, 'DIR'));
    t.deepEqual(found.sort(), [...expected].sort());
  });
}

/** Those in the directory, and in `queue` and `diag` below it. */
function attributes(directory: DirectoryNode): string[] {
  return listing(directory).flatMap((line) => {
    const [, name, rest] = /^((?:queue\/|diag\/)?[^/ ]+) F (.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [`${name} ${rest}`];
  });
}

function lines(text: string): string[] {
  return text.trim().split('\n');
}
