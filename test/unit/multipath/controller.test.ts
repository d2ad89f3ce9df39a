import test from 'ava';
import { CONTROLLER_STATE_NAMES } from '../../../src/multipath/names.js';
import { EngineRig, setState } from './rig.js';

/** drivers/nvme/host/core.c: nvme_change_ctrl_state, state -> where it may come from. */
const LEGAL: Record<string, readonly string[]> = {
  new: [],
  live: ['new', 'resetting', 'connecting'],
  resetting: ['new', 'live'],
  connecting: ['new', 'resetting'],
  deleting: ['live', 'resetting', 'connecting'],
  'deleting (no IO)': ['deleting', 'dead'],
  dead: ['deleting'],
};

test('only the legal transitions', (t) => {
  const rig = new EngineRig();
  const controller = rig.controller();
  CONTROLLER_STATE_NAMES.forEach((to, toNumber) => {
    CONTROLLER_STATE_NAMES.forEach((from, fromNumber) => {
      setState(rig.tables, controller.number, fromNumber);
      const legal = LEGAL[to]!.includes(from);
      t.is(controller.changeState(toNumber), legal, `${from} -> ${to}`);
      t.is(controller.state, legal ? toNumber : fromNumber);
    });
  });
});

test('ctrl_loss_tmo is kept in reconnect_delay: rounded up, and moved by it', (t) => {
  const controller = new EngineRig().controller(601, -1, 10);
  t.is(controller.ctrlLossTmo, 610);
  controller.reconnectDelay = 2;
  t.is(controller.ctrlLossTmo, 122);
  controller.ctrlLossTmo = -5;
  t.is(controller.ctrlLossTmo, -1);
  controller.ctrlLossTmo = 0;
  t.is(controller.ctrlLossTmo, 0);
});

test('fast_io_fail_tmo: negative is off; reconnect_delay is at least 1', (t) => {
  const controller = new EngineRig().controller();
  controller.fastIoFailTmo = -7;
  t.is(controller.fastIoFailTmo, -1);
  for (const bad of [0, -1, 1.5, NaN]) {
    t.throws(() => (controller.reconnectDelay = bad), { instanceOf: RangeError });
  }
  t.is(controller.reconnectDelay, 1);
});
