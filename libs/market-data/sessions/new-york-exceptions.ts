/** What no rule tells, since 2001: attacks, storms, days of mourning. */
export const CLOSED_DAYS: ReadonlySet<string> = new Set([
  '2001-09-11',
  '2001-09-12',
  '2001-09-13',
  '2001-09-14',
  '2004-06-11',
  '2007-01-02',
  '2012-10-29',
  '2012-10-30',
  '2018-12-05',
  '2025-01-09',
]);

/** Closing times, there, of days on which the rule for half days was not kept. */
export const CLOSES: ReadonlyMap<string, string> = new Map([
  ['2002-07-03', '16:00'],
  ['2002-07-05', '13:00'],
  ['2003-12-26', '13:00'],
]);
