import dayjs from 'dayjs';
import timezone from 'dayjs/plugin/timezone.js';
import utc from 'dayjs/plugin/utc.js';
import { getHolidays } from 'nyse-holidays';
import { CLOSED_DAYS, CLOSES } from './new-york-exceptions.js';

dayjs.extend(utc);
dayjs.extend(timezone);

/** One session, epoch milliseconds. */
export interface OpenHours {
  readonly openAt: number;
  readonly closeAt: number;
}

const ZONE = 'America/New_York';
const years = new Map<number, readonly OpenHours[]>();

/** The sessions of the New York Stock Exchange (XNYS) in a year: 09:30 to 16:00 there, to 13:00 on half days. Exact since 2001. */
export function newYorkSessions(year: number): readonly OpenHours[] {
  let sessions = years.get(year);
  if (sessions === undefined) {
    sessions = sessionsOf(year);
    years.set(year, sessions);
  }
  return sessions;
}

function sessionsOf(year: number): OpenHours[] {
  const holidays = new Set([year, year + 1].flatMap((each) => getHolidays(each).map(({ dateString }) => dateString)));
  const sessions: OpenHours[] = [];
  for (let day = dayjs.utc(`${year}-01-01`); day.year() === year; day = day.add(1, 'day')) {
    const date = day.format('YYYY-MM-DD');
    if (day.day() === 0 || day.day() === 6 || holidays.has(date) || CLOSED_DAYS.has(date)) continue;
    const close = CLOSES.get(date) ?? (isHalfDay(day, holidays) ? '13:00' : '16:00');
    sessions.push({ openAt: inNewYork(date, '09:30'), closeAt: inNewYork(date, close) });
  }
  return sessions;
}

/** The day after Thanksgiving, and the eves of Independence Day and Christmas where these are kept on their own day. */
function isHalfDay(day: dayjs.Dayjs, holidays: ReadonlySet<string>): boolean {
  const [month, date, weekday] = [day.month() + 1, day.date(), day.day()];
  if (month === 11) return weekday === 5 && date >= 23 && date <= 29;
  if (month === 12) return date === 24 && holidays.has(day.add(1, 'day').format('YYYY-MM-DD'));
  return month === 7 && date === 3 && holidays.has(day.add(1, 'day').format('YYYY-MM-DD'));
}

function inNewYork(date: string, time: string): number {
  return dayjs.tz(`${date} ${time}`, ZONE).valueOf();
}
