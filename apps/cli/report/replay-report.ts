import type { ReplayFault, VerifyReport, WhatIfReport } from '#domain';

/** What a replay found, for a person. */
export function replayReport(report: VerifyReport | WhatIfReport): string {
  const found = 'verified' in report ? verification(report) : comparison(report);
  return [...found, ...report.faults.flatMap(fault), ''].join('\n');
}

function verification({ verified, different, other_engine, failed }: VerifyReport): string[] {
  const total = verified + different + other_engine + failed;
  if (verified === total)
    return [`${counted(verified, 'coordination')} decided again: every byte is the recorded one.`];
  return [
    `${counted(total, 'coordination')} decided again: ${verified} gave the recorded bytes, ${different} did not, ` +
      `${other_engine} were decided by another engine version and differ, ${failed} could not be decided.`,
  ];
}

function comparison(report: WhatIfReport): string[] {
  const { recorded, replayed } = report;
  const rows = Object.entries(recorded).map(([name, value]: [string, number]) => {
    const other = replayed[name as keyof typeof replayed];
    return `  ${name.padEnd(24)}${amount(value).padStart(14)}${amount(other).padStart(14)}${amount(other - value).padStart(14)}`;
  });
  const most = report.most_changed
    .slice(0, 5)
    .map((each) => `  ${each.coordination_id}: ${counted(each.decisions_changed, 'trade')}`);
  return [
    `${counted(report.compared, 'coordination')} compared: ${counted(report.decisions_changed, 'trade')} would be others, ` +
      `in ${counted(report.coordinations_changed, 'coordination')}; ${report.failed} have no answer under it.`,
    `  ${'means'.padEnd(24)}${'recorded'.padStart(14)}${'what if'.padStart(14)}${'change'.padStart(14)}`,
    ...rows,
    ...(most.length === 0 ? [] : ['Most changed:', ...most]),
  ];
}

function fault({ coordination_id, position, reason, differences }: ReplayFault): string[] {
  return [
    `${coordination_id} (position ${position}): ${reason}`,
    ...differences.map(
      ({ pointer, recorded, replayed }) => `  ${pointer || '(document)'}: ${shown(recorded)} -> ${shown(replayed)}`,
    ),
  ];
}

const SHOWN_MAX = 60;
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const amount = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(6));
