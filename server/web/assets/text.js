// Counts, ages and lengths, said as the server says them.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Code points after NFC, which is what the server counts. @param {string} text */
export const length = (text) => [...text.normalize('NFC')].length;

/** Whether there is nothing but white space. @param {string} text */
export const isBlank = (text) => /^\p{White_Space}*$/u.test(text);

/** Whether something of it can be seen. @param {string} text */
export const hasInk = (text) =>
  /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);

/** 9999 -> 9,999. @param {number} n */
export const exact = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** 12399 -> 12.3K: cut, so that nobody has more than they have. @param {number} n */
export function count(n) {
  if (n < 10_000) return exact(n);
  const [unit, sign] = n < 1_000_000 ? [1000, 'K'] : [1_000_000, 'M'];
  const tenths = Math.floor(n / (unit / 10));
  return `${exact(Math.floor(tenths / 10))}${tenths % 10 ? `.${tenths % 10}` : ''}${sign}`;
}

/**
 * How long ago, and from a week on which day (UTC, as the server).
 * @param {Date} then
 * @param {Date} now
 */
export function age(then, now) {
  const passed = now.getTime() - then.getTime();
  if (passed < MINUTE_MS) return 'now';
  if (passed < HOUR_MS) return `${Math.floor(passed / MINUTE_MS)} min`;
  if (passed < DAY_MS) return `${Math.floor(passed / HOUR_MS)} h`;
  if (passed < 7 * DAY_MS) return `${Math.floor(passed / DAY_MS)} d`;
  const day = `${then.getUTCDate()} ${MONTHS[then.getUTCMonth()]}`;
  const year = then.getUTCFullYear();
  return year === now.getUTCFullYear() ? day : `${day} ${year}`;
}

/** @type {Intl.DateTimeFormat | undefined} */
let format;

/** The full time where the reader is. @param {Date} time */
export function fullTime(time) {
  format ??= new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short' });
  return format.format(time).replace(' at ', ', ');
}
