import { RecentMap } from '../core/recent-map.ts';
import type { Target } from './resolve.ts';

/** How busy a target is now. */
export type Load = {
  /** Peak-EWMA of the times to the first event, in ms; undefined where none is known. */
  latency: number | undefined;
  inFlight: number;
};

/** One call that is out. */
export type LoadTicket = {
  /** The first event has come, this many ms after the call went out. */
  firstEvent(ms: number): void;
  /** It was given up after so many ms because another call was faster: it would have taken that long at least. */
  outrun(ms: number): void;
  /** The call is over, however it ended; again is nothing. */
  end(): void;
};

/** Counts calls and times their first events, target by target. */
export type LiveLoad = {
  begin(target: Target): LoadTicket;
  loadOf(target: Target): Load;
};

/** Targets that are remembered: upstream names may come from clients. */
const REMEMBERED_TARGETS = 10_000;

/** After this many ms without news a latency counts for 1/e: what was slow is asked again. */
const DECAY = 60_000;

type Record = { latency: number | undefined; measuredAt: number; inFlight: number };

const IDLE: Load = { latency: undefined, inFlight: 0 };

/** @param clock monotonic ms. */
export function createLiveLoad(clock: () => number): LiveLoad {
  const records = new RecentMap<string, Record>(REMEMBERED_TARGETS);

  return {
    begin(target) {
      const record = records.get(target.id) ?? { latency: undefined, measuredAt: 0, inFlight: 0 };
      records.set(target.id, record);
      record.inFlight++;
      let isOver = false;
      return {
        firstEvent: (ms) => measure(record, ms, clock()),
        outrun: (ms) => {
          const now = clock();
          if (ms > (decayed(record, now) ?? 0)) measure(record, ms, now);
        },
        end: () => {
          if (!isOver) record.inFlight--;
          isOver = true;
        },
      };
    },
    loadOf(target) {
      const record = records.peek(target.id);
      if (!record) return IDLE;
      return { latency: decayed(record, clock()), inFlight: record.inFlight };
    },
  };
}

/** Up at once, down slowly: a target that turns slow is noticed with its first slow answer. */
function measure(record: Record, ms: number, now: number): void {
  const before = decayed(record, now);
  const keep = Math.exp(-(now - record.measuredAt) / DECAY);
  record.latency =
    before === undefined || record.latency === undefined || ms >= before ? ms : record.latency * keep + ms * (1 - keep);
  record.measuredAt = now;
}

function decayed({ latency, measuredAt }: Record, now: number): number | undefined {
  return latency === undefined ? undefined : latency * Math.exp(-(now - measuredAt) / DECAY);
}
