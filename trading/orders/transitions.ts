/**
 * The order state machine as a table: every state with everything that may happen to an order in it. No pair is left out, so nothing that a venue says is
 * without an answer.
 *
 * A venue and we act at the same time, so answers cross commands. A cancel may meet a fill, a fill may come after the cancel was confirmed, and an
 * acceptance may come after the fill. The table takes such news (`late`) and refuses only what cannot be true.
 */
import { HAPPENING_NAMES, type Happening, STATUS, STATUS_NAMES, type Status, type StatusName } from './order-status.ts';

/**
 * - a state: the next one;
 * - `back`: the state before the pending command;
 * - `fill`: by the quantities PARTIALLY_FILLED or FILLED; a pending command stays pending until the order is filled;
 * - `lateFill`: booked; the state changes to FILLED when the order is complete, and stays otherwise;
 * - `late`: known already or overtaken; counted, and changes nothing, but what it tells of the state before a pending command;
 * - `never`: contradicts what is known; the order is put into quarantine and reported, and changes nothing.
 */
type Cell = StatusName | 'back' | 'fill' | 'lateFill' | 'late' | 'never';

/** In the order of HAPPENING_NAMES. */
type Row = readonly [
  DENY: Cell,
  EMULATE: Cell,
  RELEASE: Cell,
  SUBMIT: Cell,
  ACCEPT: Cell,
  REJECT: Cell,
  TRIGGER: Cell,
  REQUEST_UPDATE: Cell,
  UPDATE: Cell,
  REFUSE_UPDATE: Cell,
  REQUEST_CANCEL: Cell,
  CANCEL: Cell,
  REFUSE_CANCEL: Cell,
  EXPIRE: Cell,
  FILL: Cell,
];

// prettier-ignore
const TABLE: Readonly<Record<StatusName, Row>> = {
  //                 DENY      EMULATE     RELEASE     SUBMIT       ACCEPT      REJECT      TRIGGER      REQUEST_UPDATE    UPDATE    REFUSE_UPDATE REQUEST_CANCEL    CANCEL      REFUSE_CANCEL EXPIRE     FILL
  INITIALIZED:      ['DENIED', 'EMULATED', 'never',    'SUBMITTED', 'never',    'never',    'never',     'never',          'never',  'never',      'CANCELED',       'CANCELED', 'never',      'EXPIRED', 'never'],
  DENIED:           ['late',   'never',    'never',    'never',     'never',    'never',    'never',     'late',           'never',  'never',      'late',           'late',     'never',      'late',    'never'],
  EMULATED:         ['never',  'late',     'RELEASED', 'never',     'never',    'never',    'never',     'EMULATED',       'EMULATED', 'never',    'CANCELED',       'CANCELED', 'never',      'EXPIRED', 'never'],
  RELEASED:         ['DENIED', 'never',    'late',     'SUBMITTED', 'never',    'never',    'never',     'never',          'never',  'never',      'CANCELED',       'CANCELED', 'never',      'EXPIRED', 'never'],
  SUBMITTED:        ['never',  'never',    'never',    'late',      'ACCEPTED', 'REJECTED', 'TRIGGERED', 'PENDING_UPDATE', 'ACCEPTED', 'late',     'PENDING_CANCEL', 'CANCELED', 'late',       'EXPIRED', 'fill'],
  ACCEPTED:         ['never',  'never',    'never',    'never',     'late',     'REJECTED', 'TRIGGERED', 'PENDING_UPDATE', 'ACCEPTED', 'late',     'PENDING_CANCEL', 'CANCELED', 'late',       'EXPIRED', 'fill'],
  REJECTED:         ['never',  'never',    'never',    'never',     'never',    'late',     'late',      'late',           'late',   'late',       'late',           'late',     'late',       'late',    'lateFill'],
  TRIGGERED:        ['never',  'never',    'never',    'never',     'late',     'REJECTED', 'late',      'PENDING_UPDATE', 'TRIGGERED', 'late',    'PENDING_CANCEL', 'CANCELED', 'late',       'EXPIRED', 'fill'],
  PENDING_UPDATE:   ['never',  'never',    'never',    'never',     'late',     'REJECTED', 'late',      'PENDING_UPDATE', 'back',   'back',       'PENDING_CANCEL', 'CANCELED', 'late',       'EXPIRED', 'fill'],
  PENDING_CANCEL:   ['never',  'never',    'never',    'never',     'late',     'REJECTED', 'late',      'late',           'PENDING_CANCEL', 'late', 'PENDING_CANCEL', 'CANCELED', 'back',     'EXPIRED', 'fill'],
  PARTIALLY_FILLED: ['never',  'never',    'never',    'never',     'late',     'never',    'late',      'PENDING_UPDATE', 'PARTIALLY_FILLED', 'late', 'PENDING_CANCEL', 'CANCELED', 'late',   'EXPIRED', 'fill'],
  FILLED:           ['never',  'never',    'never',    'never',     'late',     'never',    'late',      'late',           'late',   'late',       'late',           'late',     'late',       'late',    'lateFill'],
  CANCELED:         ['never',  'never',    'never',    'never',     'late',     'late',     'late',      'late',           'late',   'late',       'late',           'late',     'late',       'late',    'lateFill'],
  EXPIRED:          ['never',  'never',    'never',    'never',     'late',     'late',     'late',      'late',           'late',   'late',       'late',           'late',     'late',       'late',    'lateFill'],
};

/** What a pair means, as a number: a state, or one of the words below. */
export const BACK = 20;
export const FILL = 21;
export const LATE_FILL = 22;
export const LATE = 23;
export const NEVER = 24;
const WORDS: Readonly<Record<Exclude<Cell, StatusName>, number>> = {
  back: BACK,
  fill: FILL,
  lateFill: LATE_FILL,
  late: LATE,
  never: NEVER,
};

const WIDTH = HAPPENING_NAMES.length;
const CODES = Uint8Array.from(STATUS_NAMES.flatMap((status) => TABLE[status].map(codeOf)));

function codeOf(cell: Cell): number {
  return cell in WORDS ? WORDS[cell as keyof typeof WORDS] : STATUS[cell as StatusName];
}

/** The code of a pair: a {@link Status}, {@link BACK}, {@link FILL}, {@link LATE_FILL}, {@link LATE} or {@link NEVER}. */
export function codeAt(status: Status, happening: Happening): number {
  return CODES[status * WIDTH + happening] ?? NEVER;
}
