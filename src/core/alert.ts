/** What operators can be told of. */
export const ALERT_EVENTS = [
  /** A budget has used a per cent of its amount that its `alerts` name. */
  'budget.threshold',
  /** A hard budget refuses requests: told once for a period and an amount. */
  'budget.refused',
  /** The circuit of a channel or of one of its targets has opened. */
  'channel.down',
  /** What requests used could not be written, or the database is away. */
  'ledger.trouble',
  /** The disk of a data directory fills up: payloads are dropped (`low`), or requests are refused (`full`). */
  'disk.low',
  /** Sent by `ezmodel alerts test` alone. */
  'alert.test',
] as const;

/** One of them. */
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** One thing to tell. */
export type Alert = {
  /** Follows from what it tells of, so that it is told once however many processes see it. */
  id: string;
  event: AlertEvent;
  /** Unix ms. */
  at: number;
  /** Amounts are nano-USD, times Unix ms. */
  data: Readonly<Record<string, string | number | boolean | null>>;
};
